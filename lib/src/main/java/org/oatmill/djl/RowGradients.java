package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.oatmill.model.Batch;
import org.oatmill.model.DifferentiableLm.GradientSink;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;

/**
 * Each row's gradient from one forward and one backward pass over the batch. Where the graphs of all
 * blocks are small and weights are used where they lie, graphs are held; elsewhere hidden states
 * between blocks are, and each block is run again when its turn comes. A linear layer's gradient by one row is the product of what it wrote, as derivative,
 * and what it read; small weights (norms, biases, adapters, prefixes) get a copy for each row and are
 * differentiated by. The head is differentiated by hand, a slice of the vocabulary at a time.
 */
final class RowGradients {
    /** Position of what each linear layer reads in the results of a traced block. */
    private static final int[] READ = {1, 1, 1, 2, 3, 3, 4};

    /** Position of the first input of the derivative in the results of a traced block. */
    private static final int INPUTS = 5;

    /** Most memory for the graphs of a batch. */
    private static final long GRAPHS = 1L << 29;

    private final Weights base;
    private final DecoderConfig config;
    private final Coordinates own;
    private final Passes passes;
    private final GradientSink sink;
    private final Walk walk;
    private final Map<Integer, float[]> buffers = new HashMap<>();
    private final Scratch outer;

    private RowGradients(Weights base, Coordinates own, Passes passes, GradientSink sink, Walk walk, Scratch outer) {
        this.base = base;
        this.config = base.config();
        this.own = own;
        this.passes = passes;
        this.sink = sink;
        this.walk = walk;
        this.outer = outer;
    }

    static void of(Weights base, Coordinates own, Batch batch, Passes passes, Objective objective, GradientSink sink) {
        Scratch outer = base.takeScratch();
        try (Walk walk = new Walk(base, own, null, 0, 1, false)) {
            new RowGradients(base, own, passes, sink, walk, outer).run(batch, objective);
        } finally {
            base.putBack(outer);
        }
    }

    private void run(Batch batch, Objective objective) {
        NDArray[] angles = walk.angles(passes);
        NDArray mask = walk.mask(passes);
        NDArray[] h = new NDArray[config.layers() + 1];
        Traced[] held = new Traced[config.layers()];
        boolean holds = graphBytes() <= GRAPHS && !walk.formsBlocks();
        h[0] = walk.embed(passes.tokens, passes.rows, passes.length)[0];
        for (int layer = 0; layer < config.layers(); layer++) {
            if (holds) {
                held[layer] = trace(layer, h[layer], angles, mask);
                h[layer + 1] = held[layer].out().get(0).stopGradient();
                continue;
            }
            NDList out = walk.block(layer, 0, h[layer], angles, mask, Walk.NO_CACHE, Walk.NO_CACHE);
            h[layer + 1] = out.get(0);
            out.get(1).close();
            out.get(2).close();
        }
        NDArray last = h[config.layers()];
        Walk.Scores scores = walk.score(new NDArray[] {last}, passes)[0];
        double[] coefficient = coefficients(batch, objective, DjlLm.losses(batch, passes, scores));
        NDArray x = walk.normed(last, passes.places, 0);
        Head head = head(x, scores, coefficient);
        NDArray by = tail(last, head.byX());
        for (int layer = config.layers() - 1; layer >= 0; layer--) {
            Traced traced = held[layer] == null ? trace(layer, h[layer], angles, mask) : held[layer];
            held[layer] = null;
            NDArray below = block(layer, traced, by);
            by.close();
            h[layer + 1].close();
            by = below;
        }
        embeddings(by, head, x);
    }

    /** Derivative of each example's objective by the negative log-likelihood of each pick. */
    private double[] coefficients(Batch batch, Objective objective, double[][] losses) {
        double[][] slopes = new double[passes.rows][];
        for (int e = 0; e < passes.rows; e++) {
            float[] row = new float[losses[e].length];
            for (int o = 0; o < row.length; o++) {
                row[o] = (float) losses[e][o];
            }
            slopes[e] = objective.slope(batch.rows().get(e), row);
        }
        return passes.picks.stream()
                .mapToDouble(pick -> slopes[pick.example()][pick.option()] * pick.share())
                .toArray();
    }

    /**
     * @param byX derivative by what the head reads
     * @param byLogits derivative by the logits of each slice of the vocabulary, where the head moves
     */
    private record Head(NDArray byX, List<NDArray> byLogits) {}

