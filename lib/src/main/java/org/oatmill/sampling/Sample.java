package org.oatmill.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;

/**
 * The rows that a method kept.
 *
 * @param rows what was kept
 * @param dropped what was not, where the method says why
 * @param population rows that could be kept
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
        Rows<Candidate> all = population.rows();
        Rows<Candidate> rows = how.floor().map(floor -> all.where(floor::keeps)).orElse(all);
        Sample sample = method.choose(new Population(rows, population.targets()), how, seed);
        try {
            return sample.told(all, rows, how);
        } catch (RuntimeException e) {
            sample.release();
            throw e;
        }
    }

    /** What is asked of any sample, whatever the method. */
    private Sample told(Rows<Candidate> all, Rows<Candidate> rows, Draw how) {
        if (drawn.isEmpty() && how.asksForChance()) {
            throw new UserException("Cannot sample: the method draws nothing, so it has no sampler, strata or weights,"
                    + " expected size or fraction alone; remove the others");
        }
        Map<String, Object> more = new TreeMap<>(notes);
        how.floor().ifPresent(floor -> more.put("floor", floor.column() + " >= " + floor.atLeast()));
        if (!how.estimated().isEmpty()) {
            more.put("estimates", Estimate.of(how.estimated(), rows, how.floor().map(floor -> all), this));
        }
        Sample told = with(this.rows, more, warnings);
        return how.weights().map(weights -> weights.of(told)).orElse(told);
    }

    Sample with(Rows<SampledRow> newRows, Map<String, Object> newNotes, List<String> newWarnings) {
        return new Sample(newRows, dropped, population, size, drawn, newNotes, newWarnings, held);
    }

    /** Lets go of what was held for the choice; {@link #rows} and {@link #dropped} should have been read by then. */
    public void release() {
        held.forEach(Rows::release);
    }
}
