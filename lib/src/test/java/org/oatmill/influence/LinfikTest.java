package org.oatmill.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;
import org.oatmill.model.Batch;
import org.oatmill.model.BigramLm;
import org.oatmill.model.Direction;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;

/** The engines of LinFiK against the gradient step they predict, against each other, and against leaving rows out. */
class LinfikTest {
    private static final Objective OBJECTIVE = new Objective.OptionCrossEntropy();

    private static double loss(BigramLm model, List<EvidenceRow> rows, Direction along, float by) {
        double sum = 0;
        double weight = 0;
        var view = model.at(along, by);
        for (Batch batch : Evidence.batches(rows)) {
            double[] losses = Losses.of(batch, view.losses(batch), OBJECTIVE);
            for (int r = 0; r < losses.length; r++) {
                sum += batch.rows().get(r).weight() * losses[r];
                weight += batch.rows().get(r).weight();
            }
        }
        return sum / weight;
    }

    private static Direction gradient(BigramLm model, EvidenceRow row) {
        Map<String, float[]> gradient = new HashMap<>();
        model.gradients(
                Evidence.batches(List.of(row)).get(0), OBJECTIVE, (r, tensor, g) -> gradient.put(tensor, g.clone()));
        return new Direction.Stored(gradient);
    }

    /** Also the sign: a row of positive score lowers the target loss. */
    @Test
    void aGradientStepLowersTheTargetLossByTheScoreTheMoreExactlyTheSmallerTheStep() {
        BigramLm model = Glosses.model().fork(new Subspace.Full());
        Evidence evidence = Glosses.evidence(model);
        double[] scores = new Linfik(1e-3).values(evidence).scores();
        int large = 0;
        for (int i = 0; i < scores.length; i++) {
            // Of smaller ones the losses' own rounding, 1e-7, is too large a part.
            if (Math.abs(scores[i]) < 3) {
                continue;
            }
            large++;
            Direction g = gradient(model, evidence.rows().get(i));
            double error = Double.POSITIVE_INFINITY;
            for (float eta : new float[] {1e-3f, 3e-4f, 1e-4f}) {
                double drop = loss(model, evidence.target(), g, 0) - loss(model, evidence.target(), g, -eta);
                double ratio = drop / (eta * scores[i]);
                assertTrue(Math.abs(ratio - 1) < error, "row " + i + ", eta " + eta + ": " + ratio);
                error = Math.abs(ratio - 1);
            }
            assertTrue(error < 0.05, "row " + i + ": " + error);
        }
        assertTrue(large > 10, large + " rows");
    }

    static Stream<Subspace> subspaces() {
        return Stream.of(
                new Subspace.Full(),
                new Subspace.RandomMask(0.3, 3),
                new Subspace.Half(0, 1),
                new Subspace.Lora(2, 4, List.of("lm_head"), 1));
    }

    @ParameterizedTest
    @MethodSource("subspaces")
    void twoForwardsARowGiveTheScalarProductOfGradients(Subspace subspace) {
        Evidence evidence = Glosses.evidence(Glosses.model().fork(subspace));

        double[] exact =
                new ExactLinfik(ExactLinfik.Normalisation.NONE).values(evidence).scores();
        double[] probed = new Linfik(1e-3).values(evidence).scores();

        assertTrue(Ranks.spearman(exact, probed) > 0.9999);
        double largest = IntStream.range(0, exact.length)
                .mapToDouble(i -> Math.abs(exact[i]))
                .max()
                .orElseThrow();
        for (int i = 0; i < exact.length; i++) {
            assertEquals(exact[i], probed[i], 1e-3 * largest);
        }
    }