    private Head head(NDArray x, Walk.Scores scores, double[] coefficient) {
        NDManager m = walk.manager();
        int places = passes.places.length;
        float[] lse = new float[places];
        float[] share = new float[places];
        for (int p = 0; p < places; p++) {
            lse[p] = (float) scores.logSumExp()[p];
        }
        for (int i = 0; i < coefficient.length; i++) {
            share[passes.picks.get(i).place()] += (float) coefficient[i];
        }
        NDArray lseArray = m.create(lse, new Shape(places, 1));
        NDArray shareArray = m.create(share, new Shape(places, 1));
        NDArray byX = m.zeros(x.getShape());
        List<NDArray> byLogits = new ArrayList<>();
        boolean moves = own.moves(config.head());
        int slice = walk.headSlice(places);
        for (int from = 0; from < config.vocabulary(); from += slice) {
            int count = Math.min(slice, config.vocabulary() - from);
            int[] asked = Walk.asked(passes, from, count);
            float[] minus = new float[asked.length];
            for (int i = 0; i < asked.length; i++) {
                minus[i] = (float) -coefficient[asked[i]];
            }
            NDArray minusArray = minus.length == 0 ? m.zeros(new Shape(0)) : m.create(minus);
            NDArray flat = walk.longs(Walk.flat(passes, asked, from, count));
            NDList out = base.scripts()
                    .residual
                    .run(false, new NDList(x, walk.head(from, count, 0), lseArray, shareArray, flat, minusArray));
            byX.addi(out.get(1));
            out.get(1).close();
            if (moves) {
                byLogits.add(out.get(0));
            } else {
                out.get(0).close();
            }
        }
        return new Head(byX, byLogits);
    }

    /** Through the final norm: derivative by the hidden states behind the last block. */
    private NDArray tail(NDArray last, NDArray byX) {
        int[] rows =
                Arrays.stream(passes.places).map(place -> place / passes.length).toArray();
        NDArray gain = perRow(DecoderConfig.FINAL_NORM, new Shape(passes.rows, config.hidden()));
        NDList out = gradients(
                base.scripts().tailBackward, new NDList(last, byX, walk.longs(passes.places), walk.longs(rows), gain));
        small(DecoderConfig.FINAL_NORM, out.get(1));
        return out.get(0);
    }

    private static NDList gradients(Torch.Script script, NDList arguments) {
        return Torch.on(true, () -> script.run(true, arguments));
    }

    /**
     * A block's graph.
     *
     * @param out results of {@link Scripts#traced}
     * @param leaves names of the small weights, in the order of its last results
     */
    private record Traced(NDList out, List<String> leaves) {}

    /** About what all graphs of the batch hold: what each operation keeps for its derivative. */
    private long graphBytes() {
        long perToken = Float.BYTES * (12L * config.hidden() + 5L * config.intermediate());
        return perToken * passes.rows * passes.length * config.layers();
    }

    private Traced trace(int layer, NDArray h, NDArray[] angles, NDArray mask) {
        String prefix = DecoderConfig.prefix(layer);
        NDList weights = walk.blockWeights(layer, 0);
        List<String> leaves = new ArrayList<>();
        for (int i = 0; i < DecoderConfig.LINEARS.size(); i++) {
            String module = prefix + DecoderConfig.LINEARS.get(i);
            int at = i * Scripts.PER_LINEAR;
            leaf(weights, at + 1, module + ".bias", leaves);
            leaf(weights, at + 2, Subspace.Lora.a(module), leaves);
            leaf(weights, at + 3, Subspace.Lora.b(module), leaves);
        }
        leaf(weights, Scripts.INPUT_NORM, prefix + "input_layernorm.weight", leaves);
        leaf(weights, Scripts.POST_NORM, prefix + "post_attention_layernorm.weight", leaves);
        leaf(weights, Scripts.QUERY_NORM, prefix + "self_attn.q_norm.weight", leaves);
        leaf(weights, Scripts.KEY_NORM, prefix + "self_attn.k_norm.weight", leaves);
        leaf(weights, Scripts.PREFIX_KEY, "prefix." + layer + ".key", leaves);
        leaf(weights, Scripts.PREFIX_VALUE, "prefix." + layer + ".value", leaves);
        NDList arguments = new NDList(h, angles[0], angles[1], mask, Walk.NO_CACHE, Walk.NO_CACHE);
        arguments.addAll(weights);
        return new Traced(gradients(base.scripts().traced, arguments), leaves);
    }

    /** Through one block: hands out its weights' gradients and returns the derivative by what it read. */
    private NDArray block(int layer, Traced traced, NDArray by) {
        String prefix = DecoderConfig.prefix(layer);
        NDList arguments = new NDList(traced.out().get(0), by);
        for (NDArray input : traced.out().subList(INPUTS, traced.out().size())) {
            arguments.add(Torch.list(input));
        }
        NDList out = gradients(base.scripts().backward, arguments);
        for (int i = 0; i < DecoderConfig.LINEARS.size(); i++) {
            String name = prefix + DecoderConfig.LINEARS.get(i) + ".weight";
            if (own.moves(name)) {
                linear(name, out.get(1 + i), traced.out().get(READ[i]));
            }
        }
        for (int i = 0; i < traced.leaves().size(); i++) {
            small(traced.leaves().get(i), out.get(1 + DecoderConfig.LINEARS.size() + i));
        }
        traced.out().close();
        NDArray below = out.get(0);
        out.stream().skip(1).forEach(NDArray::close);
        return below;
    }

