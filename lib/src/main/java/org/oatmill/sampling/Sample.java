package org.oatmill.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;

/**
 * The rows that a method kept.
 *
 * @param rows what was kept
 * @param dropped what was not, where the method says why
 * @param population rows there were
 * @param size rows kept
 * @param drawn how chance chose, where it did
 * @param notes what the method says of its choice, by name: numbers, words, lists and records
 * @param warnings what the operator should know
 * @param held what is kept in memory or on disk until the rows are read
 */
public record Sample(
        Rows<SampledRow> rows,
        Optional<Rows<DroppedRow>> dropped,
        long population,
        long size,
        Optional<Drawn> drawn,
        Map<String, Object> notes,
        List<String> warnings,
        List<Rows<?>> held) {

    /** Keeps rows of a population. What is read of a row depends on the seed and the row's id only. */
    public static Sample of(Population population, SamplingMethod method, Draw how, long seed) {
        if (method.needsTargets() && population.targets().isEmpty()) {
            throw new UserException("Cannot sample: method = " + SamplingMethod.METHODS.name(method)
                    + " compares rows with target rows and there are none, expected vectors of documents of the split"
                    + " target; name the documents as an input and embed that split too");
        }
        return method.choose(population, how, seed);
    }

    /** Lets go of what was held for the choice; {@link #rows} and {@link #dropped} should have been read by then. */
    public void release() {
        held.forEach(Rows::release);
    }
}
