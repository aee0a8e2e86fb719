package org.oatmill.jobs.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Vector;
import org.oatmill.spark.embed.Embedder;
import org.oatmill.spark.embed.HiddenStates;
import org.oatmill.spark.embed.TfIdf;
import org.oatmill.spark.rows.VectorColumn;

/**
 * Which rows of a file to look at first. Rows that say the same words are one row to all that follows but
 * {@link Kind#NEAR_DUPLICATE}, and copies share a fold, so that no copy vouches for another.
 *
 * <p>A row is listed once: as a fragment where it is one; else as an outlier where it is one, because a
 * label cannot be doubted where nothing is like the row; else under the kind that scores it highest. The
 * other kinds stand in its reason. Scores
 * of two kinds do not compare, so kinds take turns: the ranking holds the best of each kind, best scores
 * first, then the second of each, and so on. Whatever is wrong with the file is among the first rows,
 * however frequent something else is.
 *
 * <p>The driver holds all texts and vectors: about 1 kB a row besides its text. A function of the file, the
 * options and the model; Spark's partitions do not matter.
 *
 * @param rows that are documents
 * @param findings ranked
 * @param suspicion by method of doubting labels and by id, high is suspicious; empty where labels were not doubted
 * @param notes what was not done, and why
 */
public record Audit(
        List<AuditedRow> rows, List<Finding> findings, Map<String, Map<String, Double>> suspicion, List<String> notes) {
    private static final int NEIGHBOURS = 20;
    private static final int LONGEST = 128;
    private static final int VOCABULARY = 1 << 14;

    public Audit {
        rows = List.copyOf(rows);
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }

    /** @param progress is told what is being done */
    public static Audit of(AuditOptions options, SparkSession spark, Consumer<String> progress) {
        progress.accept("reading " + options.file());
        return of(AuditedFile.read(options, spark), options, spark, progress);
    }

    static Audit of(AuditedFile file, AuditOptions options, SparkSession spark, Consumer<String> progress) {
        List<Finding> found = new ArrayList<>(file.quarantined());
        int[] firsts = NearDuplicates.firstOfSameWords(file.rows());
        List<AuditedRow> rows = new ArrayList<>();
        for (int i = 0; i < firsts.length; i++) {
            AuditedRow row = file.rows().get(i);
            if (firsts[i] == i) {
                rows.add(row);
            } else {
                found.add(NearDuplicates.exact(row, file.rows().get(firsts[i])));
            }
        }
        found.addAll(Fragments.of(rows));

        progress.accept("hidden states of " + rows.size() + " different texts");
        Dataset<Row> texts = texts(rows, spark);
        List<String> ids = rows.stream().map(AuditedRow::id).toList();
        Map<String, Vector> hidden = vectors(new HiddenStates(options.model(), LONGEST), texts);
        progress.accept("neighbours and outliers");
        float[][] states = ids.stream().map(id -> values(hidden, id)).toArray(float[][]::new);
        Neighbours neighbours = Neighbours.of(states, ids, NEIGHBOURS, options.seed());
        found.addAll(Outliers.of(rows, states, neighbours, options.seed()));
        progress.accept("near-duplicates");
        List<NearDuplicates.Pair> pairs = NearDuplicates.pairs(rows, neighbours, options.seed(), spark);
        found.addAll(NearDuplicates.of(rows, pairs));

        List<String> notes = new ArrayList<>();
        Map<String, Map<String, Double>> suspicion = new LinkedHashMap<>();
        int[] groups = NearDuplicates.clusters(rows.size(), pairs);
        if (options.label() == null) {
            notes.add("Label errors were not looked for: no --label was named.");
        } else {
            SuspectedLabels.hindrance(rows, groups).ifPresentOrElse(notes::add, () -> {
                progress.accept("label errors");
                Map<String, Vector> words = vectors(tfIdf(), texts);
                List<Vector> inOrder = ids.stream()
                        .map(id -> Objects.requireNonNull(words.get(id)))
                        .toList();
                SuspectedLabels.Opinions opinions = SuspectedLabels.of(
                        new SuspectedLabels.Known(rows, inOrder, neighbours, groups), options.seed(), spark);
                found.addAll(opinions.findings());
                opinions.suspicion().forEach((method, scores) -> {
                    Map<String, Double> byId = new HashMap<>();
                    for (int i = 0; i < scores.length; i++) {
                        byId.put(ids.get(opinions.rows()[i]), scores[i]);
                    }
                    suspicion.put(method, byId);
                });
            });
        }
        return new Audit(file.rows(), ranked(found), suspicion, notes);
    }

    /** How many findings there are of each kind. */
    public Map<Kind, Integer> counts() {
        Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
            counts.put(kind, 0);
        }
        findings.forEach(finding -> counts.merge(finding.kind(), 1, Integer::sum));
        return counts;
    }

    static List<Finding> ranked(List<Finding> found) {
        Comparator<Finding> best = Comparator.comparingDouble((Finding f) -> -f.score())
                .thenComparing(Finding::kind)
                .thenComparing(f -> f.row().line())
                .thenComparing(f -> f.row().id());
        Map<String, Finding> byRow = new LinkedHashMap<>();
        found.stream()
                .sorted(Comparator.comparing((Finding f) -> f.kind() != Kind.FRAGMENT)
                        .thenComparing(f -> f.kind() != Kind.OUTLIER)
                        .thenComparing(best))
                .forEach(f -> byRow.merge(f.row().id(), f, (first, more) -> first.and("; also " + more.kind())));
        Map<Kind, Integer> turns = new EnumMap<>(Kind.class);
        record Turn(int turn, Finding finding) {}
        return byRow.values().stream()
                .map(f -> new Turn(turns.merge(f.kind(), 1, Integer::sum), f))
                .sorted(Comparator.comparingInt(Turn::turn).thenComparing(Turn::finding, best))
                .map(Turn::finding)
                .toList();
    }

    private static TfIdf tfIdf() {
        TfIdf typical = (TfIdf) Embedder.METHODS.typical("tf-idf");
        return new TfIdf(VOCABULARY, 1, true, typical.stopWords(), typical.wordPattern());
    }

    private static Dataset<Row> texts(List<AuditedRow> rows, SparkSession spark) {
        List<Row> texts = rows.stream()
                .map(row -> RowFactory.create(row.id(), row.text()))
                .toList();
        return spark.createDataFrame(texts, StructType.fromDDL("id STRING NOT NULL, text STRING NOT NULL"));
    }

    private static Map<String, Vector> vectors(Embedder embedder, Dataset<Row> texts) {
        try (Embedder.Learned learned = embedder.learn(texts)) {
            Map<String, Vector> vectors = new HashMap<>();
            learned.vectors()
                    .select("id", "vector")
                    .collectAsList()
                    .forEach(row -> vectors.put(row.getString(0), VectorColumn.vector(row.getStruct(1))));
            return vectors;
        }
    }

    /** No numbers for a text without tokens. */
    private static float[] values(Map<String, Vector> hidden, String id) {
        return Objects.requireNonNull(hidden.get(id)).values();
    }
}
