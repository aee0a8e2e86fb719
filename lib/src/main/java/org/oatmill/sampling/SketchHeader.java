package org.oatmill.sampling;

import java.io.Serializable;
import java.util.List;
import org.oatmill.core.UserException;
import org.oatmill.sampling.kernel.Kernel;

/**
 * What a density sketch was made with; sketches merge and are read back only under equal headers.
 *
 * @param kernel how alike two rows are
 * @param seed of the hash functions
 * @param repetitions rows of the sketch, R; the relative error of a density falls as 1 / sqrt(R)
 * @param sharpness hashes that must collide together, p: the kernel is raised to this power
 * @param buckets counters in each row of the sketch, B
 */
public record SketchHeader(Kernel kernel, long seed, int repetitions, int sharpness, int buckets)
        implements Serializable {

    public SketchHeader {
        if (repetitions < 1) {
            throw refused("repetitions", repetitions, "1 or more");
        }
        if (sharpness < 1) {
            throw refused("sharpness", sharpness, "1 or more");
        }
        if (buckets < 2) {
            throw refused("buckets", buckets, "2 or more");
        }
        if ((long) repetitions * buckets > Integer.MAX_VALUE - 8) {
            throw refused(
                    "repetitions x buckets",
                    (long) repetitions * buckets,
                    "fewer than 2,147,483,640 counters in all; take fewer of either");
        }
    }

    /** The cells of vectors in the sketch of this header. */
    CellHash cellHash() {
        return new CellHash(new SketchFamily(kernel, seed, repetitions, List.of(sharpness), buckets));
    }

    private static UserException refused(String field, long value, String expected) {
        return new UserException("Cannot make a density sketch: " + field + " = " + value + ", expected " + expected);
    }
}
