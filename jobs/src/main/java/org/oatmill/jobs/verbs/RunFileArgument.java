package org.oatmill.jobs.verbs;

import java.util.Map;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.RunFile;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The run file that a verb acts on, and what {@code --set} lays over it. */
final class RunFileArgument {
    @Parameters(index = "0", paramLabel = "FILE", description = "Run file.")
    private String file = "";

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Overlay overlay;

    RunFile read(Map<String, Job<?>> jobs) {
        return overlay.read(file, jobs);
    }

    /** The file and what is laid over it, for a shell. */
    String words() {
        return file + overlay.words();
    }
}
