package org.oatmill.jobs;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.transform_values;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.feature.StopWordsRemover;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Json;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.sources.Thesaurus;
import org.oatmill.rephrase.Bleu;
import org.oatmill.rephrase.Gate;
import org.oatmill.rephrase.Gates;
import org.oatmill.rephrase.Lexicon;
import org.oatmill.rephrase.Rephrasing;
import org.oatmill.rephrase.Rewriter;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.embed.StopWords;
import org.oatmill.spark.rows.SparkRows;
import scala.collection.JavaConverters;

/**
 * Rewrites training rows, and commits every rewrite with its verdict, and the documents to train on.
 *
 * <p>The documents are whole, so that any later stage can read them in place of the input: rows of the
 * rewritten splits in their new wording, all other splits as they were. Where the input {@code chosen}
 * is given, only its rows are rewritten and the other rows of these splits are left out. A rewrite that
 * no gate rejects takes its row's place, or is added beside it as {@code <id>#<k>} with the row's label,
 * group and weight; k goes on from copies that are there already.
 */
public final class RephraseJob implements Job<RephraseJob.Config> {
    static final String REWRITTEN = "Rewritten";
    static final String KEPT_ORIGINAL = "KeptOriginal";

    private static final int MOST_LABELS = 10_000;

    /** Which rows come of a row. */
    public enum Mix {
        /** The first accepted rewrite in its place, or the original where none is accepted. */
        REWRITTEN,
        /** The original, and every accepted rewrite beside it. */
        REWRITTEN_AND_ORIGINAL
    }

    /**
     * @param rewriter what proposes another wording
     * @param gates what it must pass
     * @param copies rewrites to try for a row
     * @param mix which rows come of a row
     * @param splits whose rows are rewritten
     * @param fields which texts of a row are rewritten
     * @param labelWords words that give a label away, besides the labels' own
     * @param synonyms where they come from
     * @param stopWords words without synonyms
     */
    public record Config(
            @Describe("what proposes another wording") Rewriter rewriter,
            @Describe("what a rewrite must pass; the first that rejects it is the reason") List<Gate> gates,
            @Describe(value = "rewrites to try for a row", unit = "rewrites") int copies,
            @Describe("the first accepted rewrite in its row's place, or all beside it") Mix mix,
            @Describe("splits to rewrite; dev and test are never rewritten") List<String> splits,
            @Describe("what is rewritten: text, or fields of the document") List<String> fields,
            @Describe("words that give a label away (verbalizers), besides the labels' own words")
                    List<String> labelWords,
            @Describe("wordnet, or a file: a word, a tab and its synonyms in each line; for eda") String synonyms,
            @Describe("language of the words that have no synonyms; for eda") StopWords stopWords) {
        public Config {
            if (copies < 1 || copies > 1000) {
                throw new UserException("Cannot rephrase: copies = " + copies + ", expected 1 to 1000");
            }
            if (splits.isEmpty() || splits.contains("dev") || splits.contains("test")) {
                throw new UserException("Cannot rephrase: splits = " + splits
                        + ", expected some of pool, target and pretrain: what is measured on stays as it is");
            }
            if (fields.isEmpty()) {
                throw new UserException("Cannot rephrase: fields = [], expected text or fields of the documents");
            }
        }
    }

    @Override
    public String name() {
        return "rephrase";
    }

    @Override
    public String purpose() {
        return "Rewrites training rows, keeps the original where a gate rejects the rewrite, and says why.";
    }

    @Override
    public Config typical() {
        return new Config(
                Rewriter.METHODS.typical("eda"),
                List.copyOf(Gate.METHODS.rows().values()),
                9,
                Mix.REWRITTEN_AND_ORIGINAL,
                List.of("pool"),
                List.of("text"),
                List.of(),
                Thesaurus.WORDNET,
                StopWords.ENGLISH);
    }

    @Override
    public int resultVersion() {
        return 1;
    }

