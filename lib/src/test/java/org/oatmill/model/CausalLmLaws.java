package org.oatmill.model;

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
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

/**
 * What every {@link CausalLm} must do, run over every row of the tables of subspaces and objectives.
 * A subclass names the model, and how exact it is.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class CausalLmLaws {

    private static final List<String> TEXTS = List.of(
            "a small river fish",
            "the act of moving a thing from one place to another place , slowly and with great care",
            "plant",
            "a large building where goods are made by many people",
            "an animal that lives in water",
            "the state of being happy");

    private DifferentiableLm model;

    /** A new base model; closed by the laws. */
    protected abstract DifferentiableLm open();

    /** How far two measurements of one thing may differ, in nats; 0 where they must be equal to the bit. */
    protected abstract float tolerance();

    /** Linear layers that LoRA may be put on. */
    protected abstract List<String> loraTargets();

    /** Rows of {@link Subspace#METHODS} that the model has no tensors for. */
    protected abstract List<String> refused();

    /** Probe radius at which differences of losses are well above their rounding. */
    protected float radius() {
        return 1e-2f;
    }

    @BeforeAll
    void openModel() {
        model = open();
    }

    @AfterAll
    void closeModel() {
        model.close();
    }

    /** Every supported row of the table, sized for small models, and a mask from outside the table. */
    protected Stream<Subspace> subspaces() {
        List<Subspace> all = new ArrayList<>();
        Subspace.METHODS.rows().forEach((name, typical) -> {
            if (!refused().contains(name)) {
                all.add(sized(typical));
            }
        });
        all.add(new Subspace.RandomMask(0.3, 5).mask(model.tensors()));
        return all.stream();
    }

    private Subspace sized(Subspace typical) {
        if (typical instanceof Subspace.Lora) {
            return new Subspace.Lora(2, 4, loraTargets(), 1);
        }
        return typical instanceof Subspace.RandomMask ? new Subspace.RandomMask(0.1, 3) : typical;
    }

    static Stream<Objective> objectives() {
        return Objective.METHODS.rows().values().stream();
    }

    // What a measurement is

    @Test
    void anotherBatchAndMorePaddingChangeNoRow() {
        Batch together = batch();
        float[][] losses = model.losses(together);
        float[][] tokens = model.tokenLosses(together);
        float[][] hidden = model.hidden(together);
        float[][] logits = model.logits(together);
        for (int row = 0; row < together.rows().size(); row++) {
            Batch alone = new Batch(List.of(together.rows().get(row)), together.length() + 16);
            same(losses[row], model.losses(alone)[0]);
            same(tokens[row], model.tokenLosses(alone)[0]);
            same(hidden[row], model.hidden(alone)[0]);
            same(logits[row], model.logits(alone)[0]);
        }
    }

    @Test
    void tokenLossesAreNegativeLogSoftmaxOfTheLogits() {
        Batch batch = batch();
        float[][] losses = model.tokenLosses(batch);
        float[][] logits = model.logits(batch);
        int vocabulary = model.tokenizer().size();
        for (int row = 0; row < losses.length; row++) {
            Sequence gold = gold(batch, row);
            assertEquals(gold.scored(), losses[row].length);
            assertEquals(gold.scored() * vocabulary, logits[row].length);
            for (int s = 0; s < gold.scored(); s++) {
                double sum = 0;
                for (int v = 0; v < vocabulary; v++) {
                    sum += Math.exp(logits[row][s * vocabulary + v]);
                }
                int token = gold.tokens()[gold.scoredFrom() + s];
                assertEquals(Math.log(sum) - logits[row][s * vocabulary + token], losses[row][s], 1e-4);
            }
        }
    }

    @Test
    void lossIsTheMeanOfTokenLosses() {
        Batch batch = batch();
        float[][] losses = model.losses(batch);
        float[][] tokens = model.tokenLosses(batch);
        for (int row = 0; row < losses.length; row++) {
            double mean = mean(tokens[row], null);
            assertEquals(mean, losses[row][batch.rows().get(row).gold()], 1e-5);
        }
    }

    @Test
    void tokenWeightsWeighTheMean() {
        Sequence gold = gold(batch(), 1);
        float[] weights = new float[gold.scored()];
        for (int s = 0; s < weights.length; s++) {
            weights[s] = s % 3;
        }
        weights[0] = 0.5f;
        Sequence weighted = new Sequence(gold.tokens(), gold.scoredFrom(), weights);
        Batch one = new Batch(List.of(new Example("w", List.of(weighted), 0, 1)), batch().length());

        assertEquals(mean(model.tokenLosses(one)[0], weights), model.losses(one)[0][0], 1e-5);
    }

    @Test
    void hiddenStatesHaveTheModelsSizeAndTellRowsApart() {
        float[][] hidden = model.hidden(batch());
        for (float[] row : hidden) {
            assertEquals(model.hiddenSize(), row.length);
        }
        assertFalse(Arrays.equals(hidden[0], hidden[1]));
    }

    // Probes

    @ParameterizedTest
    @MethodSource("subspaces")
    void sidesEqualTheirViews(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            for (Noise.Law law : Noise.Law.values()) {
                Direction z = new Direction.Seed(law, 11, 2, 1);
                Sides sides = fork.sides(batch(), z, radius());
                try (CausalLm plus = fork.at(z, radius());
                        CausalLm minus = fork.at(z, -radius())) {
                    same(sides.plus(), plus.losses(batch()));
                    same(sides.minus(), minus.losses(batch()));
                }
                assertFalse(Arrays.deepEquals(sides.plus(), sides.minus()), "the direction moves nothing");
                assertEquals(0, sides.entry());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void probesLeaveTheWeightsAlone(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Map<String, float[]> before = coordinates(fork);
            float[][] losses = fork.losses(batch());
            Direction z = seed(0, 0);
            fork.sides(batch(), z, radius());
            fork.at(z, radius()).losses(batch());
            fork.generate(List.of(prompt(0)), Decoding.greedy(3));

            sameBits(before, coordinates(fork));
            assertArrayEquals(losses, fork.losses(batch()));
        }
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void radiusZeroGivesEqualSides(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Sides sides = fork.sides(batch(), seed(4, 0), 0);

            assertArrayEquals(sides.plus(), sides.minus());
            same(fork.losses(batch()), sides.plus());
        }
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void seedIsACombinationOfOne(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Direction.Seed z = seed(6, 1);
            Direction one = new Direction.Combination(List.of(new Direction.Term(z, 1)));
            Sides seed = fork.sides(batch(), z, radius());
            Sides list = fork.sides(batch(), one, radius());

            assertArrayEquals(seed.plus(), list.plus());
            assertArrayEquals(seed.minus(), list.minus());
        }
    }

    /** A combination is measured where its sum, stored, is; up to the rounding of the sum. */
    @ParameterizedTest
    @MethodSource("subspaces")
    void combinationIsTheSumOfItsSeeds(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Direction list = new Direction.Combination(List.of(
                    new Direction.Term(seed(0, 0), 0.5f),
                    new Direction.Term(seed(0, 1), -2),
                    new Direction.Term(seed(1, 0), 1)));
            Map<String, float[]> sum = new HashMap<>();
            for (Subspace.Part part : fork.trainable()) {
                float[] z = new float[(int) part.tensor().size()];
                list.of(part.name()).add(0, 1, z, 0, z.length);
                sum.put(part.name(), z);
            }
            near(
                    fork.sides(batch(), new Direction.Stored(sum), radius()).plus(),
                    fork.sides(batch(), list, radius()).plus(),
                    1e-4f);
        }
    }

    @Test
    void directionsMoveNothingInABaseThatWasNotForked() {
        assertTrue(model.trainable().isEmpty());
        Sides sides = model.sides(batch(), seed(0, 0), radius());
        assertArrayEquals(sides.plus(), sides.minus());
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void viewOnlyMeasuresAndOnlyAtItsEntry(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Trajectory run = run(fork, subspace, 2, 1);
            CausalLm view = fork.at(seed(0, 0), radius());
            assertThrows(UnsupportedOperationException.class, () -> view.advance(run, 1));
            assertThrows(UnsupportedOperationException.class, () -> view.fork(subspace));
            view.losses(batch());
            fork.advance(run, 1);
            assertThrows(IllegalStateException.class, () -> view.losses(batch()));
        }
    }

    // Trajectories

    @ParameterizedTest
    @MethodSource("subspaces")
    void replayOfAThousandEntriesHasTheBitsOfTheModel(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Map<String, float[]> start = coordinates(fork);
            Trajectory run = run(fork, subspace, 1000, 3);
            for (long to : new long[] {1, 2, 40, 41, 999, 1000}) {
                fork.advance(run, to);
                assertEquals(to, fork.entry());
            }

            Map<String, float[]> expected = new HashMap<>();
            for (Subspace.Part part : fork.trainable()) {
                float[] theta = start.get(part.name()).clone();
                Trajectory.Replay replay = run.replay(part.name());
                if (part.kept() == null) {
                    // Two pieces of unequal length, because cuts must not matter.
                    int cut = theta.length / 3;
                    replay.apply(0, theta, 0, cut, 0, 1000);
                    replay.apply(cut, theta, cut, theta.length - cut, 0, 1000);
                } else {
                    replay.apply(part.kept(), theta, 0, 1000);
                }
                expected.put(part.name(), theta);
            }
            sameBits(expected, coordinates(fork));
            assertFalse(same(start, coordinates(fork)), "the run moves nothing");
        }
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void advanceIsIdempotent(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Trajectory run = run(fork, subspace, 10, 1);
            fork.advance(run, 7);
            Map<String, float[]> once = coordinates(fork);
            fork.advance(run, 7);
            fork.advance(run, 3);

            assertEquals(7, fork.entry());
            sameBits(once, coordinates(fork));
            assertEquals(7, fork.sides(batch(), seed(0, 0), radius()).entry());
            assertThrows(IllegalArgumentException.class, () -> fork.advance(run, 11));
        }
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void forkLeavesBaseAndSiblingsAlone(Subspace subspace) {
        float[][] base = model.losses(batch());
        try (CausalLm sibling = model.fork(subspace);
                CausalLm fork = model.fork(subspace)) {
            Map<String, float[]> before = coordinates(sibling);
            // Not the base's, where there is a prefix.
            float[][] start = sibling.losses(batch());
            fork.advance(run(fork, subspace, 5, 1), 5);

            sameBits(before, coordinates(sibling));
            assertArrayEquals(base, model.losses(batch()));
            assertArrayEquals(start, sibling.losses(batch()));
            try (CausalLm grandchild = fork.fork(subspace)) {
                assertEquals(0, grandchild.entry());
                sameBits(before, coordinates(grandchild));
                assertArrayEquals(start, grandchild.losses(batch()));
            }
        }
        assertArrayEquals(base, model.losses(batch()));
    }

    @Test
    void maskOfEverythingIsTheFullRun() {
        Map<String, long[]> everything = new HashMap<>();
        model.tensors()
                .forEach(tensor -> everything.put(
                        tensor.name(), LongStream.range(0, tensor.size()).toArray()));
        Subspace mask = new Subspace.Mask(everything);
        Subspace full = new Subspace.Full();
        try (CausalLm masked = model.fork(mask);
                CausalLm dense = model.fork(full);
                CausalLm random = model.fork(new Subspace.RandomMask(1, 8))) {
            masked.advance(run(masked, mask, 20, 2), 20);
            dense.advance(run(dense, full, 20, 2), 20);
            random.advance(run(random, new Subspace.RandomMask(1, 8), 20, 2), 20);

            sameBits(coordinates(dense), coordinates(masked));
            sameBits(coordinates(dense), coordinates(random));
            same(dense.losses(batch()), masked.losses(batch()));
            Sides probe = dense.sides(batch(), seed(9, 0), radius());
            same(probe.plus(), masked.sides(batch(), seed(9, 0), radius()).plus());
        }
    }

    /** The same weights reached in two ways: a masked run, and a full fork moved along the mask's change alone. */
    @Test
    void whatAMaskLeavesOutStays() {
        Subspace.Mask mask = new Subspace.RandomMask(0.2, 1).mask(model.tensors());
        try (CausalLm masked = model.fork(mask);
                CausalLm full = model.fork(new Subspace.Full())) {
            Map<String, float[]> start = coordinates(masked);
            masked.advance(run(masked, mask, 3, 1), 3);
            Map<String, float[]> change = new HashMap<>();
            for (Subspace.Part part : masked.trainable()) {
                float[] now = masked.coordinates(part.name());
                float[] delta = new float[(int) part.tensor().size()];
                for (int i = 0; i < now.length; i++) {
                    delta[(int) part.kept()[i]] = now[i] - start.get(part.name())[i];
                }
                change.put(part.name(), delta);
            }
            near(full.at(new Direction.Stored(change), 1).losses(batch()), masked.losses(batch()), 1e-4f);
        }
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void foreignTrajectoryIsRefusedByName(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            Trajectory run = run(fork, subspace, 2, 1);
            Trajectory.Header good = run.header();
            Map<String, Trajectory.Header> wrong = Map.of(
                    "model digest", header(good, "other", good.subspaceDigest(), good.noiseVersion(), good.tensors()),
                    "subspace digest", header(good, good.modelDigest(), "other", good.noiseVersion(), good.tensors()),
                    "noise version", header(good, good.modelDigest(), good.subspaceDigest(), 2, good.tensors()),
                    "tensors", header(good, good.modelDigest(), good.subspaceDigest(), 1, List.of()));
            wrong.forEach((field, header) -> {
                UserException refusal =
                        assertThrows(UserException.class, () -> fork.advance(new Trajectory(header, run.entries()), 1));
                assertTrue(refusal.getMessage().contains(field), refusal.getMessage());
            });
            fork.advance(run, 1);
            Trajectory.Header later = new Trajectory(good, List.of()).header();
            fork.advance(new Trajectory(later, run.entries()), 2);
            Trajectory other = run(fork, subspace, 3, 2);
            assertThrows(UserException.class, () -> fork.advance(other, 3));
            assertEquals(2, fork.entry());
        }
    }

    @Test
    void baseDoesNotMove() {
        try (CausalLm fork = model.fork(new Subspace.Full())) {
            Trajectory run = run(fork, new Subspace.Full(), 1, 1);
            assertThrows(IllegalStateException.class, () -> model.advance(run, 1));
        }
    }

    @Test
    void everyRowOfTheTableIsSupportedOrRefusedByName() {
        Subspace.METHODS.rows().forEach((name, typical) -> {
            if (refused().contains(name)) {
                UserException refusal = assertThrows(UserException.class, () -> model.fork(sized(typical)));
                assertTrue(refusal.getMessage().contains(name), refusal.getMessage());
            } else {
                model.fork(sized(typical)).close();
            }
        });
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void forkOwnsWhatItsSubspaceSays(Subspace subspace) {
        try (CausalLm fork = model.fork(subspace)) {
            long count = 0;
            for (Subspace.Part part : fork.trainable()) {
                assertEquals(part.size(), fork.coordinates(part.name()).length);
                count += part.size();
            }
            assertEquals(subspace.dimension(model.tensors()), count);
        }
    }

    /**
     * Eight threads measure while the ninth advances: every measurement has the bits of its entry,
     * and none is lost from the count.
     */
    @Test
    void measurementsWhileAdvancingAreThoseOfTheirEntry() throws Exception {
        Subspace subspace = new Subspace.Full();
        int entries = 12;
        try (CausalLm serial = model.fork(subspace);
                CausalLm fork = model.fork(subspace)) {
            Trajectory run = run(serial, subspace, entries, 1);
            List<float[][]> expected = new ArrayList<>();
            for (int e = 0; e <= entries; e++) {
                serial.advance(run, e);
                expected.add(serial.sides(batch(), seed(0, 0), radius()).plus());
            }
            ExecutorService threads = Executors.newFixedThreadPool(8);
            try {
                List<Callable<List<Sides>>> work = Collections.nCopies(8, () -> {
                    List<Sides> measured = new ArrayList<>();
                    for (int i = 0; i < 15; i++) {
                        measured.add(fork.sides(batch(), seed(0, 0), radius()));
                    }
                    return measured;
                });
                List<Future<List<Sides>>> running =
                        work.stream().map(threads::submit).toList();
                for (int e = 1; e <= entries; e++) {
                    fork.advance(run, e);
                }
                for (Future<List<Sides>> one : running) {
                    for (Sides sides : one.get()) {
                        same(expected.get((int) sides.entry()), sides.plus());
                    }
                }
            } finally {
                threads.shutdown();
            }
            assertEquals(8 * 15 * 2L * batch().rows().size(), fork.counts().forwards());
            assertEquals(entries, fork.entry());
        }
    }

    // Derivatives

    /**
     * Along a random direction, for every tensor alone: the inner product with the gradient is the
     * slope of the objective.
     */
    @ParameterizedTest
    @MethodSource("subspaces")
    void gradientsAreSlopesOfTheObjective(Subspace subspace) {
        for (Objective objective : objectives().filter(o -> differentiable(o)).toList()) {
            try (DifferentiableLm fork = model.fork(subspace)) {
                // Far from the start, where an adapter's B = 0 would hide A.
                fork.advance(far(fork, subspace), 1);
                Batch batch = batch();
                Map<String, float[][]> gradients = new ConcurrentHashMap<>();
                fork.gradients(
                        batch,
                        objective,
                        (row, tensor, gradient) -> gradients
                                        .computeIfAbsent(
                                                tensor,
                                                t -> new float[batch.rows().size()][])[row] =
                                gradient.clone());
                assertEquals(fork.trainable().size(), gradients.size());
                for (Subspace.Part part : fork.trainable()) {
                    float[] z = normal(part);
                    Direction along = new Direction.Stored(Map.of(part.name(), z));
                    double[] coarse = slopes(fork, batch, objective, along, radius() / 4);
                    double[] fine = slopes(fork, batch, objective, along, radius() / 8);
                    double largest = 0;
                    for (int row = 0; row < batch.rows().size(); row++) {
                        // Richardson: the error of both goes with the square of the radius.
                        double slope = (4 * fine[row] - coarse[row]) / 3;
                        float[] gradient = gradients.get(part.name())[row];
                        assertEquals(part.size(), gradient.length);
                        double product = 0;
                        for (int i = 0; i < gradient.length; i++) {
                            int at = part.kept() == null ? i : (int) part.kept()[i];
                            product += (double) gradient[i] * z[at];
                        }
                        assertEquals(product, slope, 2e-3 + 0.03 * Math.abs(product), part.name() + " row " + row);
                        largest = Math.max(largest, Math.abs(product));
                    }
                    // A mask may keep one or two coordinates of a tensor, and theirs may be flat.
                    assertTrue(
                            part.kept() != null || largest > 0.004,
                            "too flat along " + part.name() + " to tell: " + largest);
                }
            }
        }
    }

    /** Central differences of every row's objective. */
    private static double[] slopes(CausalLm fork, Batch batch, Objective objective, Direction along, float step) {
        Sides sides = fork.sides(batch, along, step);
        double[] slopes = new double[batch.rows().size()];
        for (int row = 0; row < slopes.length; row++) {
            Example example = batch.rows().get(row);
            slopes[row] =
                    (objective.of(example, sides.plus()[row]) - objective.of(example, sides.minus()[row])) / (2 * step);
        }
        return slopes;
    }

    @Test
    void countsAreRows() {
        try (DifferentiableLm fork = model.fork(new Subspace.Full())) {
            int rows = batch().rows().size();
            fork.losses(batch());
            fork.tokenLosses(batch());
            fork.hidden(batch());
            fork.logits(batch());
            assertEquals(new CausalLm.Counts(4L * rows, 0), fork.counts());
            fork.sides(batch(), seed(0, 0), radius());
            assertEquals(new CausalLm.Counts(6L * rows, 0), fork.counts());
            fork.at(seed(0, 0), radius()).losses(batch());
            fork.generate(List.of(prompt(0), prompt(1)), Decoding.greedy(2));
            assertEquals(new CausalLm.Counts(7L * rows + 2, 0), fork.counts());
            fork.gradients(batch(), new Objective.MeanNll(), (row, tensor, gradient) -> {});
            assertEquals(new CausalLm.Counts(8L * rows + 2, rows), fork.counts());
        }
    }

    // Generation

    @Test
    void greedyContinuationIsTheLikeliestTokenEachTime() {
        int[] prompt = prompt(0);
        int[] answer = model.generate(List.of(prompt), Decoding.greedy(5)).get(0);
        assertTrue(answer.length <= 5);
        int[] all = prompt;
        for (int token : answer) {
            all = append(all, token);
            float[] logits = model.logits(single(new Sequence(all, all.length - 1)))[0];
            for (float logit : logits) {
                assertTrue(logit <= logits[token] + tolerance(), "a likelier token was left out");
            }
        }
    }

    @Test
    void continuationDoesNotDependOnTheOtherPrompts() {
        Decoding how = new Decoding(6, 0.9f, 0.8f, List.of(), 17);
        List<int[]> together = model.generate(List.of(prompt(0), prompt(1), prompt(3)), how);
        assertArrayEquals(
                together.get(1), model.generate(List.of(prompt(1)), how).get(0));
        assertArrayEquals(
                together.get(0),
                model.generate(List.of(prompt(3), prompt(0)), how).get(1));
    }

    @Test
    void smallestNucleusIsGreedyAndSeedsDiffer() {
        int[] greedy = model.generate(List.of(prompt(1)), Decoding.greedy(8)).get(0);
        assertArrayEquals(
                greedy,
                model.generate(List.of(prompt(1)), new Decoding(8, 1, 1e-6f, List.of(), 3))
                        .get(0));
        // Twelve draws of eight tokens at temperature 1: that all agree is out of the question for these models.
        long different = IntStream.range(0, 12)
                .mapToObj(seed ->
                        Arrays.toString(model.generate(List.of(prompt(1)), new Decoding(8, 1.5f, 1, List.of(), seed))
                                .get(0)))
                .distinct()
                .count();
        assertTrue(different > 1);
    }

    @Test
    void continuationEndsBeforeItsStopText() {
        Decoding free = new Decoding(12, 1, 1, List.of(), 5);
        int[] tokens = model.generate(List.of(prompt(1)), free).get(0);
        assertTrue(tokens.length > 2, "too short to be cut");
        String text = model.tokenizer().decode(tokens);
        String stop = text.substring(text.length() / 2, text.length() / 2 + 2);
        int[] cut = model.generate(List.of(prompt(1)), new Decoding(12, 1, 1, List.of(stop), 5))
                .get(0);

        assertArrayEquals(Arrays.copyOf(tokens, cut.length), cut);
        assertTrue(cut.length < tokens.length);
        assertFalse(model.tokenizer().decode(cut).contains(stop));
        assertEquals(0, model.generate(List.of(prompt(1)), Decoding.greedy(0)).get(0).length);
    }

    @Test
    void closedForkMeasuresNoMoreAndTheBaseStillDoes() {
        CausalLm fork = model.fork(new Subspace.Full());
        Trajectory run = run(fork, new Subspace.Full(), 1, 1);
        fork.close();
        assertThrows(IllegalStateException.class, () -> fork.losses(batch()));
        assertThrows(IllegalStateException.class, () -> fork.advance(run, 1));
        model.losses(batch());
    }

    // Materials

    /** A classification batch of all rows, with options of unequal length. */
    protected Batch batch() {
        Task task = new Task(
                "{text} is a",
                Map.of("animal", " living thing", "artifact", " made thing , not living"),
                null,
                64,
                true);
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < TEXTS.size(); i++) {
            String label = i % 2 == 0 ? "animal" : "artifact";
            rows.add(task.example("row-" + i, Map.of("text", TEXTS.get(i)), label, 1, model.tokenizer()));
        }
        return new Batch(
                rows,
                BatchPlan.of(rows).batches().stream()
                        .mapToInt(Batch::length)
                        .max()
                        .orElseThrow());
    }

    private int[] prompt(int text) {
        int[] tokens = model.tokenizer().encode(TEXTS.get(text));
        if (model.tokenizer().bos() < 0) {
            return tokens;
        }
        int[] begun = new int[tokens.length + 1];
        begun[0] = model.tokenizer().bos();
        System.arraycopy(tokens, 0, begun, 1, tokens.length);
        return begun;
    }

    private static Batch single(Sequence sequence) {
        Example row = new Example("one", List.of(sequence), 0, 1);
        return BatchPlan.of(List.of(row)).batches().get(0);
    }

    private static int[] append(int[] tokens, int token) {
        int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
        longer[tokens.length] = token;
        return longer;
    }

    private static Direction.Seed seed(long step, long query) {
        return new Direction.Seed(Noise.Law.GAUSSIAN, 42, step, query);
    }

    /** A run with decay on every second tensor, a skipped entry, and coefficients of both signs. */
    static Trajectory run(CausalLm fork, Subspace subspace, int entries, int queries) {
        List<TensorShape> tensors =
                fork.trainable().stream().map(Subspace.Part::tensor).toList();
        List<String> decayed = IntStream.range(0, tensors.size())
                .filter(t -> t % 2 == 0)
                .mapToObj(t -> tensors.get(t).name())
                .toList();
        List<Trajectory.Entry> lines = new ArrayList<>();
        for (int e = 0; e < entries; e++) {
            int step = e / queries;
            int query = e % queries;
            boolean skipped = e % 50 == 49;
            float gradient = (float) Math.sin(e);
            lines.add(new Trajectory.Entry(
                    step, query, gradient, skipped ? 0 : -1e-3f * gradient, skipped || query > 0 ? 1 : 0.9999f));
        }
        return new Trajectory(
                new Trajectory.Header(
                        Trajectory.FORMAT,
                        Noise.VERSION,
                        Noise.Law.GAUSSIAN,
                        Long.MIN_VALUE + 5,
                        fork.digest(),
                        subspace.digest(),
                        tensors,
                        decayed,
                        "sgd",
                        1e-3f,
                        false,
                        queries,
                        "plan",
                        "any"),
                lines);
    }

    private static Trajectory.Header header(
            Trajectory.Header like, String model, String subspace, int noise, List<TensorShape> tensors) {
        return new Trajectory.Header(
                like.format(),
                noise,
                like.law(),
                like.master(),
                model,
                subspace,
                tensors,
                like.decayed(),
                like.updateLaw(),
                like.epsilon(),
                like.oneSided(),
                like.queries(),
                like.batchPlanDigest(),
                like.instructionSet());
    }

    /** A run of one long step. */
    private static Trajectory far(CausalLm fork, Subspace subspace) {
        Trajectory run = run(fork, subspace, 1, 1);
        return new Trajectory(run.header(), List.of(new Trajectory.Entry(0, 0, 1, 0.05f, 1)));
    }

    /** Normal noise in the trainable coordinates of one tensor, zero elsewhere. */
    private static float[] normal(Subspace.Part part) {
        float[] z = new float[(int) part.tensor().size()];
        float[] noise = new float[(int) part.size()];
        Noise.stream(3, 1, 4, part.name()).fill(Noise.Law.GAUSSIAN, 0, noise, 0, noise.length);
        for (int i = 0; i < noise.length; i++) {
            z[part.kept() == null ? i : (int) part.kept()[i]] = noise[i];
        }
        return z;
    }

    private static boolean differentiable(Objective objective) {
        return !(objective instanceof Objective.NegativeAccuracy);
    }

    private static Sequence gold(Batch batch, int row) {
        Example example = batch.rows().get(row);
        return example.options().get(example.gold());
    }

    private static double mean(float[] values, float[] weights) {
        double sum = 0;
        double total = 0;
        for (int i = 0; i < values.length; i++) {
            double weight = weights == null ? 1 : weights[i];
            sum += weight * values[i];
            total += weight;
        }
        return sum / total;
    }

    private static Map<String, float[]> coordinates(CausalLm fork) {
        Map<String, float[]> all = new HashMap<>();
        fork.trainable().forEach(part -> all.put(part.name(), fork.coordinates(part.name())));
        return all;
    }

    private static boolean same(Map<String, float[]> a, Map<String, float[]> b) {
        return a.keySet().equals(b.keySet())
                && a.keySet().stream().allMatch(name -> Arrays.equals(a.get(name), b.get(name)));
    }

    private static void sameBits(Map<String, float[]> expected, Map<String, float[]> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
        assertNotEquals(0, expected.size());
    }

    private void same(float[][] expected, float[][] actual) {
        near(expected, actual, tolerance());
    }

    private void same(float[] expected, float[] actual) {
        near(new float[][] {expected}, new float[][] {actual}, tolerance());
    }

    private static void near(float[][] expected, float[][] actual, float tolerance) {
        assertEquals(expected.length, actual.length);
        for (int row = 0; row < expected.length; row++) {
            if (tolerance == 0) {
                assertArrayEquals(expected[row], actual[row], "row " + row);
            } else {
                assertArrayEquals(expected[row], actual[row], tolerance, "row " + row);
            }
        }
    }
}
