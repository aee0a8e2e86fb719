package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Noise;
import org.oatmill.model.Batch;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;
import org.oatmill.model.TensorShape;

/** Training against a float64 twin that differentiates by differences. */
class PretrainingTest {
    @TempDir
    Path directory;

    private static final LlamaShape SHAPE = new LlamaShape(8, 2, 2, 1, 12, 16);
    private static final int VOCABULARY = 17;
    private static final List<int[]> ROWS =
            List.of(new int[] {1, 5, 7, 5, 9, 2}, new int[] {1, 3, 16, 2}, new int[] {1, 7, 5, 7, 5, 7, 5, 2});

    /** AdamW in doubles, on gradients by central differences, of the twin of the model. */
    private static final class Twin {
        private final Map<String, double[]> w = new HashMap<>();
        private final Map<String, double[]> m = new HashMap<>();
        private final Map<String, double[]> v = new HashMap<>();
        private final DecoderConfig config = SHAPE.config(VOCABULARY);
        private int steps;

        double loss() {
            RefLlama model = new RefLlama(config, w);
            double sum = 0;
            int tokens = 0;
            for (int[] row : ROWS) {
                sum += model.loss(row, 1) * (row.length - 1);
                tokens += row.length - 1;
            }
            return sum / tokens;
        }

        void step(AdamW law, double rate) {
            steps++;
            Map<String, double[]> g = new HashMap<>();
            double squares = 0;
            for (TensorShape tensor : config.tensors()) {
                double[] values = w.get(tensor.name());
                double[] slope = new double[values.length];
                for (int i = 0; i < values.length; i++) {
                    double before = values[i];
                    values[i] = before + 1e-5;
                    double above = loss();
                    values[i] = before - 1e-5;
                    slope[i] = (above - loss()) / 2e-5;
                    values[i] = before;
                    squares += slope[i] * slope[i];
                }
                g.put(tensor.name(), slope);
            }
            double shorten = Math.min(1, law.clip() / Math.sqrt(squares));
            for (TensorShape tensor : config.tensors()) {
                String name = tensor.name();
                double[] values = w.get(name);
                double[] first = m.computeIfAbsent(name, key -> new double[values.length]);
                double[] second = v.computeIfAbsent(name, key -> new double[values.length]);
                for (int i = 0; i < values.length; i++) {
                    double slope = g.get(name)[i] * shorten;
                    first[i] = law.beta1() * first[i] + (1 - law.beta1()) * slope;
                    second[i] = law.beta2() * second[i] + (1 - law.beta2()) * slope * slope;
                    double unbiased1 = first[i] / (1 - Math.pow(law.beta1(), steps));
                    double unbiased2 = second[i] / (1 - Math.pow(law.beta2(), steps));
                    double decay = tensor.shape().size() == 2 ? law.weightDecay() * values[i] : 0;
                    values[i] -= rate * (unbiased1 / (Math.sqrt(unbiased2) + law.epsilon()) + decay);
                }
            }
        }
    }

    /** Epsilon is large so that a rounding of a gradient near 0 does not become a step. */
    @Test
    void threeStepsAreThoseOfTheTwin() {
        AdamW law = new AdamW(0.01, 0, 1, 0.9, 0.98, 1e-3, 0.1, 0.5);
        Twin twin = new Twin();
        try (Pretraining training = new Pretraining(SHAPE, VOCABULARY, law, 3)) {
            for (TensorShape tensor : training.config().tensors()) {
                float[] values = training.values(tensor.name());
                double[] wide = new double[values.length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = values[i];
                }
                twin.w.put(tensor.name(), wide);
            }
            for (int step = 0; step < 3; step++) {
                assertEquals(twin.loss(), training.loss(ROWS), 1e-5);
                double rate = 0.01 * (step + 1);
                assertEquals(twin.loss(), training.step(ROWS, rate), 1e-5);
                twin.step(law, rate);
            }
            for (TensorShape tensor : training.config().tensors()) {
                float[] values = training.values(tensor.name());
                for (int i = 0; i < values.length; i++) {
                    assertEquals(twin.w.get(tensor.name())[i], values[i], 1e-4, tensor.name());
                }
            }
        }
    }

