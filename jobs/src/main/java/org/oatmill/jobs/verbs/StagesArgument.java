package org.oatmill.jobs.verbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.RunFile;
import org.oatmill.jobs.Stage;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The run file that a verb acts on, and which of its stages. */
final class StagesArgument {
    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RunFileArgument argument;

    @Option(names = "--select", split = ",", paramLabel = "STAGE", description = "Only these stages and all they read.")
    private List<String> select = new ArrayList<>();

    RunFile read(Map<String, Job<?>> jobs) {
        return argument.read(jobs);
    }

    List<Stage> of(RunFile file) {
        return file.select(select);
    }

    /** The file alone, with what is laid over it, for a shell. */
    String file() {
        return argument.words();
    }

    /** All of it, for a shell. */
    String words() {
        return argument.words() + (select.isEmpty() ? "" : " --select " + String.join(",", select));
    }
}
