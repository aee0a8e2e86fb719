package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.kernel.Angular;
import org.oatmill.sampling.kernel.Euclidean;
import org.oatmill.sampling.kernel.Kernel;
import org.oatmill.sampling.kernel.MinMax;

/**
 * What the sketch estimates, against the sum it stands for. Means over 300 independent seeds are
 * compared within 4 standard errors: a correct program fails one comparison in 16,000.
 */
class DensitySketchTest {
    private static final int SEEDS = 300;
    private static final int REPETITIONS = 8;
    private static final int[] QUERIES = {0, 17, 59};

    private static final List<Vector> ROWS =
            SparseRows.clustered(60, 5, 11).stream().map(Candidate::vector).toList();

    static Stream<Arguments> kernelsAndSharpness() {
        return Kernel.METHODS.rows().values().stream()
                .flatMap(kernel -> IntStream.of(1, 2, 4).mapToObj(p -> Arguments.of(kernel, p)));
    }

    /** The spec's tests 3, 4 and 5 in one: unbiased for the sum of k^p at B = 64, where N/B is most of a count. */
    @ParameterizedTest
    @MethodSource("kernelsAndSharpness")
    void debiasedMeanIsTheSumOfTheKernelToThePowerP(Kernel kernel, int p) {
        double[][] estimates = new double[ROWS.size()][SEEDS];
        for (int seed = 0; seed < SEEDS; seed++) {
            DensitySketch sketch = sketch(new SketchHeader(kernel, seed, REPETITIONS, p, 64), ROWS);
            for (int q : QUERIES) {
                long total = sketch.total(sketch.cells(ROWS.get(q)));
                estimates[q][seed] = sketch.debiased(total);
            }
        }
        for (int q : QUERIES) {
            double sum = 0;
            double roots = 0;
            for (Vector row : ROWS) {
                double k = Math.pow(kernel.similarity(ROWS.get(q), row), p);
                sum += k;
                roots += Math.sqrt(k);
            }
            Moments debiased = Moments.of(estimates[q]);
            assertEquals(sum, debiased.mean, 4 * debiased.standardError() + 1e-9, "row " + q);
            // Cauchy-Schwarz on triple collisions; the sample variance of 300 draws is itself 8 % off at one sigma.
            double bound = Math.pow(roots + ROWS.size() / 8.0, 2) / REPETITIONS;
            assertTrue(debiased.variance <= 1.3 * bound, debiased.variance + " > " + bound);
        }
    }

    @Test
    void withoutDebiasingTheMeanIsOffByNOverB() {
        List<Vector> rows = IntStream.range(0, 640)
                .mapToObj(i -> Vector.sparse(640, new int[] {i}, new float[] {1}))
                .toList();
        double raw = 0;
        double debiased = 0;
        for (int seed = 0; seed < 100; seed++) {
            DensitySketch sketch = sketch(new SketchHeader(new MinMax(), seed, REPETITIONS, 1, 64), rows);
            long total = sketch.total(sketch.cells(rows.get(0)));
            raw += total / (double) REPETITIONS / 100;
            debiased += sketch.debiased(total) / 100;
        }
        // 639 other rows, each with chance 1/64: variance 9.8 of one row of one sketch, standard error 0.11 of 800 of
        // them.
        assertEquals(1, debiased, 4 * 0.112);
        assertEquals(1 + 639 / 64.0, raw, 4 * 0.112);
    }

    @Test
    void cellsLieInRangeAndAreEvenlyUsed() {
        int buckets = 50;
        long[] used = new long[buckets];
        DensitySketch sketch = new DensitySketch(new SketchHeader(new MinMax(), 5, 40, 1, buckets));
        for (int i = 0; i < 2000; i++) {
            for (int cell : sketch.cells(Vector.sparse(4000, new int[] {i, i + 1000}, new float[] {1, 2}))) {
                used[cell]++;
            }
        }
        double expected = 2000 * 40 / (double) buckets;
        double chiSquare = Arrays.stream(used)
                .mapToDouble(n -> (n - expected) * (n - expected) / expected)
                .sum();
        // 49 degrees of freedom: above 98 with probability 4e-5 if rows were independent (shared features widen it a
        // little).
        assertTrue(chiSquare < 110, "chi-square " + chiSquare);
    }

    /** Hashes of Euclidean cells are negative for half of the rows; published code takes their remainder as it is. */
    @Test
    void cellsOfNegativeHashesLieInRange() {
        Kernel kernel = new Euclidean(0.01);
        int buckets = 50;
        DensitySketch sketch = new DensitySketch(new SketchHeader(kernel, 5, 40, 1, buckets));
        int negative = 0;
        for (int i = 0; i < 500; i++) {
            Vector row = Vector.dense(i / 50f, -i / 70f, 1);
            long[] values = new long[40];
            kernel.hashes(5, 40).of(row, values);
            negative += (int)
                    Arrays.stream(values).filter(value -> value % buckets < 0).count();
            assertTrue(Arrays.stream(sketch.cells(row)).allMatch(cell -> cell >= 0 && cell < buckets));
        }
        assertTrue(negative > 5000, negative + " of 20,000 remainders are no cells");
    }

    @Test
    void everySketchRowSumsToTheRowCount() {
        DensitySketch sketch = sketch(new SketchHeader(new MinMax(), 3, 16, 4, 1 << 10), ROWS);
        assertTrue(Arrays.stream(sketch.sums()).allMatch(sum -> sum == ROWS.size()));
        assertEquals(ROWS.size(), sketch.rows());
    }