    private void leaf(NDList weights, int at, String name, List<String> leaves) {
        if (!own.moves(name)) {
            return;
        }
        TensorShape tensor = shape(name);
        List<Integer> axes = tensor.shape();
        Shape each = axes.size() == 2
                ? new Shape(passes.rows, axes.get(0), axes.get(1))
                : name.endsWith("self_attn.q_norm.weight") || name.endsWith("self_attn.k_norm.weight")
                        ? new Shape(passes.rows, 1, 1, axes.get(0))
                        : new Shape(passes.rows, 1, axes.get(0));
        weights.set(at, Torch.list(perRow(name, each)));
        leaves.add(name);
    }

    private TensorShape shape(String name) {
        Tensor whole = own.whole(name);
        return whole != null ? whole.shape() : base.tensor(name).shape();
    }

    /** A copy of a small weight for each row. */
    private NDArray perRow(String name, Shape shape) {
        float[] once = walk.weight(name, -1, 0).toFloatArray();
        float[] all = new float[once.length * passes.rows];
        for (int row = 0; row < passes.rows; row++) {
            System.arraycopy(once, 0, all, row * once.length, once.length);
        }
        return walk.manager().create(all, shape);
    }

    /** Hands out the gradient of a small weight, which came for each row. */
    private void small(String name, NDArray byRow) {
        if (!own.moves(name)) {
            return;
        }
        float[] all = byRow.toFloatArray();
        int size = all.length / passes.rows;
        for (int row = 0; row < passes.rows; row++) {
            float[] mine = buffer(size);
            System.arraycopy(all, row * size, mine, 0, size);
            hand(row, name, FloatBuffer.wrap(mine), size);
        }
    }

    /** Hands out the gradient of a linear layer's weight. */
    private void linear(String name, NDArray written, NDArray read) {
        Scratch.Slot slot = outer.slot("outer", Tensor.shape(shape(name)));
        for (int row = 0; row < passes.rows; row++) {
            product(written, read, row, 1, slot.array());
            hand(row, name, slot.memory(), slot.memory().capacity());
        }
    }

    private void product(NDArray written, NDArray read, int first, int count, NDArray into) {
        try (NDArray range = walk.manager().zeros(new Shape(first, count, 0));
                NDList out = base.scripts().outer.run(false, new NDList(written, read, range, into))) {
            // The product stands in the scratch that was handed in.
        }
    }

    /** The embedding moves with the tokens that were read, and where it is tied also with the logits. */
    private void embeddings(NDArray by, Head head, NDArray x) {
        boolean embedding = own.moves(DecoderConfig.EMBEDDING);
        boolean separate = !config.tied() && own.moves(DecoderConfig.HEAD);
        int d = config.hidden();
        int size = Math.multiplyExact(config.vocabulary(), d);
        float[] byEmbedding = embedding ? by.toFloatArray() : new float[0];
        for (int row = 0; row < passes.rows && (embedding || separate); row++) {
            float[] gradient = buffer(size);
            Arrays.fill(gradient, 0);
            if (separate || config.tied()) {
                logits(row, head, x, gradient);
            }
            if (separate) {
                hand(row, DecoderConfig.HEAD, FloatBuffer.wrap(gradient), size);
                Arrays.fill(gradient, 0);
            }
            if (embedding) {
                for (int p = row * passes.length; p < (row + 1) * passes.length; p++) {
                    for (int i = 0; i < d; i++) {
                        gradient[passes.tokens[p] * d + i] += byEmbedding[p * d + i];
                    }
                }
                hand(row, DecoderConfig.EMBEDDING, FloatBuffer.wrap(gradient), size);
            }
        }
    }

    /** Gradient of the head by one row. */
    private void logits(int row, Head head, NDArray x, float[] gradient) {
        int d = config.hidden();
        int[] mine = IntStream.range(0, passes.places.length)
                .filter(p -> passes.places[p] / passes.length == row)
                .toArray();
        for (int slice = 0; slice < head.byLogits().size(); slice++) {
            NDArray byLogits = head.byLogits().get(slice);
            int count = (int) byLogits.getShape().get(1);
            Scratch.Slot slot = outer.slot("outer", new Shape(count, d));
            product(byLogits, x, mine[0], mine.length, slot.array());
            slot.memory().get(0, gradient, slice * walk.headSlice(passes.places.length) * d, count * d);
        }
    }

    private void hand(int row, String name, FloatBuffer gradient, int size) {
        Coordinates.Kept kept = own.masked(name);
        float[] out;
        if (kept == null) {
            out = buffer(size);
            if (!gradient.hasArray() || gradient.array() != out) {
                gradient.get(0, out, 0, size);
            }
        } else {
            out = new float[kept.offsets().length];
            for (int i = 0; i < out.length; i++) {
                out[i] = gradient.get((int) kept.offsets()[i]);
            }
        }
        sink.accept(row, name, out);
    }

    private float[] buffer(int size) {
        return buffers.computeIfAbsent(size, float[]::new);
    }
}
