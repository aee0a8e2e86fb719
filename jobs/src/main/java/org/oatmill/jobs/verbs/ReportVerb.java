package org.oatmill.jobs.verbs;

import java.util.concurrent.Callable;
import org.oatmill.core.UserException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code report}: a run as a page. */
@Command(
        name = "report",
        mixinStandardHelpOptions = true,
        description = "Writes a run's report: one HTML file, and the same in Markdown.")
final class ReportVerb implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "FILE|ROOT", description = "Run file, or its root.")
    private String target = "";

    @Option(names = "--redact", description = "Shows ids, never text.")
    private boolean redact;

    @Override
    public Integer call() {
        throw new UserException("Cannot write report of " + target + (redact ? ", redacted" : "") + ": not built yet");
    }
}
