package org.oatmill.sampling.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.DensitySampling;
import org.oatmill.sampling.SparseRows;

/**
 * The law of every kernel: the share of hashes on which two rows agree is their similarity. With m
 * independent hashes the share has standard deviation sqrt(J (1 - J) / m); a comparison passes within
 * 4 of them, so a correct program fails one comparison in 16,000 (seeds are fixed: it has not). Hashes
 * by structured projections depend on one another a little; a test below bounds what that does.
 */
class KernelTest {
    private static final int HASHES = 20_000;
    private static final double Z = 4;

    private static final List<Kernel> TWINS = List.of(
            new MinMax(MinMax.Hashing.ICWS),
            new Angular(Projections.GAUSSIAN),
            new Euclidean(3, Projections.GAUSSIAN),
            new Euclidean(3, Projections.STRUCTURED));

    static Stream<Kernel> kernels() {
        return Stream.concat(Kernel.METHODS.rows().values().stream(), TWINS.stream());
    }

    static Stream<Arguments> kernelsAndPairs() {
        return Stream.concat(
                Kernel.METHODS.rows().values().stream()
                        .flatMap(kernel -> IntStream.of(1, 3, 20, 50, 300, 500).mapToObj(n -> Arguments.of(kernel, n))),
                TWINS.stream().flatMap(kernel -> IntStream.of(3, 50).mapToObj(n -> Arguments.of(kernel, n))));
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

    @ParameterizedTest
    @EnumSource(MinMax.Hashing.class)
    void disjointRowsNeverCollideUnderMinMax(MinMax.Hashing hashing) {
        Vector a = Vector.sparse(10, new int[] {0, 2, 4}, new float[] {1, 2, 3});
        Vector b = Vector.sparse(10, new int[] {1, 3, 5}, new float[] {1, 2, 3});
        assertEquals(0, new MinMax(hashing).similarity(a, b));
        assertEquals(0.0, collisions(new MinMax(hashing).hashes(7, HASHES), a, b, HASHES));
    }

    @ParameterizedTest
    @CsvSource({"1.5, DART", "3, DART", "10, DART", "1000, DART", "3, ICWS"})
    void aRowTimesSCollidesWithOneOverSUnderMinMax(float s, MinMax.Hashing hashing) {
        Vector a = SparseRows.counts(new Random(5), 1000, 50);
        Vector b = SparseRows.times(a, s);
        assertEquals(1 / s, new MinMax().similarity(a, b), 1e-6);
        assertCollisions(1 / s, new MinMax(hashing).hashes(7, HASHES), a, b);
    }

    /** Two shares of m hashes each differ by sqrt(2 J (1 - J) / m) in standard deviation. */
    @ParameterizedTest
    @CsvSource({"48, 0.6", "30, 0.2", "4, 0.5"})
    void dartsAgreeWithTheirSlowTwin(int nnz, double kept) {
        Random random = new Random(nnz);
        Vector a = SparseRows.counts(random, 1000, nnz);
        Vector b = SparseRows.near(random, a, kept);
        double darts = collisions(new MinMax(MinMax.Hashing.DART).hashes(7, HASHES), a, b, HASHES);
        double twin = collisions(new MinMax(MinMax.Hashing.ICWS).hashes(7, HASHES), a, b, HASHES);
        assertEquals(twin, darts, Z * Math.sqrt(2 * twin * (1 - twin) / HASHES));
    }

    /** Few darts arrive early or in octaves far below the weight; rows of very unlike weights would miss them. */
    @Test
    void dartsOfTinyAndHugeWeightsInOneRowAreFound() {
        Vector a = Vector.sparse(9, new int[] {0, 1, 2, 3}, new float[] {1e-30f, 1, 1e3f, 1e30f});
        Vector b = Vector.sparse(9, new int[] {0, 1, 2, 3}, new float[] {1e-30f, 1, 1e3f, 4e29f});
        assertCollisions(0.4, new MinMax().hashes(3, HASHES), a, b);
        // What the largest weight decides alone leaves the others to be seen: 1,000 times 4 features, shares by weight.
        float[] weights = {0.001f, 0.01f, 0.1f, 0.889f};
        Vector whole = Vector.sparse(4, new int[] {0, 1, 2, 3}, weights);
        for (int i = 0; i < 4; i++) {
            Vector part = Vector.sparse(4, new int[] {i}, new float[] {weights[i]});
            assertCollisions(weights[i], new MinMax().hashes(5, HASHES), whole, part);
        }
    }

    /** A row of multiples of a unit is hashed as it would be under any other, down to the smallest subnormal float. */
    @ParameterizedTest
    @ValueSource(floats = {Float.MIN_VALUE, 0x1p-140f, 1, 0x1p125f})
    void subnormalAndHugeValuesKeepTheLaw(float unit) {
        Vector a = Vector.sparse(5, new int[] {0, 2, 3}, new float[] {unit, 2 * unit, 3 * unit});
        Vector b = Vector.sparse(5, new int[] {0, 2, 4}, new float[] {2 * unit, 2 * unit, unit});
        for (Kernel kernel : List.of(new MinMax(), new Angular(), new Angular(Projections.GAUSSIAN))) {
            assertCollisions(
                    kernel instanceof MinMax ? 0.375 : 1 - Math.acos(6 / Math.sqrt(126)) / Math.PI,
                    kernel.hashes(7, HASHES),
                    a,
                    b);
        }
    }

    /** 0-bit collides wherever full sampling does; by more than J on short or rescaled rows. */
    @Test
    void zeroBitIsBiasedUpward() {
        Kernel.Hashes full = new MinMax(MinMax.Hashing.ICWS).hashes(7, HASHES);
        Kernel.Hashes zeroBit = new MinMax(MinMax.Hashing.ZERO_BIT).hashes(7, HASHES);
        Random random = new Random(3);
        for (int nnz : new int[] {3, 10, 48}) {
            Vector a = SparseRows.counts(random, 1000, nnz);
            Vector b = SparseRows.near(random, a, 0.6);
            double biased = collisions(zeroBit, a, b, HASHES);
            assertTrue(biased >= collisions(full, a, b, HASHES));
            if (nnz >= 40) {
                assertEquals(new MinMax().similarity(a, b), biased, 0.02);
            }
        }
        Vector a = SparseRows.counts(random, 1000, 50);
        double rescaled = collisions(zeroBit, a, SparseRows.times(a, 3), HASHES);
        assertTrue(rescaled > 1 / 3.0 + 0.02, "0-bit collides at " + rescaled);
    }

    /** y = x with angle theta: ten distances, closed form. */
    @ParameterizedTest
    @EnumSource(Projections.class)
    void signsAgreeWithOneMinusTheAngleOverPi(Projections projections) {
        Angular kernel = new Angular(projections);
        for (int step = 0; step <= 10; step++) {
            double theta = step * Math.PI / 10;
            Vector a = Vector.dense(1, 0, 0);
            Vector b = Vector.dense((float) Math.cos(theta), (float) Math.sin(theta), 0);
            double expected = 1 - theta / Math.PI;
            assertEquals(expected, kernel.similarity(a, b), 1e-6);
            // The opposite of a row has the sine of a float's pi: 1e-7 of the directions lie between.
            assertCollisions(expected, kernel.hashes(7, HASHES), a, b);
        }
    }

    /** Ten distances, 0.1 to 10 widths; far from the origin and near it, because the offset makes the kernel one of differences. */
    @ParameterizedTest
    @EnumSource(Projections.class)
    void cellsAreSharedAsTheClosedFormSays(Projections projections) {
        double width = 2.5;
        for (double shift : new double[] {0, 40}) {
            for (int step = 0; step < 10; step++) {
                double distance = 0.1 * Math.pow(100, step / 9.0);
                assertEquals(
                        0,
                        offClosedForm(new Euclidean(width, projections).hashes(7, HASHES), width, distance, shift),
                        Z);
            }
        }
    }

    /** How many standard deviations the collisions of two rows at a distance (in widths) are off the closed form. */
    private static double offClosedForm(Kernel.Hashes hashes, double width, double distance, double shift) {
        float half = (float) (width * distance / 2);
        Vector a = Vector.dense((float) shift + half, 0, 1e-3f, 0);
        Vector b = Vector.dense((float) shift - half, 0, 1e-3f, 0);
        double expected = closedForm(a.values()[0] - b.values()[0], width);
        return (collisions(hashes, a, b, HASHES) - expected) / Math.sqrt(expected * (1 - expected) / HASHES);
    }

    /** Datar et al. (2004), section 3.2, with the normal distribution function from its Taylor series. */
    private static double closedForm(double d, double width) {
        double s = width / d;
        double term = s / Math.sqrt(2 * Math.PI);
        double phi = 0.5;
        for (int n = 0; n < 400; n++, term *= -s * s * (2 * n - 1) / (2.0 * n * (2 * n + 1))) {
            phi += term;
        }
        double exponential = Math.exp(-s * s / 2);
        return 1 - 2 * (1 - Math.min(phi, 1)) - 2 / (Math.sqrt(2 * Math.PI) * s) * (1 - exponential);
    }

    @ParameterizedTest
    @CsvSource({"0.15", "0.5", "1", "3", "10"})
    void similarityIsTheClosedForm(double distance) {
        assertEquals(closedForm(distance, 1), Euclidean.collision(distance), 1e-8);
    }

    /** Published implementations forget to divide by the width, or to add the offset; the law above does not pass them. */
    @Test
    void missingWidthAndMissingOffsetAreCaught() {
        double width = 2.5;
        Projections.Projector projector = Projections.GAUSSIAN.of(7, HASHES, "p-stable");
        Kernel.Hashes withoutWidth = (row, values) -> {
            double[] products = new double[HASHES];
            projector.of(row, products);
            for (int j = 0; j < HASHES; j++) {
                double offset = (Noise.stream(7, 0, j, "p-stable-offset").hash(0) >>> 11) * 0x1p-53;
                values[j] = (long) Math.floor(products[j] + offset * width);
            }
        };
        Kernel.Hashes withoutOffset = (row, values) -> {
            double[] products = new double[HASHES];
            projector.of(row, products);
            for (int j = 0; j < HASHES; j++) {
                values[j] = (long) Math.floor(products[j] / width);
            }
        };
        assertTrue(Math.abs(offClosedForm(withoutWidth, width, 0.5, 0)) > 10);
        assertTrue(Math.abs(offClosedForm(withoutOffset, width, 0.5, 0)) > 10);
    }

    /**
     * What sharpens a kernel: p hashes in a row all agree with probability k^p, over {@code HASHES} groups of
     * 16 seeds. Directions of one block alone would not do: 16 of them agree too often.
     */
    @ParameterizedTest
    @MethodSource("kernels")
    void hashesInARowAgreeIndependently(Kernel kernel) {
        Random random = new Random(2);
        int p = kernel instanceof MinMax ? 4 : 16;
        Vector a = SparseRows.counts(random, 60, 40);
        Vector b = SparseRows.near(random, a, kernel instanceof MinMax ? 0.7 : 0.95);
        if (kernel instanceof Euclidean) {
            // A tenth of a width apart.
            a = SparseRows.times(a, 1f / 30);
            b = SparseRows.times(b, 1f / 30);
        }
        int agree = 0;
        int groups = 0;
        for (int seed = 0; seed < 16; seed++) {
            int count = 1250 * p;
            Kernel.Hashes hashes = kernel.hashes(seed, count);
            long[] x = hash(hashes, a, count);
            long[] y = hash(hashes, b, count);
            for (int from = 0; from < count; from += p, groups++) {
                agree += Arrays.equals(x, from, from + p, y, from, from + p) ? 1 : 0;
            }
        }
        double expected = Math.pow(kernel.similarity(a, b), p);
        assertTrue(expected > 0.02, "similarity " + expected);
        assertEquals(expected, agree / (double) groups, Z * Math.sqrt(expected * (1 - expected) / groups));
    }

    /**
     * The variance of the share over 1,000 seeds is itself 4.5 % off at one sigma. Directions of one block
     * share n Gaussians, which costs at most half as much again; a correct program fails this once in 100,000.
     */
    @Test
    void structuredProjectionsScatterAtMostHalfAsMuchAgain() {
        Random random = new Random(2);
        Vector a = SparseRows.counts(random, 60, 40);
        Vector b = SparseRows.near(random, a, 0.8);
        int count = 512;
        double k = new Angular().similarity(a, b);
        double squares = 0;
        for (int seed = 0; seed < 1000; seed++) {
            double share = collisions(new Angular().hashes(seed, count), a, b, count);
            squares += (share - k) * (share - k) / 1000;
        }
        double ratio = squares / (k * (1 - k) / count);
        assertTrue(ratio > 0.8 && ratio < 1.5 * 1.2, "variance " + ratio + " times that of independent hashes");
    }

    @Test
    void denseAndSparseRowsOfEqualValuesHaveEqualHashes() {
        Vector sparse = Vector.sparse(6, new int[] {1, 4}, new float[] {2, 0.5f});
        Vector dense = Vector.dense(0, 2, 0, 0, 0.5f, 0);
        kernels()
                .forEach(kernel -> assertArrayEquals(
                        hash(kernel.hashes(3, 500), sparse, 500), hash(kernel.hashes(3, 500), dense, 500)));
    }

    @Test
    void vectorsLongerThanEmbeddingsAreProjectedPlainly() {
        Vector row = Vector.sparse(HadamardProjections.LONGEST + 1, new int[] {5, 8000}, new float[] {1, -2});
        assertArrayEquals(
                hash(new Angular(Projections.GAUSSIAN).hashes(3, 500), row, 500),
                hash(new Angular(Projections.STRUCTURED).hashes(3, 500), row, 500));
    }

    /** A hash does not depend on how sharp a sketch it is for: the first hundred of a thousand are the hundred. */
    @Test
    void aSharperSketchHasTheHashesOfADullerOneAndMore() {
        Vector row = SparseRows.counts(new Random(1), 1000, 50);
        kernels().forEach(kernel -> {
            long[] all = hash(kernel.hashes(3, 100, 10), row, 1000);
            for (int sharpness = 1; sharpness < 10; sharpness++) {
                int count = 100 * sharpness;
                assertArrayEquals(
                        Arrays.copyOf(all, count),
                        hash(kernel.hashes(3, 100, sharpness), row, count),
                        kernel.toString());
            }
        });
    }

    /** On one machine and the next, before and after any change that means no other hashes. */
    @ParameterizedTest
    @CsvSource({"min-max, 1892110206", "angular, 106778077", "euclidean, -142981176"})
    void hashesAreWhatTheyWere(String name, int expected) {
        Vector row = SparseRows.counts(new Random(1), 1000, 50);
        Kernel kernel = Kernel.METHODS.typical(name);
        assertEquals(expected, Arrays.hashCode(hash(kernel.hashes(3, 300), row, 300)));
    }

    @Test
    void manyThreadsHashAsOneDoes() {
        List<Vector> rows = IntStream.range(0, 200)
                .mapToObj(i -> SparseRows.counts(new Random(i), 300, 1 + i))
                .toList();
        kernels().forEach(kernel -> {
            Kernel.Hashes hashes = kernel.hashes(3, 64);
            List<Integer> alone = rows.stream()
                    .map(row -> Arrays.hashCode(hash(kernel.hashes(3, 64), row, 64)))
                    .toList();
            assertEquals(
                    alone,
                    rows.parallelStream()
                            .map(row -> Arrays.hashCode(hash(hashes, row, 64)))
                            .toList());
        });
    }

    @Test
    void whatAKernelDoesNotKnowIsRefused() {
        kernels().forEach(kernel -> {
            assertTrue(refusal(kernel, Float.NaN).contains("NaN"));
            assertTrue(refusal(kernel, Float.POSITIVE_INFINITY).contains("infinite"));
            assertTrue(refusal(kernel, 0).isEmpty());
            assertTrue(refusal(kernel, Float.MIN_VALUE).isEmpty());
            assertEquals(kernel instanceof MinMax, refusal(kernel, -1).contains("negative"));
            assertEquals(kernel instanceof Euclidean, refusal(kernel, 1e30f).contains("widths from the origin"));
        });
        assertTrue(refusal(new MinMax(), Float.NEGATIVE_INFINITY).contains("negative"));
        for (double width : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(UserException.class, () -> new Euclidean(width));
        }
        assertThrows(UserException.class, () -> new DensitySampling(4, 64, List.of(1), new MinMax()));
    }

    private static String refusal(Kernel kernel, float value) {
        return kernel.refusal(Vector.sparse(9, new int[] {1, 4}, new float[] {1, value}))
                .orElse("");
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
                    double[] lnBeta = Arrays.stream(p.beta()).map(Math::log).toArray();
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
