package org.oatmill.jobs.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.oatmill.jobs.Jobs;
import org.oatmill.jobs.Session;
import org.oatmill.jobs.audit.Audit;
import org.oatmill.jobs.audit.AuditOptions;
import org.oatmill.jobs.audit.AuditedRow;
import org.oatmill.jobs.audit.Kind;
import org.oatmill.jobs.verbs.Oatmill;
import org.oatmill.spark.model.ModelFiles;

/**
 * What an audit finds, against what was planted: glosses of WordNet with the troubles of the quickstart, and sentences
 * whose labels are flipped, from the file of tab-separated sentence and label (0 or 1) that the environment variable
 * {@code OATMILL_SST2} names. References are what chance gives.
 */
final class AuditBench {
    private static final int FIRST = 50;
    private static final int SEEDS = 5;

    /** What a kind is right about. */
    private static final Map<Kind, Set<String>> RIGHT = Map.of(
            Kind.LABEL, Set.of("flipped-label", "off-domain", "fragment"),
            Kind.NEAR_DUPLICATE, Set.of("near-duplicate"),
            Kind.OUTLIER, Set.of("off-domain"),
            Kind.FRAGMENT, Set.of("fragment"));

    private AuditBench() {}

    static List<Row> rows() throws Exception {
        SparkSession spark = Session.open();
        try {
            List<Row> rows = new ArrayList<>(planted(spark));
            String sentences = System.getenv("OATMILL_SST2");
            if (sentences == null) {
                System.err.println("bench: OATMILL_SST2 is not set, expected a file of sentence, tab, 0 or 1: no"
                        + " flipped labels are looked for in it");
            } else {
                rows.addAll(flipped(Path.of(sentences), spark));
            }
            return rows;
        } finally {
            Session.close();
        }
    }

    private static List<Row> planted(SparkSession spark) throws IOException {
        Path directory = Files.createTempDirectory("oatmill-bench");
        try {
            String[] words = {
                "run",
                "conf/quickstart.conf",
                "--select",
                "planted",
                "--set",
                "root=\"" + directory + "\"",
                "--set",
                "stages.documents.source.per_category=6000"
            };
            int exit = Oatmill.run(words, Jobs.JOBS, new PrintStream(PrintStream.nullOutputStream()), System.err);
            if (exit != 0) {
                throw new IOException("oatmill " + String.join(" ", words) + " ended with " + exit);
            }
            Map<String, String> kinds = new HashMap<>();
            spark.read()
                    .parquet(table(directory, "planted"))
                    .select("id", "kind")
                    .collectAsList()
                    .forEach(row -> kinds.put(row.getString(0), row.getString(1)));
            Path file = directory.resolve("planted.parquet");
            spark.read()
                    .parquet(table(directory, "documents"))
                    .where("split = 'pool'")
                    .select("id", "text", "label")
                    .orderBy("id")
                    .coalesce(1)
                    .write()
                    .parquet(file.toString());
            Timed timed = Timed.of(
                    new AuditOptions(
                            file.toString(), "parquet", "text", "label", "id", List.of(), ModelFiles.SHIPPED, 0),
                    spark);
            return judged("audit/planted/", timed, row -> kinds.getOrDefault(row.shown(), ""));
        } finally {
            Scratch.delete(directory);
        }
    }

