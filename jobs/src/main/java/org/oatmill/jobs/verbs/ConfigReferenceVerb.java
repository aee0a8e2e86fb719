package org.oatmill.jobs.verbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.Reference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code config reference}: everything a run file may say. */
@Command(
        name = "reference",
        mixinStandardHelpOptions = true,
        description = "Lists every option of run files: default, type, unit, meaning.")
final class ConfigReferenceVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private ConfigVerb config;

    @Parameters(arity = "0..*", paramLabel = "JOB", description = "Jobs; all where none is named.")
    private List<String> names = new ArrayList<>();

    @Override
    public Integer call() {
        Map<String, Job<?>> jobs = config.oatmill.jobs;
        List<String> parts = new ArrayList<>();
        if (names.isEmpty()) {
            parts.add(Reference.ofFile());
        }
        for (String name : names.isEmpty() ? List.copyOf(jobs.keySet()) : names) {
            Job<?> job = jobs.get(name);
            if (job == null) {
                throw new UserException("Cannot list options: job = " + name + ", expected one of "
                        + String.join(", ", jobs.keySet()) + Nearest.hint(name, jobs.keySet()));
            }
            parts.add(Reference.of(job));
        }
        config.oatmill.out.print(String.join("\n", parts));
        return 0;
    }
}
