package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Noise;
import org.oatmill.model.Batch;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Decoding;
import org.oatmill.model.Direction;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Sequence;
import org.oatmill.model.Sides;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;

/** The engine against its float64 twin, for every shape of model and every storage type. */
class DjlLmTest {
    @TempDir
    static Path directory;

    static Stream<Arguments> models() {
        List<Arguments> models = new ArrayList<>();
        RandomModel.variants().forEach((name, config) -> models.add(Arguments.of(name, config, Safetensors.Type.F32)));
        for (Safetensors.Type type : List.of(Safetensors.Type.F16, Safetensors.Type.BF16)) {
            for (String name : List.of("llama", "qwen3")) {
                models.add(Arguments.of(name, RandomModel.variants().get(name), type));
            }
        }
        return models.stream();
    }

    /** Written and opened once each, because loading costs more than measuring. */
    private static final Map<RandomModel, DjlLm> OPENED = new IdentityHashMap<>();

    private static final Map<String, RandomModel> WRITTEN = new HashMap<>();

    private static RandomModel write(String name, String config, Safetensors.Type type) throws IOException {
        RandomModel written = WRITTEN.get(name + type);
        if (written == null) {
            written = RandomModel.write(directory.resolve(name + "-" + type), config, type);
            WRITTEN.put(name + type, written);
        }
        return written;
    }

    private static DjlLm opened(RandomModel written) {
        return OPENED.computeIfAbsent(written, RandomModel::open);
    }

    @AfterAll
    static void close() {
        OPENED.values().forEach(DjlLm::close);
    }

    /** Rows with options of one token, of several, with weights, and one that begins another. */
    static Batch batch() {
        Random random = new Random(5);
        List<Example> rows = new ArrayList<>();
        for (int row = 0; row < 5; row++) {
            int[] prompt = random.ints(4 + 5 * row, 3, 53).toArray();
            prompt[0] = 1;
            List<Sequence> options = new ArrayList<>();
            options.add(option(prompt, null, 7));
            options.add(option(prompt, null, 9));
            if (row % 2 == 0) {
                options.add(option(prompt, null, 7, 11));
                options.add(option(prompt, new float[] {1, 0, 2.5f}, 12, 13, 14));
            }
            rows.add(new Example("row-" + row, options, row % 2, 1));
        }
        return new Batch(rows, 32);
    }

