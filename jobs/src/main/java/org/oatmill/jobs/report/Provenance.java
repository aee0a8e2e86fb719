package org.oatmill.jobs.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Table;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.Jobs;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.RunResults.Outcome;
import org.oatmill.report.Axis;
import org.oatmill.report.Block;
import org.oatmill.report.Chart;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Column;
import org.oatmill.report.Lineage;
import org.oatmill.report.Numbers;

/** Which stage made what from what, in what time, and how to do it again. */
final class Provenance {

    private final RunResults results;

    Provenance(RunResults results) {
        this.results = results;
    }

    /** Rows and seconds by stage. */
    List<Block> stages() {
        DataTable table = new DataTable(
                "Stages",
                List.of(
                        Column.text("Stage"),
                        Column.text("Job"),
                        Column.text("Outcome"),
                        Column.number("Rows"),
                        Column.text("Tables"),
                        Column.number("Time")),
                results.stages().stream()
                        .map(stage -> DataTable.row(
                                stage.name(),
                                stage.job(),
                                word(stage.outcome()),
                                stage.path() == null ? "–" : Numbers.count(rows(stage)),
                                stage.rows().entrySet().stream()
                                        .map(e -> e.getKey() + " " + Numbers.count(e.getValue()))
                                        .collect(Collectors.joining(", ")),
                                time(stage)))
                        .toList(),
                results.stages().stream().anyMatch(stage -> stage.outcome() == Outcome.REUSED)
                        ? "Already made: an earlier run had made this stage from the same recipe, so nothing was computed."
                        : "");
        List<Block> blocks = new ArrayList<>();
        blocks.add(bars(
                "Rows by stage.",
                "What each stage passes on.",
                new Axis("rows", Axis.Scale.LINEAR, Numbers::tick),
                results.stages().stream()
                        .filter(stage -> stage.path() != null)
                        .map(stage -> bar(stage.name(), Numbers.count(rows(stage)), rows(stage)))
                        .toList(),
                table,
                false));
        List<Chart.Row> times = results.stages().stream()
                .filter(stage -> stage.outcome() == Outcome.SUCCEEDED || stage.outcome() == Outcome.FAILED)
                .map(stage -> bar(stage.name(), time(stage), stage.seconds()))
                .toList();
        if (!times.isEmpty()) {
            blocks.add(bars(
                    "Time by stage.",
                    "The whole run took " + Numbers.duration(results.seconds()) + ".",
                    new Axis("seconds", Axis.Scale.LINEAR, Numbers::tick),
                    times,
                    throughput(),
                    true));
        }
        return blocks;
    }

    private static Chart bars(
            String title, String summary, Axis axis, List<Chart.Row> rows, DataTable numbers, boolean folded) {
        List<Chart.Series> series = List.of(new Chart.Series(axis.name(), Chart.Shape.BAR));
        return new Chart(title, summary, axis, series, rows, numbers, folded);
    }

    private static Chart.Row bar(String name, String value, double length) {
        return new Chart.Row(name, value, List.of(Chart.Mark.at(length)));
    }

    private DataTable throughput() {
        return new DataTable(
                "Time, memory and rows per second",
                List.of(
                        Column.text("Stage"),
                        Column.number("Time"),
                        Column.number("Peak memory", "MiB"),
                        Column.number("Rows written", "per s")),
                results.stages().stream()
                        .filter(stage -> stage.outcome() == Outcome.SUCCEEDED || stage.outcome() == Outcome.FAILED)
                        .map(stage -> DataTable.row(
                                stage.name(),
                                time(stage),
                                stage.peakMebibytes() == null ? "–" : Numbers.count(stage.peakMebibytes()),
                                stage.seconds() > 0 && stage.path() != null
                                        ? Numbers.count(Math.round(rows(stage) / stage.seconds()))
                                        : "–"))
                        .toList(),
                "Peak memory: the most that the process which runs the pipeline held, heap and weights together; with a"
                        + " local master that is all of it.");
    }

    private static String time(RunResults.Stage stage) {
        return stage.outcome() == Outcome.SUCCEEDED || stage.outcome() == Outcome.FAILED
                ? Numbers.duration(stage.seconds())
                : "–";
    }

