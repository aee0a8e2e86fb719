package org.oatmill.sampling.kernel;

import java.io.Serializable;
import java.util.Optional;
import org.oatmill.core.Methods;
import org.oatmill.core.Vector;

/**
 * How alike two rows are, as the probability that a random hash of them collides: a number in
 * [0, 1], 1 for a row and itself. A row of zeros only is like every other such row (1) and unlike
 * all else (0), whatever the kernel.
 */
public interface Kernel extends Serializable {

    Methods<Kernel> METHODS = Methods.of(Kernel.class)
            .row("min-max", MinMax::new)
            .row("angular", Angular::new)
            .row("euclidean", () -> new Euclidean(1));

    /** The exact value that the hashes estimate; the slow twin. */
    double similarity(Vector a, Vector b);

    /** Hash functions of a seed: so many for each of so many repetitions, the first of all repetitions before the second. */
    Hashes hashes(long seed, int repetitions, int sharpness);

    /** One hash function for each of so many repetitions. */
    default Hashes hashes(long seed, int repetitions) {
        return hashes(seed, repetitions, 1);
    }

    /** Why a row cannot be hashed, if it cannot; in words that follow "vector". */
    default Optional<String> refusal(Vector row) {
        for (float value : row.values()) {
            if (Float.isNaN(value)) {
                return Optional.of("has a value that is not a number (NaN)");
            }
            if (Float.isInfinite(value)) {
                return Optional.of("has an infinite value");
            }
        }
        return Optional.empty();
    }

    /**
     * Hash functions drawn from one seed, numbered from 0. Each is a function of (seed, repetitions, its number, row)
     * alone: a greater sharpness adds others and changes none. Threads may share them.
     */
    interface Hashes {

        /** Puts hash number j of the row, which has at least one value that is not zero, into {@code values[j]}. */
        void of(Vector row, long[] values);
    }

    /** Whether every value is zero. */
    static boolean isEmpty(Vector row) {
        for (float value : row.values()) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }
}