    @Test
    void whatIsWrittenMeasuresAsItDidInF16() throws IOException {
        try (Pretraining training = new Pretraining(SHAPE, VOCABULARY, AdamW.typical(), 4)) {
            training.write(directory);
            Map<String, double[]> rounded = new HashMap<>();
            for (TensorShape tensor : training.config().tensors()) {
                float[] values = training.values(tensor.name());
                double[] wide = new double[values.length];
                for (int i = 0; i < wide.length; i++) {
                    wide[i] = Halves.fromF16(Halves.toF16(values[i]));
                }
                rounded.put(tensor.name(), wide);
            }
            DecoderConfig read = DecoderConfig.read(directory);
            assertEquals(training.config(), read);
            RefLlama twin = new RefLlama(read, rounded);
            try (DjlLm model = DjlLm.open(directory, read, new RandomModel.Letters(VOCABULARY))) {
                for (int[] row : ROWS) {
                    Example example = new Example("row", List.of(new Sequence(row, 1)), 0, 1);
                    assertEquals(twin.loss(row, 1), model.losses(new Batch(List.of(example), row.length))[0][0], 1e-5);
                }
            }
        }
    }

    @Test
    void equalSeedsGiveEqualBitsAndOthersDoNot() {
        float[][] made = new float[3][];
        for (int i = 0; i < 3; i++) {
            try (Pretraining training = new Pretraining(SHAPE, VOCABULARY, AdamW.typical(), i == 2 ? 6 : 5)) {
                for (int step = 0; step < 20; step++) {
                    training.step(ROWS, 0.01);
                }
                made[i] = training.values(DecoderConfig.EMBEDDING);
            }
        }
        assertArrayEquals(made[0], made[1]);
        assertFalse(Arrays.equals(made[0], made[2]));
    }

    @Test
    void threeRowsAreLearnedByHeart() {
        try (Pretraining training = new Pretraining(SHAPE, VOCABULARY, AdamW.typical(), 5)) {
            double before = training.loss(ROWS);
            assertEquals(Math.log(VOCABULARY), before, 0.3);
            for (int step = 0; step < 300; step++) {
                training.step(ROWS, 0.02);
            }
            // The second token of a row cannot be known: 3 of 16 tokens at log 3 each.
            assertEquals(3 * Math.log(3) / 16, training.loss(ROWS), 0.35);
        }
    }

    @Test
    void theRateRisesInALineAndFallsToItsFloor() {
        AdamW law = new AdamW(0.4, 3, 0.25, 0.9, 0.98, 1e-8, 0, 1);
        assertEquals(0.1, law.rate(0, 100), 1e-12);
        assertEquals(0.3, law.rate(2, 100), 1e-12);
        assertEquals(0.4, law.rate(3, 100), 1e-3);
        assertEquals(0.1, law.rate(99, 100), 1e-12);
    }

    @Test
    void weightsStartWithTheDeviationTheyAreGiven() {
        try (Pretraining training = new Pretraining(new LlamaShape(64, 2, 2, 1, 96, 16), 500, AdamW.typical(), 3)) {
            double squares = 0;
            float[] values = training.values(DecoderConfig.EMBEDDING);
            for (float value : values) {
                squares += value * value;
            }
            // 32,000 draws: the deviation's own is 0.4 %, and 2 % is five of them.
            assertEquals(0.02, Math.sqrt(squares / values.length), 4e-4);
            assertEquals(Noise.stream(3, 0, 0, DecoderConfig.EMBEDDING).at(Noise.Law.GAUSSIAN, 7) * 0.02f, values[7]);
        }
    }
}