    @Override
    public List<Role> reads() {
        return List.of(new Role("documents", Tables.DOCUMENTS, true), new Role("chosen", Tables.SAMPLE, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.DOCUMENTS, Tables.REPHRASED);
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return new Thesaurus(config.synonyms()).fingerprints(spark);
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) {
        Dataset<Row> documents = in.table("documents", Tables.DOCUMENTS);
        Column rewritten = col("split").isin(config.splits().toArray());
        Dataset<Row> inSplits = documents.where(rewritten);
        Optional<Dataset<Row>> chosen = in.optional("chosen").map(a -> a.table(Tables.SAMPLE));
        chosen.ifPresent(sample -> requireKnown(sample.select("id"), inSplits, config));
        Dataset<Row> rows = chosen.map(sample -> Chosen.kept(inSplits, sample)).orElse(inSplits);

        boolean inPlace = config.mix() == Mix.REWRITTEN;
        Rephrasing rephrasing = new Rephrasing(
                config.rewriter(),
                config.gates(),
                config.fields(),
                config.copies(),
                inPlace,
                in.seed(),
                lexicon(config, spark),
                labelWords(config, rows, out));
        Broadcast<Rephrasing> shared = new JavaSparkContext(spark.sparkContext()).broadcast(rephrasing);
        Dataset<Row> attempts = withLastCopy(rows, documents)
                .flatMap(
                        (FlatMapFunction<Row, Row>)
                                row -> attempts(row, shared.value(), inPlace).iterator(),
                        Encoders.row(REPHRASED));
        Dataset<Row> rephrased = out.table(Tables.REPHRASED, attempts);

        Dataset<Row> accepted = rephrased
                .where(col("outcome").equalTo(REWRITTEN))
                .select(col("id"), col("document_id"), col("fields").as("rewritten"));
        Dataset<Row> made = rows.join(accepted, "id")
                .withColumn("text", coalesce(element_at(col("rewritten"), "text"), col("text")))
                .withColumn(
                        "fields",
                        transform_values(
                                col("fields"), (name, value) -> coalesce(element_at(col("rewritten"), name), value)))
                .withColumn("parent_id", inPlace ? col("parent_id") : col("id"))
                .withColumn("id", col("document_id"))
                .drop("document_id", "rewritten");
        Dataset<Row> originals = inPlace ? rows.join(accepted, "id", "left_anti") : rows;
        Dataset<Row> delivered = out.table(
                Tables.DOCUMENTS,
                documents.where(not(rewritten)).unionByName(originals).unionByName(made));
        describe(rows, rephrased, delivered.where(rewritten), config, out);
    }

    private static final StructType REPHRASED = StructType.fromDDL(Tables.REPHRASED.ddl());

    private static List<Row> attempts(Row row, Rephrasing rephrasing, boolean inPlace) {
        String id = row.getAs("id");
        Map<String, String> texts = new HashMap<>(row.getJavaMap(row.fieldIndex("fields")));
        texts.put("text", row.getAs("text"));
        int last = row.getAs("last_copy");
        List<Row> rows = new ArrayList<>();
        for (Rephrasing.Attempt attempt : rephrasing.of(id, texts)) {
            String document = inPlace ? id : id + "#" + (last + attempt.copy());
            rows.add(RowFactory.create(
                    id,
                    attempt.copy(),
                    attempt.accepted() ? document : null,
                    row.getAs("label"),
                    scala(attempt.before()),
                    scala(attempt.after()),
                    attempt.accepted() ? REWRITTEN : KEPT_ORIGINAL,
                    attempt.reason(),
                    scala(attempt.scores())));
        }
        return rows;
    }

    private static Object scala(Map<String, ?> map) {
        return JavaConverters.mapAsScalaMap(map);
    }

    /** Adds the largest k of {@code <id>#<k>} that is there, or 0: planted copies have such ids too. */
    private static Dataset<Row> withLastCopy(Dataset<Row> rows, Dataset<Row> documents) {
        String copy = "(?s)^(.*)#([0-9]{1,8})$";
        Dataset<Row> last = documents
                .select(
                        regexp_extract(col("id"), copy, 1).as("id"),
                        regexp_extract(col("id"), copy, 2).cast("int").as("k"))
                .where(col("k").isNotNull())
                .groupBy("id")
                .agg(max("k").as("last_copy"));
        return rows.join(last, rows.col("id").equalTo(last.col("id")), "left")
                .select(rows.col("*"), coalesce(last.col("last_copy"), lit(0)).as("last_copy"));
    }

    private static void requireKnown(Dataset<Row> chosen, Dataset<Row> rows, Config config) {
        List<Row> unknown =
                chosen.join(rows, "id", "left_anti").orderBy("id").limit(1).collectAsList();
        if (!unknown.isEmpty()) {
            throw new UserException("Cannot rephrase: the input chosen holds id = "
                    + unknown.get(0).getString(0) + ", expected rows of the input documents in splits = "
                    + config.splits());
        }
    }

    private static Lexicon lexicon(Config config, SparkSession spark) {
        Set<String> stopWords = config.stopWords() == StopWords.NONE
                ? Set.of()
                : new TreeSet<>(List.of(StopWordsRemover.loadDefaultStopWords(Json.key(config.stopWords()))));
        return new Lexicon(new Thesaurus(config.synonyms()).synonyms(spark), stopWords);
    }

    private static Set<String> labelWords(Config config, Dataset<Row> rows, Output out) {
        Set<String> words = new TreeSet<>();
        config.labelWords().forEach(word -> words.addAll(Gates.tokens(word)));
        List<Row> labels = rows.select("label")
                .where(col("label").isNotNull())
                .distinct()
                .limit(MOST_LABELS + 1)
                .collectAsList();
        if (labels.size() > MOST_LABELS) {
            out.warn("The rows have more than " + MOST_LABELS
                    + " labels: the gate label-words looks for label_words alone");
        } else {
            labels.forEach(label -> words.addAll(Gates.tokens(label.getString(0))));
        }
        words.removeIf(word -> word.chars().noneMatch(Character::isLetter));
        return words;
    }

    /** What can be said without a model: how much was changed, and whether the texts became more alike. */
    private static void describe(
            Dataset<Row> rows, Dataset<Row> rephrased, Dataset<Row> delivered, Config config, Output out) {
        Map<String, Long> reasons = new TreeMap<>();
        Map<String, Map<String, Long>> labels = new TreeMap<>();
        long accepted = 0;
        long attempted = 0;
        for (Row row : rephrased
                .groupBy("label", "outcome", "reason")
                .agg(count(lit(1)))
                .collectAsList()) {
            long n = row.getLong(3);
            boolean good = row.getString(1).equals(REWRITTEN);
            accepted += good ? n : 0;
            attempted += n;
            if (!good) {
                reasons.merge(row.getString(2), n, Long::sum);
            }
            if (!row.isNullAt(0)) {
                Map<String, Long> label = labels.computeIfAbsent(row.getString(0), l -> new LinkedHashMap<>());
                label.merge("rewritten", good ? n : 0, Long::sum);
                label.merge("attempts", n, Long::sum);
            }
        }
        out.note("rows", rows.count());
        out.note("attempts", attempted);
        out.note("rewritten", accepted);
        out.note("kept_original", reasons);
        if (labels.size() <= 100) {
            out.note("by_label", labels);
        }
        List<Row> lengths = rephrased
                .where("outcome = 'Rewritten' AND scores['length'] IS NOT NULL")
                .agg(expr("percentile(scores['length'], array(0.05, 0.5, 0.95))"))
                .collectAsList();
        if (!lengths.get(0).isNullAt(0)) {
            out.note("length_ratio_p5_p50_p95", lengths.get(0).getList(0));
        }
        String field = config.fields().get(0);
        if (accepted > 0) {
            Bleu bleu = new SparkRows<>(rephrased
                            .where(col("outcome").equalTo(REWRITTEN))
                            .select(element_at(col("original"), field), element_at(col("fields"), field))
                            .javaRDD()
                            .map(row -> new Bleu.Pair(row.getString(0), row.getString(1))))
                    .fold(Bleu::new);
            out.note("change", 1 - bleu.value());
        }
        Column text = field.equals("text") ? col("text") : element_at(col("fields"), field);
        out.note("distinct_before", distinct(rows.select(text)));
        out.note("distinct_after", distinct(delivered.select(text)));
        if (accepted == 0 && attempted > 0) {
            out.warn("no rewrite was accepted of " + attempted + ": every row stays as it is; see kept_original");
        }
    }

    /** Distinct words and distinct pairs of neighbours, as shares of all (Li et al. 2016). */
    private static List<Double> distinct(Dataset<Row> texts) {
        List<Double> shares = new ArrayList<>(List.of(0.0, 0.0));
        texts.flatMap(
                        (FlatMapFunction<Row, String>)
                                row -> grams(row.getString(0)).iterator(),
                        Encoders.STRING())
                .groupBy("value")
                .count()
                .groupBy(col("value").contains(" ").as("pairs"))
                .agg(count(lit(1)), sum("count"))
                .collectAsList()
                .forEach(row -> shares.set(row.getBoolean(0) ? 1 : 0, (double) row.getLong(1) / row.getLong(2)));
        return shares;
    }

    private static List<String> grams(@Nullable String text) {
        List<String> tokens = text == null ? List.of() : Gates.tokens(text);
        List<String> grams = new ArrayList<>(tokens);
        for (int i = 0; i + 1 < tokens.size(); i++) {
            grams.add(tokens.get(i) + " " + tokens.get(i + 1));
        }
        return grams;
    }
}
