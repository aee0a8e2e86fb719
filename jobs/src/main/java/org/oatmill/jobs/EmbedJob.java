package org.oatmill.jobs;

import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Columns;
import org.oatmill.core.Describe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.embed.Embedder;
import org.oatmill.spark.embed.FittedEmbedder;
import org.oatmill.spark.embed.HiddenStates;
import org.oatmill.spark.embed.TextTemplate;
import org.oatmill.spark.model.ModelFiles;

/** Makes a vector of every document, and keeps the embedder that made them under {@code files/embedder/}. */
public final class EmbedJob implements Job<EmbedJob.Config> {

    private static final String MODEL = "model";

    /**
     * @param embedder how texts become vectors
     * @param template which text of a document
     * @param splits which documents; the embedder learns from these and no others
     */
    public record Config(
            @Describe("how texts become vectors") Embedder embedder,
            @Describe("what is embedded: {text}, or {name} for a field of the document") String template,
            @Describe("splits to learn from and to embed; [] means all") List<String> splits) {}

    @Override
    public String name() {
        return "embed";
    }

    @Override
    public String purpose() {
        return "Makes a vector of every document.";
    }

    @Override
    public Config typical() {
        return new Config(Embedder.METHODS.typical("tf-idf"), "{text}", List.of("pool"));
    }

    @Override
    public int resultVersion() {
        return 1;
    }

    @Override
    public List<Role> reads() {
        return List.of(new Role("documents", Tables.DOCUMENTS, true), new Role(MODEL, Tables.CURVE, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.VECTORS);
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return config.embedder() instanceof HiddenStates hidden
                ? ModelFiles.of(hidden.model(), spark).external()
                : Map.of();
    }

    @Override
    public String memory(Config config, Inputs in, SparkSession spark) {
        return in.optional(MODEL)
                .map(pretrained -> ModelFiles.of(pretrained, spark).memory())
                .orElseGet(() -> config.embedder() instanceof HiddenStates hidden
                        ? ModelFiles.of(hidden.model(), spark).memory()
                        : "");
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) throws IOException {
        Dataset<Row> texts =
                new TextTemplate(config.template()).of(documents(in.table("documents", Tables.DOCUMENTS), config));
        try (Embedder.Learned learned = embedder(config, in).learn(texts)) {
            try (OutputStream file = out.file(FittedEmbedder.FILE)) {
                String json = new FittedEmbedder(config.embedder(), learned.fitted()).json();
                file.write(json.getBytes(StandardCharsets.UTF_8));
            }
            describe(out.table(Tables.VECTORS, learned.vectors()), out);
        }
    }

    /** With the model of the role, where it is given: the artifact wins over the name in the run file. */
    private static Embedder embedder(Config config, Inputs in) {
        Optional<Artifact> pretrained = in.optional(MODEL);
        if (pretrained.isEmpty()) {
            return config.embedder();
        }
        if (config.embedder() instanceof HiddenStates hidden) {
            return new HiddenStates(ModelFiles.place(pretrained.get()), hidden.maxTokens());
        }
        throw new UserException(
                "Cannot embed: input.model = " + pretrained.get().path() + ", expected none, because "
                        + Embedder.METHODS.name(config.embedder())
                        + " uses no model; remove it or choose embedder = hidden-states");
    }

    private static Dataset<Row> documents(Dataset<Row> documents, Config config) {
        if (config.splits().isEmpty()) {
            return documents;
        }
        Dataset<Row> chosen =
                documents.where(col(Columns.SPLIT.name()).isin(config.splits().toArray()));
        if (chosen.isEmpty()) {
            String found =
                    documents
                            .select(Columns.SPLIT.name())
                            .distinct()
                            .orderBy(Columns.SPLIT.name())
                            .collectAsList()
                            .stream()
                            .map(row -> row.getString(0))
                            .collect(Collectors.joining(", "));
            throw new UserException("Cannot embed: splits = " + config.splits()
                    + ", expected splits that the documents have: " + (found.isEmpty() ? "there are no rows" : found));
        }
        return chosen;
    }

    private static void describe(Dataset<Row> vectors, Output out) {
        // Dense vectors hold zeros; sparse ones hold none, so an empty row is one without values.
        Column stored = size(col("vector.values"));
        Row totals = vectors.agg(count(lit(1)), max("vector.size"), avg(stored), count(when(stored.equalTo(0), true)))
                .first();
        long empty = totals.getLong(3);
        out.note("rows", totals.getLong(0));
        out.note("dimensions", totals.getInt(1));
        out.note("mean_stored_values", totals.getDouble(2));
        out.note("empty_rows", empty);
        if (empty > 0) {
            out.warn(empty + " of " + totals.getLong(0)
                    + " rows have no word or token that the embedder knows: their vectors" + " have no value");
        }
    }
}
