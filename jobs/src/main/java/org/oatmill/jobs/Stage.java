package org.oatmill.jobs;

import java.util.Map;
import org.oatmill.core.Chance;

/**
 * A named step of a run file, bound and checked.
 *
 * @param name how it is called in this run: its name in the run file, with {@code @value} where
 *     {@code seeds} makes it several times
 * @param directory its name in the run file, and its directory in the workspace
 * @param job what it does
 * @param config the job's configuration
 * @param seedName the name its seed is derived from
 * @param runSeed the run's seed, plus the value of {@code seeds}
 * @param inputs by role, in the order in which the job declares them
 * @param place of its block in the run file
 */
public record Stage(
        String name,
        String directory,
        Job<?> job,
        Record config,
        String seedName,
        long runSeed,
        Map<String, Input> inputs,
        String place) {

    /** The seed that all its chance comes from. */
    public long seed() {
        return Chance.stageSeed(runSeed, seedName);
    }

    /**
     * Where a role is read from.
     *
     * @param from a stage's name, or the path of an artifact that is there already
     * @param isStage which of the two
     * @param place where the run file says so
     */
    public record Input(String from, boolean isStage, String place) {}
}
