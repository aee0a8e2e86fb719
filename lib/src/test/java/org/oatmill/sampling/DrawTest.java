package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/** What a draw promises beyond its size: Poisson sampling, strata, floors, estimates and training weights. */
class DrawTest {

    private static final Vector NOWHERE = Vector.dense(new float[] {1});

    /** Draws with weights of its own: the number {@code density} of each row. */
    private record Given() implements WeightedMethod {
        @Override
        public Densities densities(Rows<Candidate> rows, long seed) {
            return new Densities(
                    rows.map(row -> new RowDensity(row.id(), row.value("density"), 1, row.facts())),
                    Optional.empty(),
                    0,
                    List.of());
        }
    }

    /** Rows with a density, a number y that goes with it, a quality, and one of three labels of very different size. */
    private static List<Candidate> rows(int n, long seed) {
        Random random = new Random(seed);
        List<Candidate> rows = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            double density = Math.exp(4 * random.nextDouble());
            double y = 2 + density / 20 + random.nextGaussian();
            String label = i % 20 == 0 ? "rare" : i % 3 == 0 ? "some" : "most";
            Map<String, Double> values = Map.of("density", density, "y", y, "quality", random.nextDouble());
            rows.add(new Candidate("row" + i, NOWHERE, new Facts(label, values)));
        }
        return rows;
    }

    private static Sample draw(List<Candidate> rows, Draw how, long seed) {
        return Sample.of(Population.of(Rows.of(rows)), new Given(), how, seed);
    }

    private static Set<String> ids(Sample sample) {
        return sample.rows().collect().stream().map(SampledRow::id).collect(Collectors.toSet());
    }

    private static Draw of(long size) {
        return Draw.of(SampleSize.rows(size));
    }

    // Poisson

    /** By bisection, from the sorted weights. */
    private static double rateByBisection(double[] weights, double k) {
        double low = 0;
        double high = k / Arrays.stream(weights).min().orElseThrow();
        for (int step = 0; step < 200; step++) {
            double middle = (low + high) / 2;
            double sum =
                    Arrays.stream(weights).map(w -> Math.min(1, middle * w)).sum();
            if (sum < k) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 50, 990, 1490, 1499})
    void poissonProbabilitiesAddUpToTheSize(int k) {
        Random random = new Random(k);
        // A third of the weights share 40 bits, and a few are so large that their rows are certain.
        double[] weights = IntStream.range(0, 1500)
                .mapToDouble(i -> i % 3 == 0
                        ? 0.3 + random.nextInt(9) * 0x1p-40
                        : i % 100 == 1 ? 1e6 * random.nextDouble() : random.nextDouble())
                .toArray();
        List<KeyedRow> rows = IntStream.range(0, weights.length)
                .mapToObj(i -> new KeyedRow(new RowDensity("row" + i, 1 / weights[i], 1, Facts.NONE), 1, ""))
                .toList();
        DrawCensus census = Rows.of(rows).fold(() -> new DrawCensus(KeyedRow::weight));
        double rate =
                PoissonRate.of(Rows.of(rows), census, Map.of("", (long) k)).get("");
        double[] exact = rows.stream().mapToDouble(KeyedRow::weight).toArray();
        assertEquals(k, Arrays.stream(exact).map(w -> Math.min(1, rate * w)).sum(), 1e-9 * k);
        assertEquals(rateByBisection(exact, k), rate, 1e-9 * rate);
    }

    /**
     * 4,000 draws. The size has standard deviation sqrt(sum of p (1 - p)); five standard errors of its mean are left one
     * time in two million. A row's frequency is off by more than five standard errors as rarely, for 40 rows once in
     * 40,000 programs.
     */
    @Test
    void poissonKeepsEachRowWithItsProbabilityAndAboutAsManyAsAskedFor() {
        List<Candidate> rows = rows(40, 3);
        int draws = 4000;
        Map<String, Integer> kept = new HashMap<>();
        Map<String, Double> chances = new HashMap<>();
        long total = 0;
        for (long seed = 0; seed < draws; seed++) {
            Sample sample = draw(rows, of(12).by(Sampler.POISSON), seed);
            assertEquals(12, sample.drawn().orElseThrow().expected());
            assertEquals(sample.size(), sample.rows().collect().size());
            total += sample.size();
            for (SampledRow row : sample.rows().collect()) {
                kept.merge(row.id(), 1, Integer::sum);
                chances.put(row.id(), row.inclusionProb());
            }
        }
        double variance =
                chances.values().stream().mapToDouble(p -> p * (1 - p)).sum();
        assertEquals(12, (double) total / draws, 5 * Math.sqrt(variance / draws));
        chances.forEach((id, p) ->
                assertEquals(p, kept.get(id) / (double) draws, 5 * Math.sqrt(p * (1 - p) / draws) + 1e-12, id));
        assertEquals(12, chances.values().stream().mapToDouble(p -> p).sum(), 1e-9);
    }

    @ParameterizedTest
    @EnumSource
    void aSmallerSampleLiesInALargerOneInStrataToo(Sampler sampler) {
        List<Candidate> rows = rows(300, 1);
        for (Draw how : List.of(
                of(1).by(sampler),
                of(1).by(sampler).within(Strata.of(Strata.Quota.EQUAL)),
                of(1).by(sampler).within(Strata.of(Strata.Quota.PROPORTIONAL)))) {
            Set<String> smaller = new HashSet<>();
            for (int size = 1; size <= 300; size += size < 40 ? 1 : 13) {
                Draw larger = new Draw(
                        SampleSize.rows(size), how.sampler(), how.strata(), how.floor(), how.estimate(), how.weights());
                Set<String> kept = ids(draw(rows, larger, 9));
                assertTrue(kept.containsAll(smaller), size + " " + how);
                smaller = kept;
            }
        }
    }

    // Strata

    @ParameterizedTest
    @EnumSource
    void eachStratumIsDrawnAsIfItWereAlone(Sampler sampler) {
        List<Candidate> rows = rows(400, 5);
        Strata strata = new Strata(Strata.Quota.SIZES, Map.of("rare", 7L, "some", 30L, "most", 3L));
        Map<String, List<SampledRow>> parts = draw(rows, of(40).by(sampler).within(strata), 9).rows().collect().stream()
                .collect(Collectors.groupingBy(row -> Objects.requireNonNull(row.stratum())));
        for (String name : List.of("rare", "some", "most")) {
            List<Candidate> part =
                    rows.stream().filter(row -> row.label().equals(name)).toList();
            List<SampledRow> alone = draw(part, of(strata.sizes().get(name)).by(sampler), 9)
                    .rows()
                    .collect();
            Function<List<SampledRow>, Map<String, Double>> chances =
                    sample -> sample.stream().collect(Collectors.toMap(SampledRow::id, SampledRow::inclusionProb));
            assertEquals(chances.apply(alone), chances.apply(parts.getOrDefault(name, List.of())), name);
        }
    }

    @Test
    void quotasAreWhatTheyAreCalled() {
        TreeMap<String, Long> rows = new TreeMap<>(Map.of("a", 600L, "b", 300L, "c", 100L, "d", 3L));
        Strata proportional = Strata.of(Strata.Quota.PROPORTIONAL);
        Strata equal = Strata.of(Strata.Quota.EQUAL);
        for (long size = 1; size <= 1003; size++) {
            long k = size;
            Map<String, Long> shares = proportional.quotas(rows, k);
            assertEquals(k, shares.values().stream().mapToLong(n -> n).sum());
            rows.forEach((name, n) -> {
                assertTrue(shares.get(name) <= n);
                assertEquals(k * n / 1003.0, shares.get(name), 1, name + " of " + k);
            });
            assertEquals(
                    k, equal.quotas(rows, k).values().stream().mapToLong(n -> n).sum());
        }
        assertEquals(Map.of("a", 6L, "b", 6L, "c", 5L, "d", 3L), equal.quotas(rows, 20));
        assertEquals(
                Map.of("a", 5L, "b", 0L, "c", 100L, "d", 0L),
                new Strata(Strata.Quota.SIZES, Map.of("a", 5L, "c", 900L)).quotas(rows, 0));
        Strata unknown = new Strata(Strata.Quota.SIZES, Map.of("e", 5L));
        assertTrue(assertThrows(UserException.class, () -> unknown.quotas(rows, 5))
                .getMessage()
                .contains("[a, b, c, d]"));
    }

    /** Of ten thousand strata each quota is within two of its share, and all add up. */
    @Test
    void manyStrataAreNoTrouble() {
        TreeMap<String, Long> rows = new TreeMap<>();
        IntStream.range(0, 10_000).forEach(i -> rows.put("s" + i, 1L + i % 97));
        long all = rows.values().stream().mapToLong(n -> n).sum();
        Map<String, Long> quotas = Strata.of(Strata.Quota.PROPORTIONAL).quotas(rows, all / 3);
        assertEquals(all / 3, quotas.values().stream().mapToLong(n -> n).sum());
        rows.forEach((name, n) -> assertEquals(n / 3.0, quotas.get(name), 2));
    }

    @Test
    void labelStratifiedIsUniformWithinEachLabel() {
        List<Candidate> rows = rows(200, 5);
        Sample sample = Sample.of(Population.of(Rows.of(rows)), new LabelStratified(Strata.Quota.EQUAL), of(30), 3);
        Map<String, Long> counts = sample.rows().collect().stream()
                .collect(Collectors.groupingBy(row -> Objects.requireNonNull(row.stratum()), Collectors.counting()));
        assertEquals(Map.of("most", 10L, "rare", 10L, "some", 10L), counts);
        assertTrue(sample.rows().collect().stream().allMatch(row -> row.density() == 1));
        Draw twice = of(30).within(Strata.of(Strata.Quota.EQUAL));
        assertThrows(
                UserException.class,
                () -> Sample.of(Population.of(Rows.of(rows)), new LabelStratified(Strata.Quota.EQUAL), twice, 3));
    }

    /** Three strata whose keys agree in their first 32 bits, in more rows than are ordered in one place. */
    @Test
    void theThresholdOfEachStratumEqualsASort() {
        Random random = new Random(5);
        List<KeyedRow> rows = new ArrayList<>();
        for (int i = 0; i < 30_000; i++) {
            double key = i % 2 == 0 ? 1.25 + random.nextInt(50) * 1e-9 : random.nextDouble() * 4;
            rows.add(new KeyedRow(new RowDensity("row" + i, 1, 1, Facts.NONE), key, "s" + i % 3));
        }
        Collections.shuffle(rows, random);
        Map<String, Long> quotas = Map.of("s0", 3000L, "s1", 9999L, "s2", 10_000L);
        Map<String, KeyedRow> expected = new HashMap<>();
        quotas.forEach((name, k) -> rows.stream()
                .filter(row -> row.stratum().equals(name))
                .sorted(Comparator.naturalOrder())
                .skip(k)
                .findFirst()
                .ifPresent(row -> expected.put(name, row)));
        DrawCensus census = Rows.of(rows).fold(() -> new DrawCensus(KeyedRow::key));
        assertEquals(Set.of("s0", "s1"), expected.keySet());
        assertEquals(expected, Thresholds.of(Rows.of(rows), census, quotas));
    }

    // Estimates

    private static Estimate estimate(Sample sample, String column) {
        List<?> all = (List<?>) sample.notes().get("estimates");
        return all.stream()
                .map(Estimate.class::cast)
                .filter(e -> e.column().equals(column))
                .findFirst()
                .orElseThrow();
    }

    private static double mean(List<Candidate> rows, String column) {
        return rows.stream().mapToDouble(row -> row.value(column)).average().orElseThrow();
    }

    /**
     * 2,000 seeds. The mean estimate lies within 4 standard errors of the truth (once in 16,000 programs it does not);
     * the mean of the estimated variances within a fifth of the estimates' variance, whose own standard error is about
     * sqrt(2 / 2000) = 3 % for either.
     */
    @ParameterizedTest
    @ValueSource(strings = {"bottom-k", "poisson", "strata", "strata and poisson", "floor"})
    void estimatesAndTheirStandardErrorsAreRightOnAverage(String what) {
        List<Candidate> rows = rows(80, 2);
        Draw how = new Draw(
                SampleSize.rows(20),
                what.contains("poisson") ? Sampler.POISSON : Sampler.BOTTOM_K,
                what.contains("strata") ? Optional.of(Strata.of(Strata.Quota.EQUAL)) : Optional.empty(),
                what.equals("floor") ? Optional.of(new Floor("quality", 0.3)) : Optional.empty(),
                List.of("y"),
                Optional.empty());
        List<Candidate> population = what.equals("floor")
                ? rows.stream().filter(row -> row.value("quality") >= 0.3).toList()
                : rows;
        double truth = mean(population, "y");
        int seeds = 2000;
        double sum = 0;
        double squares = 0;
        double variances = 0;
        for (long seed = 0; seed < seeds; seed++) {
            Estimate of = estimate(draw(rows, how, seed), "y");
            assertEquals(truth, of.populationMean(), 1e-12);
            double off = Objects.requireNonNull(of.estimate()) - truth;
            sum += off;
            squares += off * off;
            double error = Objects.requireNonNull(of.standardError());
            variances += error * error;
        }
        double variance = squares / seeds - sum / seeds * (sum / seeds);
        assertEquals(0, sum / seeds, 4 * Math.sqrt(variance / seeds));
        assertEquals(1, variances / seeds / variance, 0.2);
    }

    @Test
    void aFloorLeavesNoPoorRowAndItsEstimatesSaySo() {
        List<Candidate> rows = rows(200, 4);
        Draw how = new Draw(
                SampleSize.rows(40),
                Sampler.BOTTOM_K,
                Optional.empty(),
                Optional.of(new Floor("quality", 0.5)),
                List.of("y"),
                Optional.empty());
        Sample sample = draw(rows, how, 1);
        List<Candidate> left =
                rows.stream().filter(row -> row.value("quality") >= 0.5).toList();
        assertTrue(left.stream().map(Candidate::id).toList().containsAll(ids(sample)));
        assertEquals(left.size(), sample.population());
        assertEquals("quality >= 0.5", sample.notes().get("floor"));
        for (String column : List.of("y", "quality")) {
            Estimate of = estimate(sample, column);
            assertEquals("floored population", of.of());
            assertEquals(mean(left, column), of.populationMean(), 1e-12);
            assertEquals(mean(rows, column), Objects.requireNonNull(of.unflooredMean()), 1e-12);
        }
        // The floored population is a population: its sample is that of its rows alone.
        assertEquals(ids(draw(left, of(40), 1)), ids(sample));
    }

    @Test
    void oneRowTellsNoStandardErrorAndAllRowsHaveNone() {
        List<Candidate> rows = rows(20, 4);
        Draw one = new Draw(
                SampleSize.rows(1),
                Sampler.BOTTOM_K,
                Optional.empty(),
                Optional.empty(),
                List.of("y"),
                Optional.empty());
        Draw all = new Draw(
                SampleSize.rows(20),
                Sampler.POISSON,
                Optional.empty(),
                Optional.empty(),
                List.of("y"),
                Optional.empty());
        assertEquals(null, estimate(draw(rows, one, 1), "y").standardError());
        Estimate exact = estimate(draw(rows, all, 1), "y");
        assertEquals(0.0, exact.standardError());
        assertEquals(exact.populationMean(), exact.estimate());
    }

    // Training weights

    @ParameterizedTest
    @EnumSource
    void trainingWeightsAreOneOverTheChanceAndOneOnAverage(Sampler sampler) {
        List<Candidate> rows = rows(300, 8);
        Draw how = new Draw(
                SampleSize.rows(60),
                sampler,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(new TrainingWeights(Double.POSITIVE_INFINITY)));
        List<SampledRow> sample = draw(rows, how, 1).rows().collect();
        double first = sample.get(0).weight() * sample.get(0).inclusionProb();
        for (SampledRow row : sample) {
            assertEquals(first, row.weight() * row.inclusionProb(), 1e-6 * first);
        }
        assertEquals(
                1, sample.stream().mapToDouble(SampledRow::weight).average().orElseThrow(), 1e-6);
    }

    @Test
    void whatIsClippedIsCountedAndTheMeanIsStillOne() {
        List<Candidate> rows = rows(300, 8);
        Draw how = new Draw(
                SampleSize.rows(60),
                Sampler.BOTTOM_K,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Optional.of(new TrainingWeights(2)));
        Sample sample = draw(rows, how, 1);
        List<SampledRow> kept = sample.rows().collect();
        double mean = kept.stream()
                .mapToDouble(row -> 1 / row.inclusionProb())
                .average()
                .orElseThrow();
        long beyond =
                kept.stream().filter(row -> 1 / row.inclusionProb() > 2 * mean).count();
        assertNotEquals(0, beyond);
        assertEquals(beyond, sample.notes().get("weights_clipped"));
        assertEquals(2.0, sample.notes().get("weight_clip"));
        assertEquals(1, kept.stream().mapToDouble(SampledRow::weight).average().orElseThrow(), 1e-6);
        double largest = kept.stream().mapToDouble(SampledRow::weight).max().orElseThrow();
        assertEquals(
                beyond,
                kept.stream().filter(row -> row.weight() == (float) largest).count());
        assertThrows(UserException.class, () -> new TrainingWeights(0.5));
    }

    /** What draws nothing has no chances to speak of. */
    @Test
    void aMethodThatDrawsNothingRefusesWhatIsAskedOfChance() {
        record First() implements SamplingMethod {
            @Override
            public Sample choose(Population population, Draw how, long seed) {
                Rows<SampledRow> first =
                        population.rows().where(row -> row.id().equals("row0")).map(row -> SampledRow.picked(row, 1));
                return new Sample(first, Optional.empty(), 20, 1, Optional.empty(), Map.of(), List.of(), List.of());
            }
        }
        Population population = Population.of(Rows.of(rows(20, 1)));
        Draw estimated = new Draw(
                SampleSize.rows(1),
                Sampler.BOTTOM_K,
                Optional.empty(),
                Optional.empty(),
                List.of("y"),
                Optional.empty());
        Estimate of = estimate(Sample.of(population, new First(), estimated, 1), "y");
        assertEquals(rows(20, 1).get(0).value("y"), of.sampleMean());
        assertEquals(null, of.estimate());
        assertThrows(UserException.class, () -> Sample.of(population, new First(), of(1).by(Sampler.POISSON), 1));
    }

    // Worth over density

    @Test
    void withoutInfluenceItIsTheSampleOfTheDensityToTheLastBit() {
        List<Candidate> rows = SparseRows.clustered(300, 8, 3).stream()
                .map(row -> new Candidate(row.id(), row.vector(), new Facts(null, Map.of("score", (double)
                        row.id().hashCode()))))
                .toList();
        WeightedMethod wds = new DiversifiedSampling(32, 256, 1);
        List<SampledRow> drawn =
                Sample.of(Population.of(Rows.of(rows)), wds, of(40), 9).rows().collect();
        List<SampledRow> same = Sample.of(
                        Population.of(Rows.of(rows)), new InfluencePerDensity("score", 0, 0.1, wds), of(40), 9)
                .rows()
                .collect();
        assertEquals(drawn, same);
        assertNotEquals(
                drawn,
                Sample.of(Population.of(Rows.of(rows)), new InfluencePerDensity("score", 1, 0.1, wds), of(40), 9)
                        .rows()
                        .collect());
    }

    /**
     * Two kinds of rows, weights 1 : 3, so of the first that is drawn the dear kind is three quarters. 400 seeds: standard
     * deviation sqrt(.75 * .25 / 400) = 0.0217; five of them are left one time in two million.
     */
    @Test
    void rowsAreDrawnInProportionToTheirWorth() {
        // max(s, 0) + delta = 1 + 1 and 5 + 1 with a mean positive part of 3 and floor = 1/3.
        List<Candidate> rows = IntStream.range(0, 10)
                .mapToObj(i -> new Candidate("r" + i, NOWHERE, new Facts(null, Map.of("worth", i < 5 ? 1.0 : 5.0))))
                .toList();
        InfluencePerDensity method = new InfluencePerDensity("worth", 1, 1 / 3.0, new UniformSampling());
        long dear = IntStream.range(0, 400)
                .filter(seed -> Sample.of(Population.of(Rows.of(rows)), method, of(1), seed)
                                .rows()
                                .collect()
                                .get(0)
                                .id()
                                .compareTo("r5")
                        >= 0)
                .count();
        assertEquals(0.75, dear / 400.0, 5 * 0.0217);
    }

    @Test
    void worthThatIsNowhereAboveZeroIsRefused() {
        List<Candidate> rows = IntStream.range(0, 10)
                .mapToObj(i -> new Candidate("r" + i, NOWHERE, new Facts(null, Map.of("worth", -1.0 * i))))
                .toList();
        InfluencePerDensity method = new InfluencePerDensity("worth", 1, 0.1, new UniformSampling());
        Population population = Population.of(Rows.of(rows));
        assertTrue(assertThrows(UserException.class, () -> Sample.of(population, method, of(3), 1))
                .getMessage()
                .contains("worth is above 0 in no row"));
    }

    @Test
    void aNumberThatIsMissingIsNamedWithItsRow() {
        Population population = Population.of(Rows.of(rows(20, 1)));
        String message = assertThrows(
                        UserException.class,
                        () -> Sample.of(
                                population, new InfluencePerDensity("worth", 1, 0.1, new UniformSampling()), of(3), 1))
                .getMessage();
        assertTrue(message.contains("worth = null of row id = row0"), message);
    }
}
