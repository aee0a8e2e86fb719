package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.oatmill.core.Noise;
import org.oatmill.djl.Torch.Script;
import org.oatmill.model.TensorShape;

/**
 * A Llama that learns by back-propagation, from random weights, one update at a time: {@link #step}
 * is a forward and a backward pass over whole sequences and an {@link AdamW} update in place, in one
 * call of the engine. Not for several threads. Equal seeds and rows give equal bits on one
 * instruction set.
 */
public final class Pretraining implements AutoCloseable {
    /** A place whose next token is not predicted; the number that the engine's cross-entropy skips. */
    private static final long NO_TARGET = -100;

    private final LlamaShape shape;
    private final DecoderConfig config;
    private final AdamW law;
    private final Arena arena = new Arena();
    private final NDManager manager = Torch.manager();
    private final Map<String, Tensor> weights = new HashMap<>();
    private final NDList state = new NDList();
    private final List<NDArray> theta = new ArrayList<>();
    private final NDArray none;
    private final Script loss;
    private final Script step;
    private long steps;

    /** A model with random weights, drawn from the seed and the tensors' names. */
    public Pretraining(LlamaShape shape, int vocabulary, AdamW law, long seed) {
        this.shape = shape;
        this.config = shape.config(vocabulary);
        this.law = law;
        this.loss = Scripts.loss(config);
        this.step = Scripts.step(config, law);
        this.none = Torch.on(false, () -> manager.zeros(new Shape(0)));
        Torch.on(false, () -> {
            allocate("w[]").forEach((name, tensor) -> {
                weights.put(name, tensor);
                float[] start = start(tensor.shape(), seed);
                tensor.write(0, start, 0, start.length);
            });
            theta.addAll(state);
            allocate("m[]");
            allocate("v[]");
            return state;
        });
    }

    private Map<String, Tensor> allocate(String list) {
        Map<String, Tensor> made = new HashMap<>();
        for (TensorShape tensor : config.tensors()) {
            Tensor zeros = new Tensor(tensor, Safetensors.Type.F32, arena, manager);
            NDArray array = zeros.array();
            if (array == null) {
                throw new IllegalArgumentException("Cannot train tensor " + tensor + ": it is too long for one buffer");
            }
            array.setName(list);
            state.add(array);
            made.put(tensor.name(), zeros);
        }
        return made;
    }

    /** Variance 1 / inputs, less in what is added to the stream of hidden states (Radford et al. 2019, 2.3); gains are 1. */
    private float[] start(TensorShape tensor, long seed) {
        float[] values = new float[(int) tensor.size()];
        if (tensor.shape().size() == 1) {
            Arrays.fill(values, 1);
            return values;
        }
        boolean added = tensor.name().endsWith("o_proj.weight") || tensor.name().endsWith("down_proj.weight");
        double deviation = tensor.name().equals(DecoderConfig.EMBEDDING)
                ? 0.02
                : Math.sqrt(1.0 / tensor.shape().get(1) / (added ? 2 * config.layers() : 1));
        Noise.stream(seed, 0, 0, tensor.name()).add(Noise.Law.GAUSSIAN, 0, (float) deviation, values, 0, values.length);
        return values;
    }

    /** Numbers that are learned. */
    public long parameters() {
        return config.tensors().stream().mapToLong(TensorShape::size).sum();
    }

    /**
     * One update.
     *
     * @param rows whole sequences: of each, every token but the first is predicted
     * @param rate of learning
     * @return mean loss per predicted token before the update, in nats
     */
    public double step(List<int[]> rows, double rate) {
        steps++;
        float[] rates = {
            (float) rate,
            (float) (1 / (1 - Math.pow(law.beta1(), steps))),
            (float) (1 / Math.sqrt(1 - Math.pow(law.beta2(), steps)))
        };
        return Torch.on(true, () -> run(step, true, rows, rates, state));
    }

    /** Mean loss per predicted token, in nats. */
    public double loss(List<int[]> rows) {
        return Torch.on(false, () -> run(loss, false, rows, new float[0], theta));
    }

    private double run(Script script, boolean gradients, List<int[]> rows, float[] rates, List<NDArray> lists) {
        int length = rows.stream().mapToInt(row -> row.length).max().orElse(0) - 1;
        if (length < 1 || length > shape.maxTokens()) {
            throw new IllegalArgumentException(
                    "Cannot train on sequences of " + (length + 1) + " tokens, expected 2.." + (shape.maxTokens() + 1));
        }
        long[] tokens = new long[rows.size() * length];
        long[] targets = new long[tokens.length];
        Arrays.fill(targets, NO_TARGET);
        for (int r = 0; r < rows.size(); r++) {
            int[] row = rows.get(r);
            for (int t = 0; t + 1 < row.length; t++) {
                tokens[r * length + t] = row[t];
                targets[r * length + t] = row[t + 1];
            }
        }
        try (NDManager m = Torch.manager()) {
            NDArray[] angles = Walk.angles(m, config, length);
            NDList arguments = new NDList(
                    m.create(tokens, new Shape(rows.size(), length)),
                    m.create(targets),
                    angles[0],
                    angles[1],
                    none,
                    m.create(rates));
            arguments.addAll(lists);
            return script.run(gradients, arguments).get(0).getFloat();
        }
    }

    /** A tensor's values, as they are now. */
    float[] values(String tensor) {
        Tensor weight = weights.get(tensor);
        if (weight == null) {
            throw new IllegalArgumentException("The model has no tensor " + tensor);
        }
        float[] values = new float[(int) weight.shape().size()];
        weight.read(0, values, 0, values.length);
        return values;
    }

    DecoderConfig config() {
        return config;
    }

    /** Writes {@code config.json} and {@code model.safetensors}, in F16. */
    public void write(Path directory) throws IOException {
        Files.writeString(directory.resolve("config.json"), shape.json(config.vocabulary(), 1, 2, 0));
        Safetensors.write(directory.resolve("model.safetensors"), config.tensors(), Safetensors.Type.F16, this::values);
    }

    @Override
    public void close() {
        loss.close();
        step.close();
        manager.close();
        arena.close();
    }
}
