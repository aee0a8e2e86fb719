package org.oatmill.jobs;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Manifest;

/**
 * What one call of {@code run} did, stage by stage: {@code _runs/<id>/run_results.json}. It is
 * written whether the run succeeds or fails, and is the truth about the exit code where a cluster
 * flattens it. {@code status} and {@code report} read it; what an artifact holds stands in its own
 * manifest.
 *
 * @param schema version of this layout; readers accept every earlier one
 * @param id directory below {@code _runs/}; ids sort by start time
 * @param name the run's name in its run file
 * @param runFile the run file, as it was named on the command line
 * @param root the workspace's root, as the run file names it
 * @param seed of the run
 * @param command the words that make the run again, {@code oatmill} first
 * @param startedAt ISO-8601, UTC
 * @param seconds how long it took
 * @param outcome of the whole
 * @param exitCode what the process ended with
 * @param error why it failed, in the operator's words; null where it succeeded
 * @param stages in the order in which they were made
 * @param master where Spark ran it
 * @param cores that Spark could use at once
 * @param tool who made it
 */
public record RunResults(
        int schema,
        String id,
        String name,
        String runFile,
        String root,
        long seed,
        List<String> command,
        String startedAt,
        double seconds,
        Outcome outcome,
        int exitCode,
        @Nullable String error,
        List<Stage> stages,
        String master,
        int cores,
        Manifest.Tool tool) {

    public static final int SCHEMA = 1;
    public static final String DIRECTORY = "_runs";
    public static final String FILE = "run_results.json";

    public RunResults {
        command = List.copyOf(command);
        stages = List.copyOf(stages);
    }

    /** How a run or a stage ended. */
    public enum Outcome {
        /** The run: all its stages have an artifact. The stage: this run made it. */
        SUCCEEDED,
        /** The stage only: an earlier run had made it. */
        REUSED,
        FAILED,
        /** The stage only: the run ended before it. */
        NOT_REACHED
    }

    /**
     * A stage of the run.
     *
     * @param name its name in the run file
     * @param job what it does
     * @param outcome how it ended
     * @param inputs by role, a stage's name or an artifact's path
     * @param path its artifact, below the root; null where it has none
     * @param recipe digest of what it is made of; null where that is not known yet
     * @param digest of what it holds; null where it has no artifact
     * @param seconds spent in this run
     * @param peakMebibytes most memory of the driver's process while it was made; null where that is not known
     * @param rows of each table it committed
     * @param warnings what the operator should know
     * @param error why it failed, or null
     */
    public record Stage(
            String name,
            String job,
            Outcome outcome,
            Map<String, String> inputs,
            @Nullable String path,
            @Nullable String recipe,
            @Nullable String digest,
            double seconds,
            @Nullable Long peakMebibytes,
            Map<String, Long> rows,
            List<String> warnings,
            @Nullable String error) {

        public Stage {
            inputs = Collections.unmodifiableMap(new LinkedHashMap<>(inputs));
            rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
            warnings = List.copyOf(warnings);
        }
    }
}
