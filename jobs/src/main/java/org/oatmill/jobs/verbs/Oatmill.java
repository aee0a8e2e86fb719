package org.oatmill.jobs.verbs;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.oatmill.core.BuildInfo;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.Session;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The command line: its verbs, and what becomes of errors. A {@link UserException} is printed as its
 * message alone, with exit code 64; anything else is our bug, with its stack trace and exit code 2.
 * Results go to standard output, everything said on the way to standard error.
 */
@Command(
        name = "oatmill",
        mixinStandardHelpOptions = true,
        versionProvider = Oatmill.Version.class,
        description = "Turns raw data into a fine-tuned language model on Apache Spark.",
        synopsisSubcommandLabel = "VERB",
        commandListHeading = "%nVerbs:%n",
        optionListHeading = "%nOptions:%n",
        footer = {"", "First: oatmill run conf/quickstart.conf", "Help on a verb: oatmill VERB --help"},
        subcommands = {
            RunVerb.class,
            PlanVerb.class,
            StatusVerb.class,
            ShowVerb.class,
            TraceVerb.class,
            ValidateVerb.class,
            ReportVerb.class,
            AuditVerb.class,
            ConfigVerb.class
        })
public final class Oatmill implements Runnable {
    /** The run ended with a failure that the operator can mend. */
    static final int FAILED = 1;

    static final int BUG = 2;
    static final int USAGE = 64;

    final Map<String, Job<?>> jobs;
    final List<String> words;
    final PrintStream out;
    final PrintStream err;

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    CommandSpec spec;

    private Oatmill(List<String> words, Map<String, Job<?>> jobs, PrintStream out, PrintStream err) {
        this.words = words;
        this.jobs = jobs;
        this.out = out;
        this.err = err;
    }

    /** Does what the words say. Returns the exit code; never exits. */
    public static int run(String[] words, Map<String, Job<?>> jobs, PrintStream out, PrintStream err) {
        CommandLine line = new CommandLine(new Oatmill(List.of(words), jobs, out, err));
        line.setOut(new PrintWriter(out, true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(err, true, StandardCharsets.UTF_8));
        line.setUsageHelpLongOptionsMaxWidth(28);
        line.setParameterExceptionHandler((e, given) -> {
            err.println(usage(e));
            return USAGE;
        });
        line.setExecutionExceptionHandler((e, command, result) -> {
            if (e instanceof UserException) {
                err.println(e.getMessage());
                return USAGE;
            }
            err.println("Oatmill failed, and should not have:");
            e.printStackTrace(err);
            return BUG;
        });
        try {
            return line.execute(words);
        } finally {
            out.flush();
            err.flush();
        }
    }

    /** As {@link #run}, and ends Spark: what {@code main} calls. */
    public static int runAndClose(String[] words, Map<String, Job<?>> jobs) {
        PrintStream out = new PrintStream(
                new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8);
        PrintStream err =
                new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.err), true, StandardCharsets.UTF_8);
        try {
            return run(words, jobs, out, err);
        } finally {
            Session.close();
        }
    }

    @Override
    public void run() {
        spec.commandLine().usage(out);
        throw new UserException("Cannot run: no verb, expected one of " + String.join(", ", verbs(spec)));
    }

    private static String usage(CommandLine.ParameterException e) {
        CommandSpec spec = e.getCommandLine().getCommandSpec();
        String name = spec.qualifiedName();
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            String word = unmatched.getUnmatched().get(0);
            List<String> options = new ArrayList<>();
            for (OptionSpec option : spec.options()) {
                options.add(option.longestName());
            }
            List<String> verbs = verbs(spec);
            if (word.startsWith("-")) {
                return "Cannot run " + name + ": option " + word + " is unknown, expected some of "
                        + String.join(", ", options) + Nearest.hint(word, options);
            }
            return verbs.isEmpty()
                    ? "Cannot run " + name + ": argument " + word + " is one too many; see " + name + " --help"
                    : "Cannot run " + name + ": verb " + word + " is unknown, expected one of "
                            + String.join(", ", verbs) + Nearest.hint(word, verbs);
        }
        return "Cannot run " + name + ": " + e.getMessage() + "; see " + name + " --help";
    }

    private static List<String> verbs(CommandSpec spec) {
        return List.copyOf(spec.subcommands().keySet());
    }

    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"oatmill " + BuildInfo.current()};
        }
    }
}
