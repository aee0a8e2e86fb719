package org.oatmill.sampling;

import java.io.Serializable;
import java.util.List;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.kernel.Kernel;

/**
 * Density sketches that one reading of the rows fills: alike but for their sharpness, and all of the
 * same hashes. Each is the one that its sharpness alone would give.
 *
 * @param kernel how alike two rows are
 * @param seed of the hash functions
 * @param repetitions rows of each sketch, R
 * @param sharpness powers of the kernel, increasing; each makes a sketch
 * @param buckets counters in each row of each sketch, B
 */
public record SketchFamily(Kernel kernel, long seed, int repetitions, List<Integer> sharpness, int buckets)
        implements Serializable {

    public SketchFamily {
        sharpness = List.copyOf(sharpness);
        for (int k = 0; k < sharpness.size(); k++) {
            new SketchHeader(kernel, seed, repetitions, sharpness.get(k), buckets);
            if (k > 0 && sharpness.get(k) <= sharpness.get(k - 1)) {
                throw new UserException("Cannot make density sketches: sharpness = " + sharpness
                        + ", expected increasing numbers, each once");
            }
        }
        if (sharpness.isEmpty()) {
            throw new UserException(
                    "Cannot make density sketches: sharpness = [], expected one number, or several to choose from");
        }
    }

    /** How dense each row lies among the others, by the sketch of the sharpness that is chosen. */
    public Densities densities(Rows<Candidate> rows) {
        return SketchedDensities.of(rows, this);
    }

    /** Hashes of each row, H: R for each unit of the largest sharpness. */
    public int hashes() {
        return Math.multiplyExact(repetitions, sharpness.get(sharpness.size() - 1));
    }

    /** One for each sharpness, in their order. */
    List<SketchHeader> headers() {
        return sharpness.stream()
                .map(p -> new SketchHeader(kernel, seed, repetitions, p, buckets))
                .toList();
    }

    /**
     * The density that counters tell, at least 1: their mean c, freed of what shares them by chance, (c - N/B) / (1 - 1/B).
     *
     * @param total the counters, added up
     * @param rows of the sketch that they stand in
     * @param counted vectors in the sketch, N
     */
    double density(long total, int rows, long counted) {
        return Math.max(1, DensitySketch.debiased(total, rows, counted, buckets));
    }

    /** Rows of counters of all its sketches. */
    public int slices() {
        return sharpness.size() * repetitions;
    }

    /** The counter that a vector falls in, in each row of each sketch: a number below {@link #buckets}. */
    public Score<Vector, int[]> cells() {
        return new CellHash(this);
    }

    /** What a row takes between the passes: two bytes for each sketch row where they can number its counters. */
    public long cellBytes() {
        return (long) slices() * (buckets <= 1 << Character.SIZE ? 2 : 4);
    }

    /** Counters of all its sketches. */
    public long counters() {
        return (long) slices() * buckets;
    }
}