    @Test
    void aRowRepeatedIsAtLeastThatDense() {
        List<Vector> rows = new ArrayList<>(ROWS);
        int m = 40;
        rows.addAll(Collections.nCopies(m, ROWS.get(0)));
        int buckets = 1 << 12;
        DensitySketch sketch = sketch(new SketchHeader(new MinMax(), 3, 16, 4, buckets), rows);
        assertTrue(sketch.density(ROWS.get(0)) >= m - (rows.size() - m) / (buckets - 1.0));
        assertTrue(rows.stream().allMatch(row -> sketch.density(row) >= 1));
    }

    static Stream<Kernel> kernels() {
        return Kernel.METHODS.rows().values().stream();
    }

    /** Sign bits too: half of them are zero, and yet no row of zeros. */
    @ParameterizedTest
    @MethodSource("kernels")
    void rowsOfZerosAreLikeOneAnotherAndUnlikeAllElse(Kernel kernel) {
        List<Vector> rows = new ArrayList<>(ROWS);
        for (int i = 0; i < 7; i++) {
            rows.add(Vector.sparse(500, new int[] {i}, new float[] {0}));
        }
        DensitySketch sketch = sketch(new SketchHeader(kernel, 3, 64, 1, 1 << 16), rows);
        // 60 other rows share one of 65,536 counters by chance alone: 64 repetitions move the mean by 0.06 with
        // probability 5e-5.
        assertEquals(7, sketch.density(Vector.sparse(500, new int[0], new float[0])), 0.1);
    }

    @Test
    void mergeOfPartsEqualsWholeInAnyOrder() {
        SketchHeader header = new SketchHeader(new MinMax(), 3, 16, 2, 256);
        DensitySketch whole = sketch(header, ROWS);
        List<DensitySketch> parts = new ArrayList<>(List.of(
                sketch(header, ROWS.subList(0, 1)),
                sketch(header, ROWS.subList(1, 30)),
                sketch(header, List.of()),
                sketch(header, ROWS.subList(30, 60))));
        Collections.shuffle(parts, new Random(1));
        DensitySketch merged = new DensitySketch(header);
        parts.forEach(merged::merge);
        assertEquals(whole, merged);
        assertArrayEquals(whole.bytes(), merged.bytes());
    }

    @Test
    void sketchesOfOtherParametersAreRefused() {
        SketchHeader header = new SketchHeader(new MinMax(), 3, 16, 2, 256);
        for (SketchHeader other : List.of(
                new SketchHeader(new Angular(), 3, 16, 2, 256),
                new SketchHeader(new MinMax(), 4, 16, 2, 256),
                new SketchHeader(new MinMax(), 3, 16, 1, 256))) {
            assertThrows(
                    IllegalArgumentException.class, () -> new DensitySketch(header).merge(new DensitySketch(other)));
        }
    }

    @Test
    void bytesAndJavaSerialisationKeepAll() throws Exception {
        DensitySketch sketch = sketch(new SketchHeader(new Angular(), -3, 16, 8, 1000), ROWS);
        for (int i = 0; i < 300; i++) {
            sketch.add(ROWS.get(0));
        }
        assertEquals(sketch, DensitySketch.read(new ByteArrayInputStream(sketch.bytes())));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(sketch);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            DensitySketch read = (DensitySketch) in.readObject();
            assertEquals(sketch, read);
            assertEquals(sketch.density(ROWS.get(3)), read.density(ROWS.get(3)));
        }
    }

    @Test
    void aSketchThatWasReadGoesOnWithNewRows() throws IOException {
        SketchHeader header = new SketchHeader(new MinMax(), 3, 16, 2, 256);
        DensitySketch old = sketch(header, ROWS.subList(0, 40));
        DensitySketch read = DensitySketch.read(new ByteArrayInputStream(old.bytes()));
        read.merge(sketch(header, ROWS.subList(40, 60)));
        assertEquals(sketch(header, ROWS), read);
    }

    @Test
    void aFlippedByteIsFound() throws IOException {
        byte[] bytes = sketch(new SketchHeader(new MinMax(), 3, 4, 1, 64), ROWS).bytes();
        bytes[bytes.length / 2] ^= 1;
        assertThrows(UserException.class, () -> DensitySketch.read(new ByteArrayInputStream(bytes)));
    }

    @Test
    void aCounterThatWouldOverflowStopsTheCount() {
        SketchHeader header = new SketchHeader(new MinMax(), 3, 1, 1, 2);
        DensitySketch sketch = sketch(header, List.of(ROWS.get(0)));
        UserException refused = assertThrows(UserException.class, () -> {
            for (int doubling = 0; doubling < 32; doubling++) {
                sketch.merge(sketch);
            }
        });
        assertTrue(refused.getMessage().contains("share one hash value"), refused.getMessage());
    }

    private static DensitySketch sketch(SketchHeader header, List<Vector> rows) {
        DensitySketch sketch = new DensitySketch(header);
        rows.forEach(sketch::add);
        return sketch;
    }

    private record Moments(double mean, double variance, int n) {
        static Moments of(double[] values) {
            double mean = Arrays.stream(values).average().orElseThrow();
            double squares =
                    Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
            return new Moments(mean, squares / (values.length - 1), values.length);
        }

        double standardError() {
            return Math.sqrt(variance / n);
        }
    }
}
