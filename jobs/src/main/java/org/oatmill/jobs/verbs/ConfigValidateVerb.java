package org.oatmill.jobs.verbs;

import java.util.concurrent.Callable;
import org.oatmill.jobs.RunFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@code config validate}: whether a run file is one. */
@Command(
        name = "validate",
        mixinStandardHelpOptions = true,
        description = "Checks a run file, without looking at what it reads.")
final class ConfigValidateVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private ConfigVerb config;

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private RunFileArgument argument;

    @Override
    public Integer call() {
        RunFile file = argument.read(config.oatmill.jobs);
        config.oatmill.out.println(
                file.file() + " is good: " + file.stages().size() + " stages; next: oatmill plan " + file.file());
        return 0;
    }
}
