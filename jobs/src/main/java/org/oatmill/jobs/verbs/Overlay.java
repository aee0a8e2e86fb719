package org.oatmill.jobs.verbs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.oatmill.core.UserException;
import org.oatmill.jobs.Job;
import org.oatmill.jobs.RunFile;
import picocli.CommandLine.Option;

/** What is laid over a run file before it is read: {@code --set}. */
final class Overlay {
    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Lays a value over the run file: --set stages.sample.size=100")
    private List<String> sets = new ArrayList<>();

    RunFile read(String file, Map<String, Job<?>> jobs) {
        return RunFile.read(file, sets, jobs);
    }

    /** Nothing can be laid over what is no run file. */
    void refuseWithout(String target) {
        if (!sets.isEmpty()) {
            throw new UserException("Cannot lay --set " + sets.get(0) + " over " + target
                    + ": it is no run file, expected one; or leave --set out");
        }
    }

    /** As it was typed after the file's name, for a shell; begins with a space where there is any. */
    String words() {
        return sets.stream().map(set -> " --set " + quoted(set)).collect(Collectors.joining());
    }

    private static String quoted(String word) {
        return word.matches("[\\w@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
