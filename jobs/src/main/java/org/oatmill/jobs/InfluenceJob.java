package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Columns;
import org.oatmill.core.Describe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.influence.Evidence;
import org.oatmill.influence.EvidenceRow;
import org.oatmill.influence.InfluenceMethod;
import org.oatmill.influence.Measuring;
import org.oatmill.influence.Need;
import org.oatmill.influence.Valuation;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.model.Task;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.influence.ClusterMeasuring;
import org.oatmill.spark.influence.EvidenceTable;
import org.oatmill.spark.ml.OutOfSample;
import org.oatmill.spark.model.ModelFiles;

/**
 * Says what rows are worth to a target set, or how suspicious they are: one score a row, by the method
 * that the run file names; the note {@code question} says which question it answers.
 */
public final class InfluenceJob implements Job<InfluenceJob.Config> {

    /**
     * @param method how rows are valued
     * @param model name of the model, where no input {@code model} is given
     * @param task how rows become examples
     * @param objective loss of a row
     * @param subspace coordinates that gradients are taken by
     * @param split rows to value
     * @param target rows to value them against
     * @param maxRows most rows to value
     */
    public record Config(
            @Describe("how rows are valued") InfluenceMethod method,
            @Describe("the shipped model's name, a Hugging Face directory, an archive of one, or a shipped file")
                    String model,
            @Nullable @Describe("how rows become examples; for methods that ask a model") Task task,
            @Describe("loss of a row") Objective objective,
            @Describe("coordinates that gradients are taken by") Subspace subspace,
            @Describe("split whose rows are valued") String split,
            @Describe("split whose rows they are valued against") String target,
            @Nullable @Describe(value = "most rows to value, drawn by chance; all where none is given", unit = "rows")
                    Integer maxRows) {

        public Config {
            if (maxRows != null && maxRows < 1) {
                throw new UserException("Cannot value rows: max_rows = " + maxRows + ", expected 1 or more");
            }
            if (split.equals(target)) {
                throw new UserException("Cannot value rows: target = " + target + ", expected another split than the"
                        + " rows to value; a row would be worth something to itself");
            }
        }
    }

    private final ModelChoice models;

    public InfluenceJob() {
        this(ModelChoice.FILES);
    }

    InfluenceJob(ModelChoice models) {
        this.models = models;
    }

    @Override
    public String name() {
        return "influence";
    }

    @Override
    public String purpose() {
        return "Says what every row is worth to a target set, or how suspicious it is.";
    }

    @Override
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    public Config typical() {
        return new Config(
                InfluenceMethod.METHODS.typical("linfik"),
                ModelFiles.SHIPPED,
                null,
                Objective.METHODS.typical("option-cross-entropy"),
                Subspace.METHODS.typical("full"),
                "pool",
                "target",
                null);
    }

    @Override
    public int resultVersion() {
        return 1;
    }

    @Override
    public List<Role> reads() {
        return List.of(
                new Role("documents", Tables.DOCUMENTS, true),
                new Role("chosen", Tables.SAMPLE, false),
                new Role("vectors", Tables.VECTORS, false),
                new Role("model", Tables.CURVE, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.INFLUENCE);
    }

    @Override
    public boolean callsBackward(Config config) {
        return config.method().needs().contains(Need.GRADIENTS);
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return task(config) != null ? models.external(config.model(), spark) : Map.of();
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) {
        Evidence evidence = evidence(config, in, spark);
        long began = System.nanoTime();
        Valuation valuation = config.method().values(evidence);
        double seconds = (System.nanoTime() - began) / 1e9;

        String targetSet = config.method().needs().contains(Need.TARGET) ? config.target() : "none";
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < valuation.scores().length; i++) {
            rows.add(RowFactory.create(
                    evidence.rows().get(i).id(),
                    targetSet,
                    InfluenceMethod.METHODS.name(config.method()),
                    valuation.checkpoint(),
                    valuation.normalisation(),
                    valuation.scores()[i]));
        }
        out.table(Tables.INFLUENCE, rows, spark);
        out.note("question", config.method().question().words());
        out.note("rows", rows.size());
        out.note("target_rows", evidence.target().size());
        out.note("forwards", valuation.forwards());
        out.note("backwards", valuation.backwards());
        out.note("valuing_seconds", Math.round(seconds * 1000) / 1000.0);
        valuation.notes().forEach(out::note);
    }

