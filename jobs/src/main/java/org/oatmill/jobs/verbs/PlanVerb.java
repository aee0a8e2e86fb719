package org.oatmill.jobs.verbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.Pipeline;
import org.oatmill.jobs.RunFile;
import org.oatmill.jobs.Session;
import org.oatmill.jobs.TextTable;
import org.oatmill.spark.artifact.Artifact;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code plan}: what {@code run} would do. */
@Command(
        name = "plan",
        mixinStandardHelpOptions = true,
        description = "Says which stages run would make, and why; makes and writes nothing.")
final class PlanVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private StagesArgument argument;

    @Override
    public Integer call() throws Exception {
        RunFile file = argument.read(oatmill.jobs);
        Pipeline pipeline = new Pipeline(file, argument.of(file), Session.open());
        TextTable table = new TextTable("stage", "job", "state", "why", "rows read", "model memory", "path");
        List<String> outlooks = new ArrayList<>();
        long toMake = 0;
        for (Pipeline.Planned planned : pipeline.plan()) {
            String root = file.head().root().replaceAll("/+$", "") + "/"
                    + planned.stage().directory() + "/";
            boolean done = planned.artifact() != null;
            toMake += done ? 0 : 1;
            String outlook = done ? "" : pipeline.outlook(planned.stage());
            if (!outlook.isEmpty()) {
                outlooks.add(planned.stage().name() + ": " + outlook);
            }
            String why = done
                    ? "recipe has an artifact"
                    : planned.recipe() != null
                            ? "recipe has no artifact"
                            : "waits for " + String.join(", ", planned.waitsFor());
            table.row(
                    planned.stage().name(),
                    planned.stage().job().name(),
                    done ? "done" : "to make",
                    why,
                    rowsRead(planned.stage().job(), pipeline.inputs(planned.stage())),
                    pipeline.memory(planned.stage()),
                    root + (planned.recipe() == null ? "…" : planned.recipe().shortDigest()));
        }
        oatmill.out.print(table);
        oatmill.out.println();
        outlooks.forEach(oatmill.out::println);
        oatmill.out.println(
                toMake == 0 ? "Nothing to make." : toMake + " to make; next: oatmill run " + argument.words());
        return 0;
    }

    /** Rows of the table that each role reads, as far as it is made. */
    private static String rowsRead(Job<?> job, Map<String, Artifact> inputs) {
        return job.reads().stream()
                .filter(role -> inputs.containsKey(role.name()))
                .flatMap(role ->
                        Objects.requireNonNull(inputs.get(role.name()))
                                .manifest()
                                .table(role.table().name())
                                .stream()
                                .map(table -> String.format("%s %,d", role.name(), table.rows())))
                .collect(Collectors.joining(", "));
    }
}
