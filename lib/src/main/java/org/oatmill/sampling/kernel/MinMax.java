package org.oatmill.sampling.kernel;

import java.util.Optional;
import org.oatmill.core.Describe;
import org.oatmill.core.Vector;

/**
 * The Min-Max kernel of non-negative rows, also called weighted Jaccard similarity: J(x, y) = sum of
 * min(x_i, y_i) over sum of max(x_i, y_i).
 *
 * @param hashing which hashes estimate it
 */
public record MinMax(@Describe("which hashes estimate the kernel") Hashing hashing) implements Kernel {

    /** Hash families of the Min-Max kernel; rows are comparable under one of them only. */
    public enum Hashing {
        /** {@link DartMinHash}: collides with probability J, in time O(nnz + count log count). */
        DART,
        /** {@link ConsistentWeightedSampling}: collides with probability J, in time O(nnz count); the plain twin. */
        ICWS,
        /**
         * Consistent weighted sampling without its second part (Li, KDD 2015): collides with more than J, by a
         * fifth of it and more where rows are short or differ in scale. For comparison with published results.
         */
        ZERO_BIT
    }

    /** Darts. */
    public MinMax() {
        this(Hashing.DART);
    }

    @Override
    public double similarity(Vector a, Vector b) {
        if (Kernel.isEmpty(a) || Kernel.isEmpty(b)) {
            return Kernel.isEmpty(a) && Kernel.isEmpty(b) ? 1 : 0;
        }
        double min = 0;
        double sum = 0;
        for (float value : a.values()) {
            sum += value;
        }
        for (float value : b.values()) {
            sum += value;
        }
        for (int i = 0, j = 0; i < a.stored() && j < b.stored(); ) {
            int difference = a.index(i) - b.index(j);
            if (difference == 0) {
                min += Math.min(a.values()[i++], b.values()[j++]);
            } else if (difference < 0) {
                i++;
            } else {
                j++;
            }
        }
        return min / (sum - min);
    }

    @Override
    public Hashes hashes(long seed, int repetitions, int sharpness) {
        int count = Math.multiplyExact(repetitions, sharpness);
        return switch (hashing) {
            case DART -> new DartMinHash(seed, repetitions, sharpness);
            case ICWS ->
                new ConsistentWeightedSampling(count, ConsistentWeightedSampling.parameters(seed, count), false);
            case ZERO_BIT ->
                new ConsistentWeightedSampling(count, ConsistentWeightedSampling.parameters(seed, count), true);
        };
    }

    @Override
    public Optional<String> refusal(Vector row) {
        for (float value : row.values()) {
            if (value < 0) {
                return Optional.of("has a negative value, which the Min-Max kernel does not know"
                        + " (use method density, or make the values non-negative)");
            }
        }
        return Kernel.super.refusal(row);
    }
}
