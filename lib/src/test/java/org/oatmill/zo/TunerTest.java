package org.oatmill.zo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.BigramLm;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Direction;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Sides;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;
import org.oatmill.model.Trajectory;

/** What a zeroth-order run promises, on a model small enough to do everything by hand. */
class TunerTest {
    private static final Subspace FULL = new Subspace.Full();
    private static final List<Example> ROWS = Toy.rows(0, 30);
    private static final List<Example> TARGET = Toy.rows(30, 40);
    private static final List<Example> DEV = Toy.rows(40, 60);

    private static Tuner tuner(Tuning tuning, long master) {
        return new Tuner(tuning, Origin.of(fork(), FULL), master, ROWS, TARGET, DEV);
    }

    private static BigramLm fork() {
        return (BigramLm) Toy.model().fork(FULL);
    }

    private static Tuned run(Tuning tuning, long master) {
        return tuner(tuning, master).run(Prober.on(fork()));
    }

    private static Map<String, float[]> coordinates(CausalLm model) {
        Map<String, float[]> all = new TreeMap<>();
        model.trainable().forEach(part -> all.put(part.name(), model.coordinates(part.name())));
        return all;
    }

    static List<Estimator> estimators() {
        return List.copyOf(Estimator.METHODS.rows().values());
    }

    // Replay and resume

