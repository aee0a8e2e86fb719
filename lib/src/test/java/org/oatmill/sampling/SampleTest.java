package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Empty;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

class SampleTest {

    private static Densities densities(double... densities) {
        List<RowDensity> rows = IntStream.range(0, densities.length)
                .mapToObj(i -> new RowDensity("row" + i, densities[i], 1, Facts.NONE))
                .toList();
        return new Densities(Rows.of(rows), Optional.empty(), 0, List.of());
    }

    private static Sample drawnFrom(Densities densities, SampleSize size, long seed) {
        return Draw.of(size).from(densities, seed);
    }

    private static Sample chosen(Rows<Candidate> rows, SamplingMethod method, SampleSize size, long seed) {
        return Sample.of(Population.of(rows), method, Draw.of(size), seed);
    }

    private static List<SampledRow> drawn(Densities densities, long size, long seed) {
        return drawnFrom(densities, SampleSize.rows(size), seed).rows().collect().stream()
                .sorted((a, b) -> Double.compare(a.key(), b.key()))
                .toList();
    }

    private static Set<String> ids(List<SampledRow> rows) {
        return rows.stream().map(SampledRow::id).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 99, 100})
    void aSampleHasExactlyTheSizeAskedForAndNoRowTwice(int size) {
        Densities all = densities(new Random(1).doubles(100, 1, 50).toArray());
        List<SampledRow> rows = drawn(all, size, 3);
        assertEquals(size, rows.size());
        assertEquals(size, ids(rows).size());
    }

    @Test
    void aSizeBeyondThePopulationKeepsAllRowsAndSaysSo() {
        Sample sample = drawnFrom(densities(1, 2, 3), SampleSize.rows(10), 3);
        assertEquals(3, sample.size());
        assertTrue(sample.rows().collect().stream().allMatch(row -> row.inclusionProb() == 1));
        assertTrue(sample.warnings().stream().anyMatch(w -> w.contains("all rows are kept")));
    }

    /** Chi-square with 3 degrees of freedom: above 21.1 in one of 10,000 correct programs. */
    @Test
    void oneOfFourIsDrawnInProportionToItsWeight() {
        double[] density = {1, 2, 4, 8};
        Map<String, Double> expected = Map.of("row0", 8 / 15.0, "row1", 4 / 15.0, "row2", 2 / 15.0, "row3", 1 / 15.0);
        assertChiSquareBelow(21.1, expected, seed -> drawn(densities(density), 1, seed)
                .get(0)
                .id());
    }

    /** Successive sampling: P(i, j) = w_i / W * w_j / (W - w_i); 11 degrees of freedom, above 37.4 in one of 10,000. */
    @Test
    void twoOfFourAreDrawnOneAfterTheOther() {
        double[] density = {1, 2, 4, 8};
        double total = Arrays.stream(density).map(d -> 1 / d).sum();
        Map<String, Double> expected = new TreeMap<>();
        for (int i = 0; i < 4; i++) {
            for (int j = 0; j < 4; j++) {
                if (i != j) {
                    expected.put(
                            "row" + i + "row" + j,
                            1 / density[i] / total * (1 / density[j]) / (total - 1 / density[i]));
                }
            }
        }
        assertChiSquareBelow(37.4, expected, seed -> {
            List<SampledRow> two = drawn(densities(density), 2, seed);
            return two.get(0).id() + two.get(1).id();
        });
    }

    private static void assertChiSquareBelow(
            double bound, Map<String, Double> expected, java.util.function.LongFunction<String> draw) {
        int draws = 6000;
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = 0; seed < draws; seed++) {
            seen.merge(draw.apply(seed), 1, Integer::sum);
        }
        double chiSquare = expected.entrySet().stream()
                .mapToDouble(e -> {
                    double wanted = draws * e.getValue();
                    return Math.pow(seen.getOrDefault(e.getKey(), 0) - wanted, 2) / wanted;
                })
                .sum();
        assertEquals(expected.keySet(), seen.keySet());
        assertTrue(chiSquare < bound, "chi-square " + chiSquare);
    }

    @Test
    void theThresholdPathEqualsASortTiesIncluded() {
        Random random = new Random(5);
        List<KeyedRow> rows = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            // Most keys share their first 32 bits, and a third of the rows share one key whole.
            double key = i % 3 == 0 ? 1.25 : i % 3 == 1 ? 1.25 + random.nextInt(50) * 1e-9 : random.nextDouble() * 4;
            rows.add(new KeyedRow(new RowDensity("row" + i, 1, 1, Facts.NONE), key, ""));
        }
        Collections.shuffle(rows, random);
        List<KeyedRow> sorted = rows.stream()
                .sorted(Comparator.comparingDouble(KeyedRow::key)
                        .thenComparing(row -> row.row().id()))
                .toList();
        for (long rank : new long[] {0, 1, 4999, 5000, 8000, 12_000, 19_999}) {
            DrawCensus census = Rows.of(rows).fold(() -> new DrawCensus(KeyedRow::key));
            assertEquals(Map.of("", sorted.get((int) rank)), Thresholds.of(Rows.of(rows), census, Map.of("", rank)));
        }
    }

    @Test
    void aSmallerSampleLiesInALargerOne() {
        Densities all = densities(new Random(1).doubles(300, 1, 50).toArray());
        Set<String> smaller = new HashSet<>();
        for (int size = 1; size < 60; size++) {
            Set<String> larger = ids(drawn(all, size, 9));
            assertTrue(larger.containsAll(smaller));
            smaller = larger;
        }
    }

    @Test
    void weightsTimesAPowerOfTwoChangeNothing() {
        double[] density = new Random(1).doubles(300, 1, 50).toArray();
        double[] scaled = Arrays.stream(density).map(d -> d * 8).toArray();
        List<SampledRow> rows = drawn(densities(density), 40, 9);
        List<SampledRow> again = drawn(densities(scaled), 40, 9);
        assertEquals(ids(rows), ids(again));
        assertEquals(rows.get(7).inclusionProb(), again.get(7).inclusionProb());
    }

    @Test
    void anotherSeedDrawsAnotherSample() {
        Densities all = densities(new Random(1).doubles(300, 1, 50).toArray());
        assertFalse(ids(drawn(all, 40, 1)).equals(ids(drawn(all, 40, 2))));
    }

    /** Mean over 1,500 seeds of the sum of y / probability, within 4 standard errors of the population's sum. */
    @Test
    void valuesOverInclusionProbabilitiesAddUpToThePopulation() {
        Random random = new Random(2);
        double[] density = random.doubles(60, 1, 30).toArray();
        double[] y = random.doubles(60, -1, 5).toArray();
        double truth = Arrays.stream(y).sum();
        DoubleUnaryOperator none = pi -> 1;
        assertTrue(standardErrorsOff(density, y, none, truth) < 4);
        // The estimator published with WDS multiplies by the normalised weight once more: another mean altogether.
        assertTrue(standardErrorsOff(density, y, d -> 60 * (1 / d) / sumOfInverses(density), truth) > 4);
    }

    private static double sumOfInverses(double[] density) {
        return Arrays.stream(density).map(d -> 1 / d).sum();
    }

    private static double standardErrorsOff(double[] density, double[] y, DoubleUnaryOperator factor, double truth) {
        int seeds = 1500;
        double sum = 0;
        double squares = 0;
        for (long seed = 0; seed < seeds; seed++) {
            double estimate = drawn(densities(density), 15, seed).stream()
                    .mapToDouble(row -> y[Integer.parseInt(row.id().substring(3))]
                            * factor.applyAsDouble(row.density())
                            / row.inclusionProb())
                    .sum();
            sum += estimate;
            squares += estimate * estimate;
        }
        double mean = sum / seeds;
        double error = Math.sqrt((squares / seeds - mean * mean) / seeds);
        return Math.abs(mean - truth) / error;
    }

    /** All rows equal: each is kept with probability k / n; 29 degrees of freedom, above 66.2 in one of 10,000 (without replacement: rarer). */
    @Test
    void equalRowsAreKeptEquallyOften() {
        List<Candidate> rows = IntStream.range(0, 30)
                .mapToObj(i -> new Candidate("row" + i, Vector.sparse(9, new int[] {1, 5}, new float[] {1, 2})))
                .toList();
        int seeds = 2000;
        Map<String, Integer> seen = new TreeMap<>();
        for (long seed = 0; seed < seeds; seed++) {
            Sample sample = chosen(Rows.of(rows), new DiversifiedSampling(4, 64, 2), SampleSize.rows(6), seed);
            sample.rows().collect().forEach(row -> seen.merge(row.id(), 1, Integer::sum));
        }
        double expected = seeds * 6 / 30.0;
        double chiSquare = seen.values().stream()
                .mapToDouble(n -> (n - expected) * (n - expected) / expected)
                .sum();
        assertTrue(chiSquare < 66.2, "chi-square " + chiSquare);
    }

    /**
     * Two clusters of 900 and 100 equal rows: their weights add up to 1 each, so either gives half of a
     * small sample. The share of the smaller over 2,000 draws of one row has standard deviation 0.011;
     * 0.05 is more than 4 of them. Weights in proportion to S (a published misprint) or softmax of 1/S
     * give 0.01 and 0.10. (The clusters share a counter, and the smaller seems denser, for one seed in 8,000.)
     */
    @Test
    void clustersOfAnySizeGetEqualShares() {
        List<Candidate> rows = IntStream.range(0, 1000)
                .mapToObj(i -> new Candidate("row" + i, Vector.sparse(9, new int[] {i < 900 ? 1 : 5}, new float[] {1})))
                .toList();
        Densities densities = new DiversifiedSampling(8, 1 << 16, 1).densities(Rows.of(rows), 4);
        assertEquals(0.5, shareOfSmaller(densities, d -> d), 0.05);
        assertTrue(shareOfSmaller(densities, d -> 1 / d) < 0.05);
        assertTrue(shareOfSmaller(densities, d -> Math.exp(-1 / d)) < 0.15);
    }

    private static double shareOfSmaller(Densities densities, DoubleUnaryOperator density) {
        Densities changed = new Densities(
                Rows.of(densities.rows().collect().stream()
                        .map(row -> new RowDensity(row.id(), density.applyAsDouble(row.density()), 1, Facts.NONE))
                        .toList()),
                Optional.empty(),
                0,
                List.of());
        int draws = 2000;
        int smaller = 0;
        for (long seed = 0; seed < draws; seed++) {
            String id = drawn(changed, 1, seed).get(0).id();
            smaller += Integer.parseInt(id.substring(3)) >= 900 ? 1 : 0;
        }
        return smaller / (double) draws;
    }

    @Test
    void effectiveShareIsOneForEqualWeightsAndOneOverNForOneRow() {
        assertEquals(
                1,
                drawnFrom(densities(3, 3, 3, 3), SampleSize.rows(2), 1)
                        .drawn()
                        .orElseThrow()
                        .effectiveShare());
        double[] one = new double[100];
        Arrays.fill(one, 1e12);
        one[0] = 1;
        assertEquals(
                0.01,
                drawnFrom(densities(one), SampleSize.rows(2), 1)
                        .drawn()
                        .orElseThrow()
                        .effectiveShare(),
                1e-6);
        assertTrue(Draw.warning(1).orElseThrow().contains("uniform sampling"));
        assertTrue(Draw.warning(0.01).orElseThrow().contains("outliers"));
        assertTrue(Draw.warning(0.5).isEmpty());
    }

    @Test
    void rowsThatAreAllUnlikeWarnThatThisIsUniformSampling() {
        List<Candidate> rows = IntStream.range(0, 50)
                .mapToObj(i -> new Candidate("row" + i, Vector.sparse(50, new int[] {i}, new float[] {1})))
                .toList();
        Sample sample = chosen(Rows.of(rows), new DiversifiedSampling(16, 1 << 12, 4), SampleSize.rows(5), 1);
        assertTrue(sample.warnings().stream().anyMatch(w -> w.contains("uniform sampling")));
    }

    private static final SamplingMethod SMALL_WDS = new DiversifiedSampling(4, 64, 1);

    private static String refusal(SamplingMethod method, Candidate... bad) {
        List<Candidate> rows = new ArrayList<>(SparseRows.clustered(10, 2, 3));
        rows.addAll(List.of(bad));
        return assertThrows(UserException.class, () -> chosen(Rows.of(rows), method, SampleSize.rows(3), 5))
                .getMessage();
    }

    private static Candidate bad(String id, int size, float value) {
        return new Candidate(id, Vector.sparse(size, new int[] {1}, new float[] {value}));
    }

    @Test
    void whatCannotBeHashedStopsTheDrawAndIsNamed() {
        String nan = refusal(SMALL_WDS, bad("y", 500, Float.NaN), bad("x", 500, Float.NaN));
        assertTrue(nan.contains("id = x") && nan.contains("NaN") && nan.contains("of this kind: 2"), nan);
        String infinite = refusal(SMALL_WDS, bad("x", 500, Float.POSITIVE_INFINITY));
        assertTrue(infinite.contains("id = x") && infinite.contains("infinite"), infinite);
        String negative = refusal(SMALL_WDS, bad("x", 500, -1));
        assertTrue(negative.contains("id = x") && negative.contains("negative"), negative);
        String ragged = refusal(SMALL_WDS, bad("x", 501, 1));
        assertTrue(ragged.contains("500 (row id = r0), 501 (row id = x)"), ragged);
        String none = assertThrows(
                        UserException.class, () -> chosen(Rows.of(List.of()), SMALL_WDS, SampleSize.rows(3), 5))
                .getMessage();
        assertTrue(none.contains("population = 0"), none);
    }

    @Test
    void negativeValuesAreNoTroubleForTheAngularKernel() {
        List<Candidate> rows = List.of(bad("a", 5, -1), bad("b", 5, 1));
        assertEquals(
                1,
                chosen(Rows.of(rows), new DensitySampling(4, 64, 4), SampleSize.rows(1), 5)
                        .size());
    }

    @Test
    void rowsOfZerosAreKeptCountedAndReported() {
        List<Candidate> rows = new ArrayList<>(SparseRows.clustered(10, 2, 3));
        rows.add(bad("zero", 500, 0));
        rows.add(new Candidate("none", Vector.sparse(500, new int[0], new float[0])));
        Sample sample = chosen(Rows.of(rows), SMALL_WDS, SampleSize.rows(12), 5);
        assertEquals(12, sample.rows().collect().size());
        assertTrue(sample.warnings().stream().anyMatch(w -> w.startsWith("2 of 12 rows have no value but zero")));
    }

    /** Rows whose second reading is not their first. */
    private record Changing<T>(List<T> first, List<T> second, int[] readings) implements Rows<T> {
        private Rows<T> next() {
            return Rows.of(readings[0]++ == 0 ? first : second);
        }

        @Override
        public <S extends Summary<T, S>> S fold(Empty<S> empty) {
            return next().fold(empty);
        }

        @Override
        public <R> Rows<R> map(Score<T, R> score) {
            return made(rows -> rows.map(score));
        }

        private <R> Rows<R> made(Function<Rows<T>, Rows<R>> how) {
            return new Changing<>(
                    how.apply(Rows.of(first)).collect(),
                    how.apply(Rows.of(second)).collect(),
                    readings);
        }

        @Override
        public <B extends Summary<T, B>> Rows<B> batches(int size, Empty<B> empty) {
            return made(rows -> rows.batches(size, empty));
        }

        @Override
        public <R> Rows<R> flatMap(Score<T, List<R>> score) {
            return made(rows -> rows.flatMap(score));
        }

        @Override
        public Rows<T> where(Score<T, Boolean> predicate) {
            return next().where(predicate);
        }

        @Override
        public <K, R> Rows<R> group(Score<T, List<K>> keys, Score<T, String> id, Score<List<T>, List<R>> each) {
            return next().group(keys, id, each);
        }

        @Override
        public Rows<T> cached() {
            return this;
        }

        @Override
        public void release() {}

        @Override
        public List<T> collect() {
            return next().collect();
        }
    }

    @Test
    void anInputThatChangesBetweenThePassesIsRefused() {
        List<Candidate> before = SparseRows.clustered(10, 2, 3);
        List<Candidate> fewer = before.subList(0, 9);
        List<Candidate> swapped = new ArrayList<>(fewer);
        swapped.add(new Candidate("r9", before.get(0).vector()));
        assertFalse(before.get(9).vector().equals(before.get(0).vector()));
        for (List<Candidate> after : List.of(fewer, swapped)) {
            UserException refused = assertThrows(
                    UserException.class,
                    () -> chosen(
                            new Changing<>(before, after, new int[1]),
                            new DiversifiedSampling(32, 1 << 12, 4),
                            SampleSize.rows(3),
                            5));
            assertTrue(refused.getMessage().contains("second pass")
                    || refused.getMessage().contains("two passes"));
        }
    }

    @Test
    void eitherASizeOrAShareIsGiven() {
        assertThrows(UserException.class, () -> new SampleSize(0, 0));
        assertThrows(UserException.class, () -> new SampleSize(3, 0.5));
        assertThrows(UserException.class, () -> new SampleSize(-1, 0));
        assertThrows(UserException.class, () -> new SampleSize(0, 1.5));
        assertEquals(1, SampleSize.share(0.001).of(10));
    }

    @Test
    void exactSumsDoNotDependOnOrder() {
        double[] values =
                new Random(4).doubles(10_000).map(u -> Math.exp(40 * u - 30)).toArray();
        ExactSum whole = new ExactSum();
        Arrays.stream(values).forEach(whole::add);
        ExactSum backwards = new ExactSum();
        ExactSum part = new ExactSum();
        for (int i = values.length - 1; i >= 0; i--) {
            (i % 3 == 0 ? part : backwards).add(values[i]);
        }
        backwards.add(part);
        assertEquals(whole.value(), backwards.value());
        assertEquals(
                Arrays.stream(values)
                        .mapToObj(java.math.BigDecimal::new)
                        .reduce(java.math.BigDecimal.ZERO, java.math.BigDecimal::add)
                        .doubleValue(),
                whole.value());
    }
}
