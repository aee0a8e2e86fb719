package org.oatmill.jobs.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * {@code jobs/bin/bench [name…]}: runs the benchmarks of the names, or all of them, prints a table and writes
 * {@code bench.tsv}. To add one, write a {@link Benchmark} and give it a line in {@link #ALL}.
 */
public final class Bench {

    private static final Map<String, Benchmark> ALL = new LinkedHashMap<>();

    static {
        ALL.put("noise", NoiseBench::rows);
        ALL.put("model", ModelBench::rows);
        ALL.put("slots", SlotsBench::rows);
        ALL.put("influence", InfluenceBench::rows);
        ALL.put("sampling", SamplingBench::rows);
        ALL.put("audit", AuditBench::rows);
        ALL.put("coverage", CoverageBench::rows);
    }

    private Bench() {}

    /** The first argument is the file to write; the others are names. */
    public static void main(String[] args) throws Exception {
        Path tsv = Path.of(args[0]);
        List<String> names = args.length > 1 ? List.of(args).subList(1, args.length) : List.copyOf(ALL.keySet());
        for (String name : names) {
            if (!ALL.containsKey(name)) {
                System.err.println("Cannot run a benchmark: name = " + name + ", expected one of "
                        + String.join(", ", ALL.keySet()));
                System.exit(64);
            }
        }
        List<Row> rows = new ArrayList<>();
        for (String name : names) {
            System.err.println("bench: " + name);
            rows.addAll(ALL.get(name).run());
            // After each, so that an interrupted run keeps what it measured.
            write(tsv, rows);
        }
        System.out.print(table(rows));
    }

    /** Runs the JMH benchmarks of a class and returns their scores by method name. */
    static Map<String, Double> jmh(Class<?> type) throws RunnerException {
        Map<String, Double> scores = new LinkedHashMap<>();
        for (RunResult result : new Runner(new OptionsBuilder()
                        .include("^" + type.getName().replace("$", "\\.") + "\\.")
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run()) {
            String name = result.getParams().getBenchmark();
            scores.put(
                    name.substring(name.lastIndexOf('.') + 1),
                    result.getPrimaryResult().getScore());
        }
        return scores;
    }

    private static void write(Path tsv, List<Row> rows) throws IOException {
        StringBuilder text = new StringBuilder(Row.HEADER).append('\n');
        for (Row row : rows) {
            text.append(row.tsv()).append('\n');
        }
        Files.createDirectories(tsv.toAbsolutePath().getParent());
        Files.writeString(tsv, text);
    }

    /** The rows as columns of equal width. */
    private static String table(List<Row> rows) {
        List<String[]> lines = new ArrayList<>();
        lines.add(Row.HEADER.split("\t", -1));
        rows.forEach(row -> lines.add(row.tsv().split("\t", -1)));
        int[] width = new int[lines.get(0).length];
        for (String[] line : lines) {
            for (int i = 0; i < line.length; i++) {
                width[i] = Math.max(width[i], line[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (String[] line : lines) {
            for (int i = 0; i < line.length; i++) {
                text.append(line[i]).append(" ".repeat(width[i] + 2 - line[i].length()));
            }
            text.append('\n');
        }
        return text.toString();
    }
}
