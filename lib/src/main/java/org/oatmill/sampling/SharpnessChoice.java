package org.oatmill.sampling;

import java.io.Serializable;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which sharpness the densities have, and why. A density is reliable where two halves of its sketch
 * agree: the correlation of its logarithm, over all rows, and over the sparsest tenth, because dense
 * rows drive the first and rare rows are what one samples for ({@link Reliability}).
 *
 * @param chosen the sharpness of the densities
 * @param why in words
 * @param candidates all that were read, the least sharp first
 */
public record SharpnessChoice(int chosen, String why, List<Tried> candidates) implements Serializable {

    /** A sharpness whose halves correlate less than this, over all rows or over the sparsest, is passed over if another does better. */
    public static final double ENOUGH = 0.8;

    /**
     * A sharpness that was read.
     *
     * @param sharpness power of the kernel
     * @param reliability correlation of the halves over all rows; 0 where all rows are equally dense
     * @param sparsestReliability the same over the tenth of the rows with the smallest densities
     * @param effectiveShare effective sample size of the weights, as a share of the rows
     */
    public record Tried(int sharpness, double reliability, double sparsestReliability, double effectiveShare)
            implements Serializable {

        double least() {
            return Math.min(reliability, sparsestReliability);
        }
    }

    /** The sharpest that is reliable; else the most reliable, the less sharp of equals. */
    static SharpnessChoice of(List<Tried> candidates) {
        if (candidates.size() == 1) {
            return new SharpnessChoice(candidates.get(0).sharpness, "the one that was asked for", candidates);
        }
        Optional<Tried> reliable = candidates.stream()
                .filter(candidate -> candidate.least() >= ENOUGH)
                .reduce((dull, sharp) -> sharp);
        if (reliable.isPresent()) {
            return new SharpnessChoice(
                    reliable.get().sharpness,
                    "the sharpest of which two halves of the sketch agree, over all rows and over the sparsest tenth",
                    candidates);
        }
        Tried best = candidates.stream()
                .reduce((dull, sharp) -> sharp.least() > dull.least() ? sharp : dull)
                .orElseThrow();
        return new SharpnessChoice(best.sharpness, "the most reliable; none is reliable enough", candidates);
    }

    /** What the operator should know of the choice. */
    Optional<String> warning() {
        Tried mine = candidates.stream()
                .filter(candidate -> candidate.sharpness == chosen)
                .findFirst()
                .orElseThrow();
        if (candidates.size() == 1 || mine.least() >= ENOUGH) {
            return Optional.empty();
        }
        return Optional.of(String.format(
                Locale.ROOT,
                "sharpness = %d was chosen of %s, but the densities of its halves correlate by %.2f over all rows and"
                        + " %.2f over the sparsest tenth, expected %.1f: raise repetitions, or name one sharpness",
                chosen,
                candidates.stream().map(Tried::sharpness).toList(),
                mine.reliability,
                mine.sparsestReliability,
                ENOUGH));
    }
}
