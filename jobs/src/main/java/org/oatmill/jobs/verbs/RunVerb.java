package org.oatmill.jobs.verbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.oatmill.jobs.Pipeline;
import org.oatmill.jobs.Progress;
import org.oatmill.jobs.RunFile;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.RunResults.Outcome;
import org.oatmill.jobs.Session;
import org.oatmill.jobs.Stage;
import org.oatmill.jobs.TextTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code run}: makes what is not made yet. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = "Makes the stages of a run file that are not made yet; nothing is ever overwritten.")
final class RunVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private StagesArgument argument;

    @Override
    public Integer call() throws Exception {
        RunFile file = argument.read(oatmill.jobs);
        List<Stage> stages = argument.of(file);
        List<String> command = new ArrayList<>(List.of("oatmill"));
        command.addAll(oatmill.words);
        Pipeline pipeline = new Pipeline(file, stages, Session.open());
        RunResults results;
        try (Progress progress = Progress.to(oatmill.err)) {
            results = pipeline.run(command, progress);
        }
        oatmill.out.print(box(results));
        return results.exitCode();
    }

    /** What became of every stage, where it is, and what to type next. */
    private String box(RunResults results) {
        String root = results.root().replaceAll("/+$", "");
        TextTable table = new TextTable("stage", "outcome", "time", "rows", "path");
        for (RunResults.Stage stage : results.stages()) {
            table.row(
                    stage.name(),
                    word(stage.outcome()),
                    stage.outcome() == Outcome.SUCCEEDED || stage.outcome() == Outcome.FAILED
                            ? Progress.seconds(stage.seconds())
                            : "",
                    rows(stage.rows()),
                    stage.path() == null ? "" : root + "/" + stage.path());
        }
        long warnings =
                results.stages().stream().mapToLong(s -> s.warnings().size()).sum();
        boolean good = results.outcome() == Outcome.SUCCEEDED;
        String headline = results.name() + ": " + (good ? "done" : "failed") + " in "
                + Progress.seconds(results.seconds()) + (warnings == 0 ? "" : ", " + warnings + " warnings");
        String next = good
                ? "oatmill report " + argument.file()
                : results.exitCode() == Oatmill.FAILED
                        ? "mend what is said above, then " + String.join(" ", results.command())
                        : "this is our bug: keep " + RunResults.FILE + " and the lines above";
        return "\n" + headline + "\n" + table.print("  ")
                + "  run   " + root + "/" + RunResults.DIRECTORY + "/" + results.id() + "\n"
                + "  next  " + next + "\n";
    }

    private static String word(Outcome outcome) {
        return switch (outcome) {
            case SUCCEEDED -> "made";
            case REUSED -> "already made";
            case FAILED -> "failed";
            case NOT_REACHED -> "not reached";
        };
    }

    static String rows(Map<String, Long> rows) {
        return rows.entrySet().stream()
                .map(e -> String.format("%s %,d", e.getKey(), e.getValue()))
                .collect(Collectors.joining(", "));
    }
}