    private static Sequence option(int[] prompt, float[] weights, int... more) {
        int[] tokens = Arrays.copyOf(prompt, prompt.length + more.length);
        System.arraycopy(more, 0, tokens, prompt.length, more.length);
        return new Sequence(tokens, prompt.length, weights);
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("models")
    void measuresWhatTheTwinDoes(String name, String config, Safetensors.Type type) throws IOException {
        RandomModel written = write(name, config, type);
        RefLlama twin = written.twin();
        DjlLm model = opened(written);
        float[][] losses = model.losses(batch());
        float[][] logits = model.logits(batch());
        float[][] hidden = model.hidden(batch());
        float[][] tokenLosses = model.tokenLosses(batch());
        for (int row = 0; row < losses.length; row++) {
            Example example = batch().rows().get(row);
            for (int o = 0; o < losses[row].length; o++) {
                Sequence option = example.options().get(o);
                assertEquals(loss(twin, option), losses[row][o], 2e-5, "loss of row " + row + ", option " + o);
            }
            Sequence gold = example.options().get(example.gold());
            double[][] expected = twin.logits(gold.tokens());
            int v = written.config().vocabulary();
            assertEquals(gold.scored() * v, logits[row].length);
            for (int i = 0; i < logits[row].length; i++) {
                assertEquals(expected[gold.scoredFrom() - 1 + i / v][i % v], logits[row][i], 1e-4);
            }
            assertEquals(twin.loss(gold.tokens(), gold.scoredFrom()), mean(tokenLosses[row]), 2e-5);
            double[][] h = twin.hidden(gold.tokens());
            for (int i = 0; i < hidden[row].length; i++) {
                double mean = 0;
                for (int t = 1; t < h.length; t++) {
                    mean += h[t][i] / (h.length - 1);
                }
                assertEquals(mean, hidden[row][i], 2e-5);
            }
        }
    }

    private static double loss(RefLlama twin, Sequence option) {
        double sum = 0;
        double all = 0;
        for (int i = 0; i < option.scored(); i++) {
            double weight = option.weights() == null ? 1 : option.weights()[i];
            int end = option.scoredFrom() + i + 1;
            sum += weight * twin.loss(Arrays.copyOf(option.tokens(), end), end - 1);
            all += weight;
        }
        return sum / all;
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** At theta + epsilon z the twin's weights are moved by hand, with noise drawn one coordinate at a time. */
    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("models")
    void bothSidesAreWhereTheTwinIsMoved(String name, String config, Safetensors.Type type) throws IOException {
        RandomModel written = write(name, config, type);
        Direction.Seed z = new Direction.Seed(Noise.Law.GAUSSIAN, 3, 1, 4);
        try (DjlLm model = opened(written).fork(new Subspace.Full())) {
            Sides sides = model.sides(batch(), z, 0.01f);
            Map<String, float[]> direction = new HashMap<>();
            written.weights().forEach((tensor, values) -> {
                float[] noise = new float[values.length];
                for (int i = 0; i < noise.length; i++) {
                    noise[i] = Noise.stream(3, 1, 4, tensor).at(Noise.Law.GAUSSIAN, i);
                }
                direction.put(tensor, noise);
            });
            for (int side : new int[] {1, -1}) {
                RefLlama twin = written.twin(side * 0.01, direction);
                float[][] losses = side > 0 ? sides.plus() : sides.minus();
                for (int row = 0; row < losses.length; row++) {
                    for (int o = 0; o < losses[row].length; o++) {
                        Sequence option = batch().rows().get(row).options().get(o);
                        assertEquals(loss(twin, option), losses[row][o], 3e-5);
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("models")
    void continuesGreedilyAsTheTwinDoes(String name, String config, Safetensors.Type type) throws IOException {
        RandomModel written = write(name, config, type);
        RefLlama twin = written.twin();
        List<int[]> prompts = List.of(new int[] {1, 5, 9, 30, 31, 17}, new int[] {1}, new int[] {1, 40, 41});
        DjlLm model = opened(written);
        List<int[]> made = model.generate(prompts, Decoding.greedy(9));
        for (int p = 0; p < prompts.size(); p++) {
            int[] text = prompts.get(p);
            for (int step = 0; step < 9; step++) {
                double[] logits = twin.logits(text)[text.length - 1];
                int best = 0;
                for (int v = 1; v < logits.length; v++) {
                    best = logits[v] > logits[best] ? v : best;
                }
                if (best == 2) {
                    break;
                }
                text = Arrays.copyOf(text, text.length + 1);
                text[text.length - 1] = best;
            }
            assertArrayEquals(Arrays.copyOfRange(text, prompts.get(p).length, text.length), made.get(p));
        }
    }

    /** Central differences of the twin in float64, along two random directions over all weights at once. */
    @ParameterizedTest(name = "{0} {2}")
    @MethodSource("models")
    void rowGradientsAreTheTwinsSlopes(String name, String config, Safetensors.Type type) throws IOException {
        RandomModel written = write(name, config, type);
        Objective objective = new Objective.OptionCrossEntropy();
        try (DjlLm model = opened(written).fork(new Subspace.Full())) {
            for (int direction = 0; direction < 2; direction++) {
                Map<String, float[]> z = new HashMap<>();
                Random random = new Random(direction);
                written.weights().forEach((tensor, values) -> {
                    float[] unit = new float[values.length];
                    for (int i = 0; i < unit.length; i++) {
                        unit[i] = (float) random.nextGaussian();
                    }
                    z.put(tensor, unit);
                });
                double[] slope = new double[batch().rows().size()];
                List<String> seen = new ArrayList<>();
                model.gradients(batch(), objective, (row, tensor, gradient) -> {
                    seen.add(row + tensor);
                    for (int i = 0; i < gradient.length; i++) {
                        slope[row] += (double) gradient[i] * z.get(tensor)[i];
                    }
                });
                assertEquals(
                        batch().rows().size() * written.weights().size(),
                        seen.stream().distinct().count());
                assertEquals(seen.size(), seen.stream().distinct().count());
                RefLlama plus = written.twin(1e-5, z);
                RefLlama minus = written.twin(-1e-5, z);
                for (int row = 0; row < slope.length; row++) {
                    double difference = (crossEntropy(plus, row) - crossEntropy(minus, row)) / 2e-5;
                    assertEquals(difference, slope[row], 1e-4 * Math.max(1, Math.abs(difference)), "row " + row);
                }
            }
        }
    }

    /** Cross-entropy of the options' negated losses, which is what {@link Objective.OptionCrossEntropy} stands for. */
    private static double crossEntropy(RefLlama twin, int row) {
        Example example = batch().rows().get(row);
        double all = 0;
        for (Sequence option : example.options()) {
            all += Math.exp(-loss(twin, option));
        }
        return Math.log(all) + loss(twin, example.options().get(example.gold()));
    }

    @Test
    void optionsShareOnePassOverTheirPrompt() {
        Passes passes = Passes.of(batch(), false, 128, 53, 0);
        assertEquals(batch().rows().size(), passes.rows);
        for (int row = 0; row < passes.rows; row++) {
            // Rows 1 and 3 have options {7} and {9}; the others {7}, {9}, {7, 11} and {12, 13, 14} besides.
            Sequence first = batch().rows().get(row).options().get(0);
            int[] prompt = Arrays.copyOf(first.tokens(), first.scoredFrom());
            int[] rests = row % 2 == 1 ? new int[0] : new int[] {7, 12, 13};
            int[] expected = Arrays.copyOf(prompt, passes.length);
            System.arraycopy(rests, 0, expected, prompt.length, rests.length);
            assertArrayEquals(
                    expected, Arrays.copyOfRange(passes.tokens, row * passes.length, (row + 1) * passes.length));
        }
        Map<Integer, Double> shares = new HashMap<>();
        passes.picks.forEach(
                pick -> shares.merge(pick.example() * 10 + pick.option(), (double) pick.share(), Double::sum));
        shares.values().forEach(sum -> assertEquals(1, sum, 1e-6));
    }

    @Test
    void forksOfAFullModelDoNotNeedTheBaseOpen() throws IOException {
        RandomModel written = write("llama", RandomModel.variants().get("llama"), Safetensors.Type.F32);
        DjlLm base = written.open();
        float[][] before = base.losses(batch());
        CausalLm fork = base.fork(new Subspace.Lora(2, 4, List.of("q_proj"), 1));
        base.close();
        assertArrayEquals(before, fork.losses(batch()));
        fork.close();
        assertTrue(fork.counts().forwards() >= 5);
    }

    @Test
    void equalBatchesGiveEqualBitsOnEveryThread() throws Exception {
        DjlLm model = opened(write("llama", RandomModel.variants().get("llama"), Safetensors.Type.F32));
        Direction z = new Direction.Seed(Noise.Law.RADEMACHER, 1, 0, 0);
        try (DjlLm fork = model.fork(new Subspace.Full())) {
            float[][] losses = fork.losses(batch());
            Sides sides = fork.sides(batch(), z, 1e-3f);
            Map<String, float[]> gradients = gradients(fork);
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<?>> running = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    running.add(threads.submit(() -> {
                        assertArrayEquals(losses, fork.losses(batch()));
                        assertArrayEquals(
                                sides.minus(), fork.sides(batch(), z, 1e-3f).minus());
                        Map<String, float[]> again = gradients(fork);
                        gradients.forEach((name, values) -> assertArrayEquals(values, again.get(name), name));
                    }));
                }
                for (Future<?> one : running) {
                    one.get();
                }
            } finally {
                threads.shutdown();
            }
        }
    }

    @Test
    void gradientsAreTheSameWhetherGraphsAreHeldOrMadeAgain() throws IOException {
        RandomModel narrow = RandomModel.write(
                directory.resolve("narrow"), RandomModel.variants().get("llama"), Safetensors.Type.BF16);
        Path wide = directory.resolve("wide");
        Files.createDirectories(wide);
        Files.copy(narrow.directory().resolve("config.json"), wide.resolve("config.json"));
        Safetensors.write(
                wide.resolve("model.safetensors"),
                narrow.config().tensors(),
                Safetensors.Type.F32,
                narrow.weights()::get);
        // Frozen 16-bit weights are formed in scratch, so blocks run again; float32 ones are used where they lie.
        try (DjlLm again = narrow.open().fork(new Subspace.Lora(2, 4, List.of("q_proj", "down_proj"), 0));
                DjlLm held = DjlLm.open(wide, narrow.config(), new RandomModel.Letters(53))
                        .fork(new Subspace.Lora(2, 4, List.of("q_proj", "down_proj"), 0))) {
            Map<String, float[]> expected = gradients(again);
            gradients(held).forEach((name, values) -> assertArrayEquals(expected.get(name), values, name));
        }
    }

    private static Map<String, float[]> gradients(DjlLm model) {
        Map<String, float[]> gradients = new HashMap<>();
        model.gradients(
                batch(),
                new Objective.OptionCrossEntropy(),
                (row, tensor, gradient) -> gradients.put(row + tensor, gradient.clone()));
        return gradients;
    }

    /** In a model of 16-bit weights every subspace is probed as its views are, and the base keeps its bytes. */
    @ParameterizedTest
    @EnumSource(
            value = Safetensors.Type.class,
            names = {"F16", "BF16"})
    void frozenWeightsStayInTheirType(Safetensors.Type type) throws IOException {
        DjlLm model = opened(write("llama", RandomModel.variants().get("llama"), type));
        long coordinates = model.tensors().stream().mapToLong(TensorShape::size).sum();
        assertEquals(2 * coordinates, model.baseBytes());
        Direction z = new Direction.Seed(Noise.Law.GAUSSIAN, 1, 0, 0);
        for (Subspace subspace : List.of(
                new Subspace.Lora(2, 4, List.of("q_proj", "v_proj"), 1),
                new Subspace.Prefix(3, 1),
                new Subspace.RandomMask(0.01, 1),
                new Subspace.Half(0, 1))) {
            try (DjlLm fork = model.fork(subspace)) {
                Sides sides = fork.sides(batch(), z, 0.02f);
                assertArrayEquals(sides.plus(), fork.at(z, 0.02f).losses(batch()));
                assertArrayEquals(sides.minus(), fork.at(z, -0.02f).losses(batch()));
                assertEquals(2 * coordinates, fork.baseBytes());
                assertEquals(subspace.bytes(model.tensors()), fork.ownBytes());
            }
        }
    }

    @Test
    void shardedModelMeasuresAsTheSingleFile() throws IOException {
        RandomModel whole = write("llama", RandomModel.variants().get("llama"), Safetensors.Type.F32);
        Path sharded = Files.createDirectories(directory.resolve("sharded"));
        Files.copy(whole.directory().resolve("config.json"), sharded.resolve("config.json"));
        List<TensorShape> tensors = whole.config().tensors();
        StringBuilder index = new StringBuilder();
        for (int shard = 0; shard < 2; shard++) {
            String file = "model-0000" + (shard + 1) + "-of-00002.safetensors";
            List<TensorShape> part = tensors.subList(shard * 7, shard == 0 ? 7 : tensors.size());
            Safetensors.write(sharded.resolve(file), part, Safetensors.Type.F32, whole.weights()::get);
            part.forEach(t -> index.append(index.length() == 0 ? "" : ",")
                    .append('"')
                    .append(t.name())
                    .append("\":\"")
                    .append(file)
                    .append('"'));
        }
        Files.writeString(sharded.resolve("model.safetensors.index.json"), "{\"weight_map\":{" + index + "}}");
        try (DjlLm model = new RandomModel(sharded, whole.config(), whole.weights()).open()) {
            assertArrayEquals(opened(whole).losses(batch()), model.losses(batch()));
            assertEquals(opened(whole).digest(), model.digest());
        }
    }
}