    @Test
    void cosineIsTheScalarProductOverBothLengths() {
        Evidence evidence = Glosses.evidence(Glosses.model().fork(new Subspace.Full()));
        Valuation dot = new ExactLinfik(ExactLinfik.Normalisation.NONE).values(evidence);
        Valuation cosine = new ExactLinfik(ExactLinfik.Normalisation.COSINE).values(evidence);
        double[] squares = new SelfInfluence().values(evidence).scores();
        double norm = dot.notes().get("target_gradient_norm");
        for (int i = 0; i < squares.length; i++) {
            assertEquals(dot.scores()[i] / norm / Math.sqrt(squares[i]), cosine.scores()[i], 1e-12);
        }
        assertEquals("cosine", cosine.normalisation());
    }

    /** So Grad-Cos cannot find wrong labels: every row is its own best friend, to the same degree. */
    @Test
    void aRowAgainstItselfHasItsSquaredLengthAndCosineOne() {
        BigramLm model = Glosses.model().fork(new Subspace.Full());
        Evidence all = Glosses.evidence(model);
        double[] squares = new SelfInfluence().values(all).scores();
        for (int i = 0; i < 10; i++) {
            List<EvidenceRow> own = List.of(all.rows().get(i));
            Evidence self = new Evidence(own, own, all.model(), OBJECTIVE, 0);
            double dot =
                    new ExactLinfik(ExactLinfik.Normalisation.NONE).values(self).scores()[0];
            double cosine = new ExactLinfik(ExactLinfik.Normalisation.COSINE)
                    .values(self)
                    .scores()[0];
            assertTrue(squares[i] > 0);
            assertEquals(squares[i], dot, 1e-6 * squares[i]);
            assertEquals(1, cosine, 1e-6);
        }
    }

    /** Fixed seeds; signal-to-noise grows as the square root of their number. */
    @Test
    void moreSeedsComeNearerToTheGradient() {
        BigramLm model = Glosses.model().fork(new Subspace.Full());
        Evidence evidence = Glosses.evidence(model);
        double[] exact =
                new ExactLinfik(ExactLinfik.Normalisation.NONE).values(evidence).scores();
        double before = 0;
        for (int seeds : new int[] {4, 64, 1024}) {
            double[] scores = new SeedLinfik(seeds, Noise.Law.GAUSSIAN, 1e-3)
                    .values(evidence)
                    .scores();
            double agreement = Ranks.pearson(exact, scores);
            assertTrue(agreement > before, seeds + " seeds: " + agreement);
            before = agreement;
        }
        assertTrue(before > 0.9, "1024 seeds: " + before);
    }

    @Test
    void weightsOfTargetRowsCountAndThoseOfValuedRowsDoNot() {
        BigramLm model = Glosses.model().fork(new Subspace.Full());
        Evidence evidence = Glosses.evidence(model);
        List<EvidenceRow> twice = new ArrayList<>(evidence.target());
        EvidenceRow heavy = weighted(twice.get(0), twice.get(0).example().weight() * 5);
        List<EvidenceRow> other = new ArrayList<>(twice);
        other.set(0, heavy);
        double[] plain = new Linfik(1e-3).values(evidence).scores();
        double[] moved = new Linfik(1e-3)
                .values(new Evidence(evidence.rows(), other, evidence.model(), OBJECTIVE, 7))
                .scores();
        double[] rows = new Linfik(1e-3)
                .values(new Evidence(
                        evidence.rows().stream().map(row -> weighted(row, 9)).toList(),
                        evidence.target(),
                        evidence.model(),
                        OBJECTIVE,
                        7))
                .scores();
        assertTrue(Ranks.pearson(plain, moved) < 0.9999);
        assertEquals(List.of(box(plain)), List.of(box(rows)));
    }

    private static List<Double> box(double[] values) {
        return java.util.Arrays.stream(values).boxed().toList();
    }

    private static EvidenceRow weighted(EvidenceRow row, float weight) {
        Example e = row.example();
        return new EvidenceRow(
                row.id(), row.text(), row.label(), new Example(e.id(), e.options(), e.gold(), weight), null, null);
    }