    private Evidence evidence(Config config, Inputs in, SparkSession spark) {
        Set<Need> needs = config.method().needs();
        Subspace subspace = config.subspace();
        Measuring measuring = needs.contains(Need.MODEL)
                ? new ClusterMeasuring(
                        spark, models.of(config.model(), in.optional("model"), spark), base -> base.fork(subspace))
                : Measuring.none();
        Dataset<Row> documents = Chosen.of(in.table("documents", Tables.DOCUMENTS), in);
        Dataset<Row> valued = some(split(documents, config.split(), "split"), config.maxRows(), in.seed());
        EvidenceTable table = new EvidenceTable(
                needs,
                task(config),
                measuring,
                needs.contains(Need.VECTORS) ? vectors(in) : null,
                needs.contains(Need.PROBABILITIES) ? probabilities(valued, in, spark) : Map.of());
        List<EvidenceRow> target =
                needs.contains(Need.TARGET) ? table.rows(split(documents, config.target(), "target")) : List.of();
        return new Evidence(table.rows(valued), target, measuring, config.objective(), in.seed());
    }

    /** How rows become examples; null where no model is asked. */
    private static @Nullable Task task(Config config) {
        boolean asked = config.method().needs().contains(Need.MODEL);
        if (asked && config.task() == null) {
            throw new UserException("Cannot value rows: task is missing, expected task { template = …, options { … },"
                    + " max_tokens = 128, eos = false }; the method asks a model");
        }
        return asked ? config.task() : null;
    }

    private static Dataset<Row> split(Dataset<Row> documents, String split, String key) {
        Dataset<Row> rows = documents.where(col(Columns.SPLIT.name()).equalTo(split));
        if (rows.isEmpty()) {
            List<String> found = documents.select(Columns.SPLIT.name()).distinct().collectAsList().stream()
                    .map(row -> row.getString(0))
                    .sorted()
                    .toList();
            throw new UserException("Cannot value rows: " + key + " = " + split
                    + ", expected a split that the documents have: "
                    + (found.isEmpty() ? "there are no rows" : String.join(", ", found)));
        }
        return rows;
    }

    /** Those with the smallest u(seed, "valued", id), where there are more than asked for. */
    private static Dataset<Row> some(Dataset<Row> rows, @Nullable Integer most, long seed) {
        if (most == null) {
            return rows;
        }
        UDF1<String, Double> u = id -> Chance.u(seed, "valued", id);
        return rows.withColumn("u", udf(u, DataTypes.DoubleType).apply(col(Columns.ID.name())))
                .orderBy("u", Columns.ID.name())
                .limit(most)
                .drop("u");
    }

    private static Dataset<Row> vectors(Inputs in) {
        return in.optional("vectors")
                .orElseThrow(() -> new UserException("Cannot value rows: the method looks at vectors and there is no"
                        + " input of that name, expected input { documents = …, vectors = … } with a stage of the job"
                        + " embed, splits = [pool, target]"))
                .table(Tables.VECTORS);
    }

    private static Map<String, Map<String, Double>> probabilities(Dataset<Row> valued, Inputs in, SparkSession spark) {
        Map<String, String> groups = new HashMap<>();
        valued.select(Columns.ID.name(), Columns.GROUP.name())
                .collectAsList()
                .forEach(row -> groups.put(row.getString(0), row.getString(1)));
        EvidenceTable table =
                new EvidenceTable(Set.of(Need.LABELS, Need.VECTORS), null, Measuring.none(), vectors(in), Map.of());
        List<OutOfSample.Labelled> rows = table.rows(valued).stream()
                .map(row -> new OutOfSample.Labelled(
                        row.id(), Objects.requireNonNull(groups.get(row.id()), row.id()), row.labelled(), row.vector()))
                .toList();
        return OutOfSample.STANDARD.probabilities(rows, in.seed(), spark);
    }
}
