package org.oatmill.jobs.verbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.RunFile;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The run file that a verb acts on, and what {@code --set} lays over it. */
final class RunFileArgument {
    @Parameters(index = "0", paramLabel = "FILE", description = "Run file.")
    private String file = "";

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Lays a value over the file: --set stages.sample.size=100")
    private List<String> sets = new ArrayList<>();

    RunFile read(Map<String, Job<?>> jobs) {
        return RunFile.read(file, sets, jobs);
    }
}
