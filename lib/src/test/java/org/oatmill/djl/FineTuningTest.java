package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Sequence;
import org.oatmill.model.Subspace;

class FineTuningTest {
    @TempDir
    Path directory;

    private static final Objective OBJECTIVE = new Objective.OptionCrossEntropy();
    private static final AdamW LAW = new AdamW(1e-2, 0, 1, 0.9, 0.999, 1e-8, 0.1, 1e9);

    /** Rows whose first letter decides between two options; weights differ. */
    private static List<Batch> rows() {
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int[] prompt = {1, 5 + i % 2, 7 + i % 5, 9};
            List<Sequence> options = new ArrayList<>();
            for (int option : new int[] {12, 13}) {
                int[] tokens = java.util.Arrays.copyOf(prompt, 5);
                tokens[4] = option;
                options.add(new Sequence(tokens, 4));
            }
            rows.add(new Example("row" + i, options, i % 2, i % 3 == 0 ? 2 : 1));
        }
        return BatchPlan.of(rows).batches();
    }

    private static double loss(org.oatmill.model.CausalLm model) {
        double sum = 0;
        double weight = 0;
        for (Batch batch : rows()) {
            float[][] losses = model.losses(batch);
            for (int r = 0; r < losses.length; r++) {
                Example row = batch.rows().get(r);
                sum += row.weight() * OBJECTIVE.of(row, losses[r]);
                weight += row.weight();
            }
        }
        return sum / weight;
    }

    /** The first step of Adam moves every coordinate by the rate times g / (|g| + epsilon), and decay comes beside it. */
    @Test
    void theFirstStepIsTheSignOfTheWeightedMeanGradient() throws IOException {
        try (DjlLm base = DjlLm.open(TinyModel.write(directory));
                DjlLm fork = base.fork(new Subspace.Full());
                FineTuning tuning = new FineTuning(base, LAW)) {
            Map<String, double[]> mean = new HashMap<>();
            double weight = rows().stream()
                    .flatMap(batch -> batch.rows().stream())
                    .mapToDouble(Example::weight)
                    .sum();
            for (Batch batch : rows()) {
                fork.gradients(batch, OBJECTIVE, (row, tensor, gradient) -> {
                    double[] sum = mean.computeIfAbsent(tensor, key -> new double[gradient.length]);
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += batch.rows().get(row).weight() / weight * gradient[i];
                    }
                });
            }
            tuning.step(rows(), OBJECTIVE, 1e-2);
            for (var tensor : base.tensors()) {
                float[] before = fork.coordinates(tensor.name());
                float[] after = tuning.model().coordinates(tensor.name());
                double kept = tensor.shape().size() == 2 ? 1 - 1e-2 * 0.1 : 1;
                for (int i = 0; i < before.length; i++) {
                    double g = mean.get(tensor.name())[i];
                    double expected = kept * before[i] - 1e-2 * g / (Math.abs(g) + 1e-8);
                    // Moments are floats: where g is near epsilon, the quotient is as exact as they are.
                    assertEquals(expected, after[i], 2e-6, tensor.name() + "[" + i + "]");
                }
            }
        }
    }

    @Test
    void itLearnsWithEqualBitsCountsWhatItReadsAndLeavesTheBaseAlone() throws IOException {
        try (DjlLm base = DjlLm.open(TinyModel.write(directory))) {
            double before = loss(base);
            List<Map<String, float[]>> learned = new ArrayList<>();
            for (int run = 0; run < 2; run++) {
                try (FineTuning tuning = new FineTuning(base, LAW)) {
                    for (int step = 0; step < 30; step++) {
                        tuning.step(rows(), OBJECTIVE, 1e-2);
                    }
                    assertEquals(30 * 12, tuning.model().counts().backwards());
                    assertTrue(loss(tuning.model()) < before / 4, loss(tuning.model()) + " after " + before);
                    learned.add(tuning.weights());
                }
            }
            learned.get(0)
                    .forEach((name, weights) ->
                            assertArrayEquals(weights, learned.get(1).get(name), name));
            assertEquals(before, loss(base));
        }
    }

    @Test
    void whatIsWrittenMeasuresAsWhatWasLearned() throws IOException {
        Path from = TinyModel.write(directory.resolve("base"));
        Path to = Files.createDirectories(directory.resolve("tuned"));
        try (DjlLm base = DjlLm.open(from);
                FineTuning tuning = new FineTuning(base, LAW)) {
            tuning.step(rows(), OBJECTIVE, 1e-2);
            FineTuning.write(base, from, tuning.weights(), to);
            try (DjlLm read = DjlLm.open(to)) {
                assertEquals(loss(tuning.model()), loss(read));
            }
        }
    }
}
