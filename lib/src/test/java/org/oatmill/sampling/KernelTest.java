package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Vector;

/**
 * The law of every kernel: the share of hashes on which two rows agree is their similarity. With m
 * independent hashes the share has standard deviation sqrt(J (1 - J) / m); a comparison passes within
 * 4 of them, so a correct program fails one comparison in 16,000 (seeds are fixed: it has not).
 */
class KernelTest {
    private static final int HASHES = 20_000;
    private static final double Z = 4;

    static Stream<Arguments> kernelsAndPairs() {
        return Kernel.METHODS.rows().values().stream()
                .flatMap(kernel -> Stream.of(1, 3, 20, 50, 300, 500).map(nnz -> Arguments.of(kernel, nnz)));
    }

    @ParameterizedTest
    @MethodSource("kernelsAndPairs")
    void collisionsAreTheSimilarity(Kernel kernel, int nnz) {
        Random random = new Random(nnz);
        Vector a = SparseRows.counts(random, 1000, nnz);
        Vector b = SparseRows.near(random, a, 0.6);
        assertCollisions(kernel.similarity(a, b), kernel.hashes(7, HASHES), a, b);
    }

    @ParameterizedTest
    @MethodSource("kernelsAndPairs")
    void aRowAlwaysCollidesWithItself(Kernel kernel, int nnz) {
        Vector a = SparseRows.counts(new Random(nnz), 1000, nnz);
        assertEquals(1, kernel.similarity(a, a), 1e-7);
        assertEquals(1.0, collisions(kernel.hashes(7, 1000), a, a, 1000));
    }

    @Test
    void disjointRowsNeverCollideUnderMinMax() {
        Vector a = Vector.sparse(10, new int[] {0, 2, 4}, new float[] {1, 2, 3});
        Vector b = Vector.sparse(10, new int[] {1, 3, 5}, new float[] {1, 2, 3});
        assertEquals(0, new MinMax().similarity(a, b));
        assertEquals(0.0, collisions(new MinMax().hashes(7, HASHES), a, b, HASHES));
    }

    @ParameterizedTest
    @CsvSource({"1.5, 7", "3, 7", "10, 7", "1000, 7"})
    void aRowTimesSCollidesWithOneOverSUnderMinMax(float s, long seed) {
        Vector a = SparseRows.counts(new Random(5), 1000, 50);
        Vector b = SparseRows.times(a, s);
        assertEquals(1 / s, new MinMax().similarity(a, b), 1e-6);
        assertCollisions(1 / s, new MinMax().hashes(seed, HASHES), a, b);
    }

    /** y = x with angle theta: ten distances, closed form. */
    @Test
    void signsAgreeWithOneMinusTheAngleOverPi() {
        for (int step = 0; step <= 10; step++) {
            double theta = step * Math.PI / 10;
            Vector a = Vector.dense(1, 0, 0);
            Vector b = Vector.dense((float) Math.cos(theta), (float) Math.sin(theta), 0);
            double expected = 1 - theta / Math.PI;
            assertEquals(expected, new Angular().similarity(a, b), 1e-6);
            // The opposite of a row has the sine of a float's pi: 1e-7 of the directions lie between.
            assertCollisions(expected, new Angular().hashes(7, HASHES), a, b);
        }
    }

    @Test
    void denseAndSparseRowsOfEqualValuesHaveEqualHashes() {
        Vector sparse = Vector.sparse(6, new int[] {1, 4}, new float[] {2, 0.5f});
        Vector dense = Vector.dense(0, 2, 0, 0, 0.5f, 0);
        for (Kernel kernel : Kernel.METHODS.rows().values()) {
            assertEquals(1.0, collisions(kernel.hashes(3, 500), sparse, dense, 500));
        }
    }

    /** A hash is a function of (seed, its number): the first hundred of two hundred are the hundred. */
    @Test
    void moreHashesBeginWithTheFewer() {
        Vector row = SparseRows.counts(new Random(1), 1000, 50);
        for (Kernel kernel : Kernel.METHODS.rows().values()) {
            long[] fewer = hash(kernel.hashes(3, 100), row, 100);
            long[] more = hash(kernel.hashes(3, 200), row, 200);
            org.junit.jupiter.api.Assertions.assertArrayEquals(fewer, java.util.Arrays.copyOf(more, 100));
        }
    }

    /**
     * A published implementation takes beta where c belongs. On rows of like shape that is far off the
     * mark: 0.69 for 0.54 (here beyond 10 standard deviations), so the law above would not pass it.
     */
    @Test
    void betaInThePlaceOfCIsCaught() {
        Random random = new Random(50);
        Vector a = SparseRows.counts(random, 1000, 50);
        Vector b = SparseRows.times(a, 3);
        FeatureCache.Source<ConsistentWeightedSampling.Parameters> right =
                ConsistentWeightedSampling.parameters(7, HASHES);
        Kernel.Hashes mutant = new ConsistentWeightedSampling(
                HASHES,
                feature -> {
                    ConsistentWeightedSampling.Parameters p = right.of(feature);
                    double[] lnBeta =
                            java.util.Arrays.stream(p.beta()).map(Math::log).toArray();
                    return new ConsistentWeightedSampling.Parameters(p.r(), lnBeta, p.beta());
                },
                false);
        double j = new MinMax().similarity(a, b);
        double share = collisions(mutant, a, b, HASHES);
        assertTrue(share - j > 10 * Math.sqrt(j * (1 - j) / HASHES), "mutant collides at " + share + " for " + j);
    }

    private static void assertCollisions(double expected, Kernel.Hashes hashes, Vector a, Vector b) {
        double share = collisions(hashes, a, b, HASHES);
        double bound = Z * Math.sqrt(Math.max(0, expected * (1 - expected)) / HASHES) + 1e-6;
        assertEquals(expected, share, bound);
    }

    private static double collisions(Kernel.Hashes hashes, Vector a, Vector b, int count) {
        long[] of = hash(hashes, a, count);
        long[] with = hash(hashes, b, count);
        int equal = 0;
        for (int j = 0; j < count; j++) {
            equal += of[j] == with[j] ? 1 : 0;
        }
        return equal / (double) count;
    }

    private static long[] hash(Kernel.Hashes hashes, Vector row, int count) {
        long[] values = new long[count];
        hashes.of(row, values);
        return values;
    }
}