    private static String table(Path root, String name) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(path -> path.endsWith(Path.of("tables", name))
                            && path.toString().contains("/planted/"))
                    .findFirst()
                    .orElseThrow()
                    .toString();
        }
    }

    private static List<Row> flipped(Path sentences, SparkSession spark) throws IOException {
        List<String> lines = Files.readAllLines(sentences);
        Path file = Files.createTempFile("oatmill-bench", ".tsv");
        Map<String, List<Row>> bySeed = new TreeMap<>();
        try {
            for (int seed = 0; seed < SEEDS; seed++) {
                Set<Integer> flips = new HashSet<>();
                SplittableRandom random = new SplittableRandom(seed);
                while (flips.size() < lines.size() / 10) {
                    flips.add(random.nextInt(lines.size()));
                }
                StringBuilder text = new StringBuilder();
                for (int i = 0; i < lines.size(); i++) {
                    String[] cells = lines.get(i).split("\t", -1);
                    String label = flips.contains(i) ? cells[1].equals("1") ? "0" : "1" : cells[1];
                    text.append(cells[0]).append('\t').append(label).append('\n');
                }
                Files.writeString(file, text);
                Timed timed = Timed.of(
                        new AuditOptions(
                                file.toString(),
                                null,
                                "sentence",
                                "label",
                                null,
                                List.of("sentence", "label"),
                                ModelFiles.SHIPPED,
                                seed),
                        spark);
                for (Row row : judged(
                        "audit/sst2/",
                        timed,
                        audited -> flips.contains((int) audited.line() - 1) ? "flipped-label" : "")) {
                    bySeed.computeIfAbsent(row.name(), key -> new ArrayList<>()).add(row);
                }
            }
        } finally {
            Files.delete(file);
        }
        List<Row> rows = new ArrayList<>();
        bySeed.forEach((name, seeds) -> {
            double[] values = seeds.stream().mapToDouble(Row::value).sorted().toArray();
            Row one = seeds.get(0);
            double mean = Arrays.stream(values).average().orElse(Double.NaN);
            rows.add(new Row(name + "/mean-of-" + SEEDS, mean, one.unit(), one.reference(), ""));
            rows.add(new Row(name + "/lowest", values[0], one.unit(), one.reference(), ""));
            rows.add(new Row(name + "/highest", values[values.length - 1], one.unit(), one.reference(), ""));
        });
        return rows;
    }

    private record Timed(Audit audit, double seconds) {
        static Timed of(AuditOptions options, SparkSession spark) {
            long began = System.nanoTime();
            Audit audit = Audit.of(options, spark, doing -> {});
            return new Timed(audit, (System.nanoTime() - began) / 1e9);
        }
    }

    private interface Planted {
        String kind(AuditedRow row);
    }

    private static List<Row> judged(String name, Timed timed, Planted planted) {
        Audit audit = timed.audit();
        List<Row> rows = new ArrayList<>();
        rows.add(new Row(name + "rows", audit.rows().size() / timed.seconds(), "rows/s", Double.NaN, ""));
        RIGHT.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> {
            Predicate<AuditedRow> right = row -> entry.getValue().contains(planted.kind(row));
            long there = audit.rows().stream().filter(right).count();
            // A row that says the same as another is a copy whoever made it: WordNet has some of its own.
            List<Boolean> first = audit.findings().stream()
                    .filter(finding -> finding.kind() == entry.getKey())
                    .limit(FIRST)
                    .map(finding -> right.test(finding.row())
                            || finding.kind() == Kind.NEAR_DUPLICATE
                                    && finding.reason().startsWith("the same"))
                    .toList();
            if (there > 0 && !first.isEmpty()) {
                rows.add(new Row(
                        name + entry.getKey() + "/precision@" + first.size(),
                        (double) first.stream().filter(yes -> yes).count() / first.size(),
                        "",
                        (double) there / audit.rows().size(),
                        ""));
            }
        });
        Map<String, AuditedRow> byId = new HashMap<>();
        audit.rows().forEach(row -> byId.put(row.id(), row));
        audit.suspicion().forEach((method, scores) -> {
            // Against rows that nothing is wrong with.
            List<String> ids = scores.keySet().stream()
                    .filter(id -> Set.of("", "flipped-label").contains(planted.kind(byId.get(id))))
                    .sorted()
                    .toList();
            double[] suspicion = ids.stream().mapToDouble(scores::get).toArray();
            boolean[] flipped = new boolean[suspicion.length];
            for (int i = 0; i < flipped.length; i++) {
                flipped[i] = !planted.kind(byId.get(ids.get(i))).isEmpty();
            }
            rows.add(new Row(name + method + "/auc", auc(suspicion, flipped), "", 0.5, ""));
        });
        return rows;
    }

    /** Chance that a flipped row is more suspicious than another; ties count half. */
    private static double auc(double[] scores, boolean[] flipped) {
        Integer[] order = new Integer[scores.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> scores[i]));
        double ranks = 0;
        long positive = 0;
        for (int from = 0, to; from < order.length; from = to) {
            for (to = from; to < order.length && scores[order[to]] == scores[order[from]]; ) {
                to++;
            }
            for (int i = from; i < to; i++) {
                if (flipped[order[i]]) {
                    ranks += (from + 1 + to) / 2.0;
                    positive++;
                }
            }
        }
        return (ranks - positive * (positive + 1) / 2.0) / (positive * (order.length - positive));
    }
}
