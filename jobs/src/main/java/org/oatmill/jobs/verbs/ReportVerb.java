package org.oatmill.jobs.verbs;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.Session;
import org.oatmill.jobs.report.RunReport;
import org.oatmill.spark.artifact.Artifacts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code report}: a run as a page. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = "Writes a run's report: one HTML file, and the same in Markdown.")
final class ReportVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Parameters(index = "0", paramLabel = "FILE|ROOT", description = "Run file, or its root.")
    private String target = "";

    @Option(names = "--run", paramLabel = "ID", description = "The run; the last that has ended where none is named.")
    private @Nullable String id;

    @Option(names = "--redact", description = "Shows ids, never text.")
    private boolean redact;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Overlay overlay;

    @Override
    public Integer call() throws Exception {
        Workspace workspace = Target.existing(target, overlay, oatmill.jobs);
        String run = id == null ? last(workspace) : named(workspace, id);
        for (String path : RunReport.write(run, new Artifacts(workspace, Session.open()), redact)) {
            oatmill.out.println(workspace.store().root().replaceFirst("^file:/+", "/") + "/" + path);
        }
        return 0;
    }

    private static String named(Workspace workspace, String id) throws IOException {
        String run = RunResults.DIRECTORY + "/" + id;
        if (!workspace.runs().contains(run)) {
            List<String> ids = workspace.runs().stream()
                    .map(r -> r.substring(r.lastIndexOf('/') + 1))
                    .toList();
            throw new UserException("Cannot report: --run = " + id + ", expected one of " + String.join(", ", ids)
                    + Nearest.hint(id, ids));
        }
        return run;
    }

    /** Of a run file, its own last run: another file's may lie in the same root. */
    private String last(Workspace workspace) throws IOException {
        String name = Target.isRunFile(target)
                ? overlay.read(target, oatmill.jobs).head().name()
                : null;
        List<String> runs = new ArrayList<>(workspace.runs());
        Collections.reverse(runs);
        for (String run : runs) {
            Optional<RunResults> results = RunReport.results(workspace.store(), run);
            if (results.isPresent() && (name == null || results.get().name().equals(name))) {
                return run;
            }
        }
        throw new UserException("Cannot report on " + target + ": none of the " + runs.size() + " runs below "
                + workspace.store().root() + (name == null ? "" : " is named " + name + " and") + " has ended; next:"
                + " oatmill run FILE");
    }
}
