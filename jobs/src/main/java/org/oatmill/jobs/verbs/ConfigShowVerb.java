package org.oatmill.jobs.verbs;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code config show}: a run file with everything it leaves to defaults. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description =
                "Prints a run file with all its defaults, includes and --set; itself a run file for the same run.")
final class ConfigShowVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private ConfigVerb config;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RunFileArgument argument;

    @Override
    public Integer call() {
        config.oatmill.out.print(argument.read(config.oatmill.jobs).render());
        return 0;
    }
}