    @ParameterizedTest
    @MethodSource("estimators")
    void eightBytesALineAndTheHeaderMakeTheTrainedWeightsAgain(Estimator estimator) {
        BigramLm trained = fork();
        Tuned run = tuner(Toy.tuning(estimator, 25, 0.05, 0.1, 0, null), 5).run(Prober.on(trained));
        trained.advance(run.trajectory(), run.lines().size());

        BigramLm replayed = fork();
        replayed.advance(Trajectory.of(run.trajectory().bytes()), run.lines().size());

        assertEquals(25 * estimator.queries(), run.lines().size());
        coordinates(trained).forEach((name, values) -> assertArrayEquals(values, replayed.coordinates(name), name));
        assertFalse(Arrays.equals(
                trained.coordinates("model.embed_tokens.weight"), fork().coordinates("model.embed_tokens.weight")));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 9, 10, 11, 24})
    void goingOnFromAnyStepIsTheUninterruptedRun(int step) {
        Tuning tuning = new Tuning(
                new Objective.OptionCrossEntropy(),
                new Estimator.Spsa(2, 1e-3f, Noise.Law.RADEMACHER),
                25,
                8,
                4,
                0.05,
                new Schedule.Linear(0.1),
                0.1,
                5,
                Tuning.Keep.HIGHEST_ACCURACY,
                null);
        Tuner tuner = tuner(tuning, 6);
        Tuned whole = tuner.run(Prober.on(fork()));

        Tuned begun = tuner.run(Prober.on(fork()), null, step, evaluation -> {});
        assertEquals(2 * step, begun.lines().size());
        Tuned resumed = tuner(tuning, 6).run(Prober.on(fork()), begun, 25, evaluation -> {});

        assertEquals(whole, resumed);
    }

    @Test
    void aRunOfOtherSettingsIsNotGoneOnWith() {
        Tuned other = run(Toy.tuning(1, 5, 0.05), 7);

        assertThrows(UserException.class, () -> tuner(Toy.tuning(2, 5, 0.05), 7)
                .run(Prober.on(fork()), other, 5, evaluation -> {}));
    }

    // Where it is measured

    /** Probes in threads, in reverse, on several forks: a prober that does all that a cluster may do. */
    @ParameterizedTest
    @MethodSource("estimators")
    void itDoesNotMatterWhereAndInWhichOrderProbesAreMeasured(Estimator estimator) {
        Tuning tuning = Toy.tuning(estimator, 12, 0.05, 0, 3, null);
        List<BigramLm> forks = List.of(fork(), fork(), fork());
        Prober scattered = (at, probes) -> {
            Sides[] measured = new Sides[probes.size()];
            List<Integer> order = new ArrayList<>();
            for (int i = probes.size() - 1; i >= 0; i--) {
                order.add(i);
            }
            Collections.shuffle(order, new Random(at.entries().size()));
            ForkJoinPool.commonPool()
                    .submit(() -> order.parallelStream().forEach(i -> {
                        BigramLm fork = forks.get(i % forks.size());
                        fork.advance(at, at.entries().size());
                        probes.get(i).of(fork);
                        measured[i] = probes.get(i).of(fork); // a retry
                    }))
                    .join();
            return List.of(measured);
        };

        assertEquals(run(tuning, 8), tuner(tuning, 8).run(scattered));
    }

    @Test
    void aMeasurementOfAnotherEntryIsRefused() {
        BigramLm fork = fork();
        Prober lazy =
                (at, probes) -> probes.stream().map(probe -> probe.of(fork)).toList();

        assertThrows(IllegalStateException.class, () -> tuner(Toy.tuning(1, 3, 0.05), 8)
                .run(lazy));
    }

    // The estimator

    /**
     * MeZO's algorithm 1 with weights in arrays, everything in double. Losses agree to a float's 1e-7 of
     * 1, so slopes to 1e-7 / 1e-3; ten steps at rate 0.05 leave weights within 10 · 0.05 · 1e-4 · 4 of
     * each other, four being the largest coordinate of a direction, and what of this feeds back.
     */
    @Test
    void oneQueryIsMezoByHand() {
        BigramLm base = Toy.model();
        Map<String, double[]> theta = new HashMap<>();
        fork().trainable().forEach(part -> theta.put(part.name(), doubles(fork().coordinates(part.name()))));
        Tuner tuner = tuner(Toy.tuning(1, 10, 0.05), 9);
        double epsilon = 1e-3f;
        List<Double> slopes = new ArrayList<>();
        for (int step = 0; step < 10; step++) {
            Map<String, float[]> z = new HashMap<>();
            for (TensorShape tensor : base.tensors()) {
                z.put(tensor.name(), new float[(int) tensor.size()]);
                Noise.stream(9, step, 0, tensor.name())
                        .fill(Noise.Law.GAUSSIAN, 0, z.get(tensor.name()), 0, (int) tensor.size());
            }
            double plus = loss(base, theta, z, epsilon, tuner.stepBatch(step));
            double minus = loss(base, theta, z, -epsilon, tuner.stepBatch(step));
            double g = (plus - minus) / (2 * epsilon);
            slopes.add(g);
            theta.forEach((name, values) -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] -= 0.05 * g * z.get(name)[i];
                }
            });
        }

        BigramLm trained = fork();
        Tuned run = tuner.run(Prober.on(trained));
        for (int step = 0; step < 10; step++) {
            assertEquals(slopes.get(step), run.lines().get(step).entry().projectedGradient(), 2e-3);
        }
        trained.advance(run.trajectory(), 10);
        coordinates(trained).forEach((name, values) -> assertArrayEquals(doubles(values), theta.get(name), 1e-3, name));
    }

    private static double loss(
            BigramLm base, Map<String, double[]> theta, Map<String, float[]> z, double epsilon, List<Example> rows) {
        Map<String, float[]> weights = new HashMap<>();
        theta.forEach((name, values) -> {
            float[] moved = new float[values.length];
            for (int i = 0; i < moved.length; i++) {
                moved[i] = (float) (values[i] + epsilon * z.get(name)[i]);
            }
            weights.put(name, moved);
        });
        try (BigramLm model = new BigramLm(base.tokenizer(), base.hiddenSize(), weights)) {
            double sum = 0;
            double all = 0;
            for (Example row : rows) {
                float[] losses = model.losses(new Batch(List.of(row), row.longest()))[0];
                sum += row.weight() * new Objective.OptionCrossEntropy().of(row, losses);
                all += row.weight();
            }
            return sum / all;
        }
    }

    private static double[] doubles(float[] values) {
        double[] wide = new double[values.length];
        Arrays.setAll(wide, i -> values[i]);
        return wide;
    }

    /** All queries are measured at the same weights, and together they move as the mean of the moves that each would make. */
    @Test
    void nQueriesMoveByTheMeanOfTheirSingleMoves() {
        Tuned run = run(Toy.tuning(4, 1, 0.05), 10);
        Tuner tuner = tuner(Toy.tuning(4, 1, 0.05), 10);
        String tensor = "lm_head.weight";
        float[] start = fork().coordinates(tensor);
        double[] mean = doubles(start);
        for (int query = 0; query < 4; query++) {
            Direction.Seed z = new Direction.Seed(Noise.Law.GAUSSIAN, 10, 0, query);
            Map<String, Double> plus = new HashMap<>();
            Map<String, Double> minus = new HashMap<>();
            for (Batch batch : BatchPlan.of(tuner.stepBatch(0)).batches()) {
                Sides sides = fork().sides(batch, z, 1e-3f);
                for (int r = 0; r < batch.rows().size(); r++) {
                    Example row = batch.rows().get(r);
                    plus.put(row.id(), new Objective.OptionCrossEntropy().of(row, sides.plus()[r]));
                    minus.put(row.id(), new Objective.OptionCrossEntropy().of(row, sides.minus()[r]));
                }
            }
            List<Example> rows = new ArrayList<>(tuner.stepBatch(0));
            rows.sort((a, b) -> a.id().compareTo(b.id()));
            float slope = (float) ((RowMean.of(rows, plus) - RowMean.of(rows, minus)) / (2.0 * 1e-3f));
            Trajectory.Entry entry = run.lines().get(query).entry();
            assertEquals(slope, entry.projectedGradient());
            assertEquals((float) (-(0.05 / 4) * slope), entry.coefficient());
            float[] single = new float[start.length];
            z.of(tensor).add(0, (float) (-0.05 * slope), single, 0, single.length);
            for (int i = 0; i < mean.length; i++) {
                mean[i] += single[i] / 4.0;
            }
        }
        BigramLm moved = fork();
        moved.advance(run.trajectory(), 4);
        assertArrayEquals(mean, doubles(moved.coordinates(tensor)), 1e-6);
    }

    @Test
    void oneSidedProbesShareTheLossAsItIs() {
        Tuned run = run(Toy.tuning(new Estimator.OneSided(3, 1e-3f, Noise.Law.RADEMACHER), 2, 0.05, 0, 0, null), 11);

        assertTrue(run.header().oneSided());
        assertEquals(run.lines().get(0).lossMinus(), run.lines().get(1).lossMinus());
        assertNotEquals(run.lines().get(0).lossPlus(), run.lines().get(1).lossPlus());
        Map<String, Double> losses = new HashMap<>();
        List<Example> rows = new ArrayList<>(tuner(Toy.tuning(1, 1, 0.05), 11).stepBatch(0));
        for (Batch batch : BatchPlan.of(rows).batches()) {
            float[][] here = fork().losses(batch);
            for (int r = 0; r < here.length; r++) {
                Example row = batch.rows().get(r);
                losses.put(row.id(), new Objective.OptionCrossEntropy().of(row, here[r]));
            }
        }
        rows.sort((a, b) -> a.id().compareTo(b.id()));
        assertEquals(RowMean.of(rows, losses), run.lines().get(0).lossMinus());
    }

    // Rows

    @Test
    void lossesOfRowsReproduceTheCommittedLossesExactly() {
        Tuned run = run(Toy.tuning(new Estimator.Spsa(2, 1e-3f, Noise.Law.GAUSSIAN), 9, 0.05, 0, 4, null), 12);
        Map<String, Example> byId = new TreeMap<>();
        ROWS.forEach(row -> byId.put(row.id(), row));
        for (Tuned.Line line : run.lines()) {
            Map<String, Double> plus = new TreeMap<>();
            Map<String, Double> minus = new TreeMap<>();
            run.rows().stream()
                    .filter(row -> row.step() == line.entry().step()
                            && row.query() == line.entry().query()
                            && row.role().equals("train"))
                    .forEach(row -> {
                        plus.put(row.id(), row.lossPlus());
                        minus.put(row.id(), row.lossMinus());
                    });
            assertEquals(8, plus.size());
            List<Example> rows = plus.keySet().stream().map(byId::get).toList();
            assertEquals(line.lossPlus(), RowMean.of(rows, plus));
            assertEquals(line.lossMinus(), RowMean.of(rows, minus));
            assertEquals(
                    line.entry().projectedGradient(), (float) ((line.lossPlus() - line.lossMinus()) / (2.0 * 1e-3f)));
        }
    }

    /** The known answer of a weighted mean, over more than one block. */
    @Test
    void aMeanIsWeighted() {
        Map<String, Double> values = new HashMap<>();
        ROWS.forEach(row -> values.put(row.id(), (double) row.weight()));
        // Weights are 1, 2 and 3, ten times each.
        assertEquals((1 + 4 + 9) / 6.0, RowMean.of(ROWS, values), 1e-12);
        assertTrue(Double.isNaN(RowMean.of(List.of(), values)));
    }

    @Test
    void anEpochShowsEveryRowOnceSaveThoseThatFillNoBatch() {
        Tuner tuner = tuner(Toy.tuning(1, 100, 0.05), 13);
        TreeSet<String> everBefore = new TreeSet<>();
        for (int epoch = 0; epoch < 8; epoch++) {
            List<String> ids = new ArrayList<>();
            for (int b = 0; b < 3; b++) {
                tuner.stepBatch(3 * epoch + b).forEach(row -> ids.add(row.id()));
            }
            assertEquals(24, new TreeSet<>(ids).size());
            everBefore.addAll(ids);
        }
        // One of 30 rows is left out of 8 epochs once in 30 · 0.2^8 = 8e-5 of masters; this is one.
        assertEquals(30, everBefore.size());
        List<Example> reversed = new ArrayList<>(ROWS);
        Collections.reverse(reversed);
        Tuner other = new Tuner(Toy.tuning(1, 100, 0.05), Origin.of(fork(), FULL), 13, reversed, TARGET, DEV);
        assertEquals(tuner.stepBatch(17), other.stepBatch(17));
        assertNotEquals(tuner.stepBatch(0), tuner.stepBatch(3));
    }

    @Test
    void targetRowsAreMeasuredAlongTheSameDirectionsAndChangeNothing() {
        Estimator estimator = new Estimator.Spsa(2, 1e-3f, Noise.Law.GAUSSIAN);
        Tuned with = run(Toy.tuning(estimator, 6, 0.05, 0, 10, null), 14);
        Tuned without = run(Toy.tuning(estimator, 6, 0.05, 0, 0, null), 14);

        assertEquals(without.lines(), with.lines());
        assertEquals(12, with.target().size());
        assertEquals(List.of(), without.target());
        assertEquals(without.forwards() + 6 * 2 * 2 * 10, with.forwards());
        Map<String, Double> plus = new TreeMap<>();
        Map<String, Double> minus = new TreeMap<>();
        for (Batch batch : BatchPlan.of(TARGET).batches()) {
            Sides sides = fork().sides(batch, new Direction.Seed(Noise.Law.GAUSSIAN, 14, 0, 1), 1e-3f);
            for (int r = 0; r < batch.rows().size(); r++) {
                Example row = batch.rows().get(r);
                plus.put(row.id(), new Objective.OptionCrossEntropy().of(row, sides.plus()[r]));
                minus.put(row.id(), new Objective.OptionCrossEntropy().of(row, sides.minus()[r]));
            }
        }
        double slope = (RowMean.of(TARGET, plus) - RowMean.of(TARGET, minus)) / (2.0 * 1e-3f);
        assertEquals((float) slope, with.target().get(1).projectedGradient());
    }

    // Degenerate

    @Test
    void noRateAndNoRadiusMoveNothing() {
        for (Tuning still : List.of(
                Toy.tuning(1, 3, 0), Toy.tuning(new Estimator.Spsa(2, 0, Noise.Law.GAUSSIAN), 3, 0.05, 0.1, 0, null))) {
            BigramLm fork = fork();
            Tuned run = tuner(still, 15).run(Prober.on(fork));
            fork.advance(run.trajectory(), run.lines().size());
            coordinates(fork).forEach((name, values) -> assertArrayEquals(fork().coordinates(name), values, name));
        }
        Tuned noRadius = run(Toy.tuning(new Estimator.Spsa(2, 0, Noise.Law.GAUSSIAN), 3, 0.05, 0.1, 0, null), 15);
        assertTrue(noRadius.lines().stream()
                .noneMatch(line -> line.accepted()
                        || line.entry().coefficient() != 0
                        || line.entry().keep() != 1));
    }

    /** A loss that is no number on one side of some probes. */
    @Test
    void aProbeWithoutAFiniteSlopeIsSkippedAndWrittenDown() {
        Tuning tuning = Toy.tuning(new Estimator.Spsa(2, 1e-3f, Noise.Law.GAUSSIAN), 4, 0.05, 0.5, 0, null);
        BigramLm fork = fork();
        Prober broken = (at, probes) -> {
            List<Sides> measured = new ArrayList<>(Prober.on(fork).measure(at, probes));
            if (at.entries().size() == 2) {
                measured.get(0).plus()[3][0] = Float.NaN;
            }
            return measured;
        };
        Tuned run = tuner(tuning, 16).run(broken);

        List<Tuned.Line> second = run.lines().subList(2, 4);
        assertFalse(second.get(0).accepted());
        assertEquals(0, second.get(0).entry().coefficient());
        assertEquals(1, second.get(0).entry().keep());
        assertTrue(second.get(1).accepted());
        assertEquals((float) (1 - 0.05 * 0.5), second.get(1).entry().keep());
        assertEquals(1, run.lines().get(1).entry().keep());
        assertTrue(run.lines().get(7).accepted());
    }

    @Test
    void decaySparesNorms() {
        assertTrue(run(Toy.tuning(1, 1, 0.05), 1).header().decayed().stream().noneMatch(name -> name.contains("norm")));
        assertTrue(run(Toy.tuning(1, 1, 0.05), 1).header().decayed().contains("lm_head.weight"));
    }

    @Test
    void nothingToLearnFromIsRefused() {
        assertThrows(
                UserException.class,
                () -> new Tuner(Toy.tuning(1, 1, 1), Origin.of(fork(), FULL), 1, List.of(), List.of(), DEV));
    }

    @Test
    void seedZeroIsASeed() {
        assertNotEquals(
                run(Toy.tuning(1, 2, 0.05), 0).lines(),
                run(Toy.tuning(1, 2, 0.05), 1).lines());
    }

    // Learning

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void lossFallsAndTheBestOfTheCurveIsKept(long master) {
        Tuned run = run(Toy.tuning(1, 400, 0.05), master);

        double start = run.curve().get(0).loss();
        assertTrue(run.best().loss() < 0.7 * start, start + " -> " + run.best());
        assertEquals(
                run.curve().stream().mapToDouble(Tuned.Evaluation::loss).min().getAsDouble(),
                run.best().loss());
        assertEquals(run.best().step(), run.bestEntry());
        // 8 rows, two sides, 400 steps; 20 dev rows at the start, after every tenth step and at the end.
        assertEquals(400 * 2 * 8 + 41 * 20, run.forwards());
    }

    /** Four times the directions at four times the rate get further in as many steps (zeroth-order.md, section 11). */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2})
    void moreDirectionsGetFurtherInAsManySteps(long master) {
        Tuned one = run(Toy.tuning(1, 100, 0.03), master);
        Tuned four = run(Toy.tuning(4, 100, 0.12), master);

        assertTrue(four.best().loss() < one.best().loss(), one.best() + " and " + four.best());
    }

    @Test
    void patienceEndsARunThatGetsNoBetter() {
        Tuned run = run(Toy.tuning(new Estimator.Spsa(1, 1e-3f, Noise.Law.GAUSSIAN), 500, 0, 0, 0, 3), 17);

        assertEquals(30, run.lines().size());
        assertEquals(0, run.best().step());
        assertEquals(4, run.curve().size());
    }
}
