package org.oatmill.jobs;

import org.oatmill.jobs.verbs.Oatmill;

/** The one entry point: {@code spark-submit oatmill.jar <verb> …}. */
public final class Main {
    private Main() {}

    public static void main(String[] words) {
        int exitCode = Oatmill.runAndClose(words, Jobs.JOBS);
        if (exitCode != 0) { // YARN takes a System.exit(0) in cluster mode for a failure
            System.exit(exitCode);
        }
    }
}
