package org.oatmill.jobs.verbs;

import org.oatmill.core.UserException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code config}: what a run file says and may say. */
@Command(
        name = "config",
        mixinStandardHelpOptions = true,
        description = "Checks a run file, shows it with its defaults, lists all options.",
        synopsisSubcommandLabel = "VERB",
        subcommands = {ConfigValidateVerb.class, ConfigShowVerb.class, ConfigReferenceVerb.class})
final class ConfigVerb implements Runnable {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    Oatmill oatmill;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(oatmill.out);
        throw new UserException("Cannot run oatmill config: no verb, expected one of "
                + String.join(", ", spec.subcommands().keySet()));
    }
}
