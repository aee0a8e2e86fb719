package org.oatmill.jobs.verbs;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Columns;
import org.oatmill.core.Json;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.Pipeline;
import org.oatmill.jobs.RunFile;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.Session;
import org.oatmill.jobs.report.RunReport;
import org.oatmill.spark.artifact.Artifacts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code trace}: what became of a row. */
@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description = "Follows one row through every stage: kept or dropped and why, copies, verdicts, scores, steps.")
final class TraceVerb implements Callable<Integer> {
    private static final int FIRST = 3;
    private static final int WIDTH = 96;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Parameters(index = "0", paramLabel = "FILE|ROOT", description = "Run file, or a root: its last run that ended.")
    private String target = "";

    @Parameters(index = "1", paramLabel = "ID", description = "The row.")
    private String id = "";

    @Option(names = "--json", description = "One JSON object per stage and line, and nothing else.")
    private boolean json;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Overlay overlay;

    @Override
    public Integer call() throws Exception {
        List<Trace.Step> steps = Trace.of(id, Target.isRunFile(target) ? planned() : lastRun());
        if (json) {
            steps.forEach(step -> oatmill.out.println(Json.line(Json.tree(step))));
            return 0;
        }
        oatmill.out.println(id);
        for (Trace.Step step : steps) {
            oatmill.out.println("\n" + step.stage() + "  " + step.job() + (step.holds() ? "" : "  – " + step.why()));
            step.tables().forEach((table, rows) -> {
                print(
                        table,
                        rows.stream().filter(row -> Trace.isItself(row, id)).toList());
                print(
                        table + ", made from it",
                        rows.stream().filter(row -> !Trace.isItself(row, id)).toList());
            });
        }
        return 0;
    }

    private List<Trace.Made> planned() throws IOException {
        RunFile file = overlay.read(target, oatmill.jobs);
        return new Pipeline(file, file.select(List.of()), Session.open())
                .plan().stream()
                        .map(planned -> new Trace.Made(
                                planned.stage().name(), planned.stage().job().name(), planned.artifact()))
                        .toList();
    }

    private List<Trace.Made> lastRun() throws IOException {
        Workspace workspace = Target.existing(target, overlay, oatmill.jobs);
        SparkSession spark = Session.open();
        Artifacts artifacts = new Artifacts(workspace, spark);
        List<String> runs = new ArrayList<>(workspace.runs());
        Collections.reverse(runs);
        for (String run : runs) {
            Optional<RunResults> results = RunReport.results(workspace.store(), run);
            if (results.isPresent()) {
                List<Trace.Made> made = new ArrayList<>();
                for (RunResults.Stage stage : results.get().stages()) {
                    made.add(new Trace.Made(
                            stage.name(), stage.job(), stage.path() == null ? null : artifacts.open(stage.path())));
                }
                return made;
            }
        }
        throw new UserException("Cannot trace in " + target + ": no run below it has ended; next: oatmill run FILE");
    }

    private void print(String table, List<JsonNode> rows) {
        if (rows.isEmpty()) {
            return;
        }
        oatmill.out.println("  " + table + (rows.size() == 1 ? "" : ", " + rows.size() + " rows" + steps(rows)));
        rows.stream().limit(FIRST).forEach(row -> oatmill.out.println("    " + line(row)));
        if (rows.size() > FIRST) {
            oatmill.out.println("    …");
        }
    }

    /** Of {@link Tables#PROBE_ROWS} and its like: how many steps measured the row. */
    private static String steps(List<JsonNode> rows) {
        TreeSet<Integer> steps = rows.stream()
                .filter(row -> row.hasNonNull(Columns.STEP.name()))
                .map(row -> row.get(Columns.STEP.name()).intValue())
                .collect(Collectors.toCollection(TreeSet::new));
        return steps.isEmpty() ? "" : ", in " + steps.size() + " steps from " + steps.first() + " to " + steps.last();
    }

    private String line(JsonNode row) {
        List<String> cells = new ArrayList<>();
        row.fields().forEachRemaining(cell -> {
            boolean isItself = cell.getKey().equals(Columns.ID.name()) && Trace.isItself(row, id);
            if (!isItself && !cell.getValue().isNull()) {
                cells.add(cell.getKey() + " " + cut(cell.getValue()));
            }
        });
        return String.join(", ", cells);
    }

    private static String cut(JsonNode value) {
        String text = value.isFloatingPointNumber()
                ? String.format(Locale.ROOT, "%.4g", value.doubleValue())
                : value.isContainerNode() ? Json.line(value) : value.asText();
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= WIDTH ? line : line.substring(0, WIDTH - 1) + "…";
    }
}