    @Test
    void aLossThatCannotFallIsRefusedByName() {
        BigramLm model = Glosses.model().fork(new Subspace.Full());
        Evidence evidence = Glosses.evidence(model);
        List<EvidenceRow> single = evidence.target().stream()
                .map(row -> new EvidenceRow(
                        row.id(),
                        row.text(),
                        null,
                        new Example(row.id(), row.example().options().subList(0, 1), 0, 1),
                        null,
                        null))
                .toList();
        Evidence one = new Evidence(evidence.rows(), single, evidence.model(), OBJECTIVE, 0);
        String message = assertThrows(UserException.class, () -> new Linfik(1e-3).values(one))
                .getMessage();
        assertTrue(message.contains("gradient of the target loss is zero"), message);
    }

    /**
     * The convex twin: with everything but the head held fast, the loss is that of a logistic regression on the
     * hidden states, and every row can be left out and the head fitted again.
     */
    @Test
    void onAConvexModelScoresRankRowsAsLeavingThemOutDoes() {
        int n = 24;
        BigramLm start = Glosses.model();
        List<EvidenceRow> rows = Glosses.rows(start, 0, n, true);
        List<EvidenceRow> target = Glosses.rows(start, 100, 140, false);
        Convex convex = new Convex(start, rows);
        BigramLm whole = convex.fitted(i -> true);
        double before = loss(whole.fork(convex.head()), target, new Direction.Stored(Map.of()), 0);
        double[] worth = new double[n];
        for (int i = 0; i < n; i++) {
            int out = i;
            BigramLm without = convex.fitted(j -> j != out);
            worth[convex.position(i)] =
                    loss(without.fork(convex.head()), target, new Direction.Stored(Map.of()), 0) - before;
        }
        BigramLm at = whole.fork(convex.head());
        double[] scores = new Linfik(1e-3)
                .values(new Evidence(rows, target, Measuring.by(at), OBJECTIVE, 0))
                .scores();
        assertTrue(Ranks.spearman(worth, scores) > 0.8, "Spearman " + Ranks.spearman(worth, scores));
    }

    /** Fits the head alone, by gradient descent on the mean loss plus a small multiple of its squared length. */
    private record Convex(BigramLm start, List<EvidenceRow> rows) {
        private static final String HEAD = "lm_head.weight";

        Subspace head() {
            TensorShape head = start.tensors().stream()
                    .filter(tensor -> tensor.name().equals(HEAD))
                    .findFirst()
                    .orElseThrow();
            return new Subspace.Mask(Map.of(
                    HEAD, IntStream.range(0, (int) head.size()).asLongStream().toArray()));
        }

        /** Position of a row in the order of ids. */
        int position(int i) {
            List<String> ids = rows.stream().map(EvidenceRow::id).sorted().toList();
            return ids.indexOf(rows.get(i).id());
        }

        BigramLm fitted(IntPredicate kept) {
            List<Batch> batches = Evidence.batches(IntStream.range(0, rows.size())
                    .filter(kept)
                    .mapToObj(rows::get)
                    .toList());
            Map<String, float[]> weights = new HashMap<>();
            BigramLm full = start.fork(new Subspace.Full());
            start.tensors().forEach(tensor -> weights.put(tensor.name(), full.coordinates(tensor.name())));
            float[] head = weights.get(HEAD);
            BigramLm model = start;
            for (int step = 0; step < 80; step++) {
                double[] sum = new double[head.length];
                BigramLm fork = model.fork(head());
                for (Batch batch : batches) {
                    fork.gradients(batch, OBJECTIVE, (row, tensor, g) -> {
                        for (int k = 0; k < g.length; k++) {
                            sum[k] += g[k];
                        }
                    });
                }
                for (int k = 0; k < head.length; k++) {
                    head[k] -= (float) (0.5 * (sum[k] / rows.size() + 0.2 * head[k]));
                }
                model = new BigramLm(start.tokenizer(), start.hiddenSize(), weights);
            }
            return model;
        }
    }
}