    static String word(Outcome outcome) {
        return switch (outcome) {
            case SUCCEEDED -> "made";
            case REUSED -> "already made";
            case FAILED -> "failed";
            case NOT_REACHED -> "not reached";
        };
    }

    /** Rows of the table that the job is named for: the first it declares. */
    static long rows(RunResults.Stage stage) {
        Job<?> job = Jobs.JOBS.get(stage.job());
        if (job != null) {
            for (Table table : job.writes()) {
                Long rows = stage.rows().get(table.name());
                if (rows != null) {
                    return rows;
                }
            }
        }
        return stage.rows().values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** The graph of artifacts, drawn and as a table. */
    List<Block> lineage() {
        Set<String> names = new LinkedHashSet<>();
        results.stages().forEach(stage -> names.add(stage.name()));
        Map<String, String> stageOf = new HashMap<>();
        results.stages().forEach(stage -> {
            if (stage.path() != null) {
                stageOf.put(stage.path(), stage.name());
            }
        });
        List<Lineage.Node> nodes = new ArrayList<>();
        Set<String> outside = new LinkedHashSet<>();
        for (RunResults.Stage stage : results.stages()) {
            List<String> from = stage.inputs().values().stream()
                    .map(input -> stageOf.getOrDefault(input, input))
                    .distinct()
                    .toList();
            from.stream().filter(input -> !names.contains(input)).forEach(outside::add);
            String detail = stage.path() == null
                    ? stage.job() + " · " + word(stage.outcome())
                    : stage.job() + " · " + Numbers.count(rows(stage)) + " rows";
            boolean failed = stage.outcome() == Outcome.FAILED;
            nodes.add(new Lineage.Node(stage.name(), detail, shortened(stage.recipe()), from, failed));
        }
        List<Lineage.Node> all = new ArrayList<>();
        outside.forEach(path -> all.add(new Lineage.Node(path, "from elsewhere", "", List.of(), false)));
        all.addAll(nodes);
        DataTable table = new DataTable(
                "Recipes and digests",
                List.of(
                        Column.text("Stage"),
                        Column.text("Made from"),
                        Column.code("Recipe"),
                        Column.code("Content"),
                        Column.code("Path below the root")),
                results.stages().stream()
                        .map(stage -> DataTable.row(
                                stage.name(),
                                String.join(", ", stage.inputs().values()),
                                shortened(stage.recipe()),
                                shortened(stage.digest()),
                                stage.path() == null ? "–" : stage.path()))
                        .toList(),
                "Recipe: digest of all that decides a stage's result. Content: digest of what it made, equal for any"
                        + " partitioning. Both are the first twelve of 64 digits; the manifests have all.");
        return List.of(new Lineage("What was made from what", all), table);
    }

    private static String shortened(@Nullable String digest) {
        return digest == null ? "–" : digest.substring(0, Math.min(12, digest.length()));
    }

    /** The command, the configuration, and who made it. */
    List<Block> again(@Nullable String resolved) {
        List<Block> blocks = new ArrayList<>();
        String command = results.command().stream().map(Provenance::quoted).collect(Collectors.joining(" "));
        blocks.add(new Block.Code("The command of this run", command, false));
        if (resolved != null) {
            String config = results.root().replaceAll("/+$", "") + "/" + RunResults.DIRECTORY + "/" + results.id()
                    + "/config.resolved.conf";
            blocks.add(new Block.Code(
                    "The same from its bound configuration, whatever becomes of the run file",
                    "oatmill run " + quoted(config),
                    false));
            blocks.add(new Block.Code("Bound configuration, all defaults written out", resolved, true));
        }
        blocks.add(new DataTable(
                "Made with",
                List.of(Column.text("What"), Column.code("Which")),
                List.of(
                        DataTable.row("Oatmill", results.tool().version()),
                        DataTable.row("Source", results.tool().gitSha()),
                        DataTable.row("Spark", results.tool().spark()),
                        DataTable.row("Java", results.tool().java()),
                        DataTable.row("Instruction set", results.tool().instructionSet()),
                        DataTable.row("Master", results.master()),
                        DataTable.row("Cores", String.format(Locale.ROOT, "%d", results.cores())),
                        DataTable.row("Run seed", String.format(Locale.ROOT, "%d", results.seed()))),
                ""));
        return blocks;
    }

    /** As a POSIX shell reads it. */
    static String quoted(String word) {
        return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
