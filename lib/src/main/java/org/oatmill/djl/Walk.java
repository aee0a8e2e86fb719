package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.oatmill.model.Direction;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;

/**
 * One walk over the layers, at theta or at one or both of theta ± epsilon z. Weights that neither a
 * probe nor a mask touches and that are stored in float32 are used where they lie; all others are
 * formed in scratch, a block of the network at a time, each direction drawn once.
 *
 * <p>Everything it makes is freed when it closes.
 */
final class Walk implements AutoCloseable {
    private static final int BLOCK = 8192;

    /** Numbers in a slice of the head, of its weights and of the logits that it makes: 16 MB each. */
    static final int HEAD_SLICE = 1 << 22;

    private static final NDManager SHARED = Torch.manager();
    private static final NDArray NO_TENSOR = SHARED.zeros(new Shape(0));
    private static final NDArray NO_WEIGHT = Torch.list(SHARED.zeros(new Shape(0)));
    static final NDArray NO_CACHE = named("c[]", SHARED.zeros(new Shape(0)));

    private final Weights base;
    private final DecoderConfig config;
    private final Coordinates own;
    private final @Nullable Direction z;
    private final float epsilon;
    private final int sides;
    private final boolean keep;
    private final NDManager manager = Torch.manager();
    private final Scratch scratch;
    private final Map<String, Direction.Coordinates> directions = new HashMap<>();
    private final Set<String> formed = new HashSet<>();
    private final float[] theta = new float[BLOCK];
    private final float[] shift = new float[BLOCK];
    private final float[] packed = new float[BLOCK];

    /**
     * @param sides 1 for theta, or theta + epsilon z where there is a direction; 2 for both sides
     * @param keep whether probed weights are formed once and held, for walks that visit every layer often
     */
    Walk(Weights base, Coordinates own, @Nullable Direction z, float epsilon, int sides, boolean keep) {
        this.base = base;
        this.config = base.config();
        this.own = own;
        this.z = z;
        this.epsilon = epsilon;
        this.sides = sides;
        this.keep = keep;
        this.scratch = keep ? new Scratch() : base.takeScratch();
    }

    NDManager manager() {
        return manager;
    }

    int sides() {
        return sides;
    }

    /** Positions of a prefix before the first token. */
    int prefix() {
        Tensor key = own.whole("prefix.0.key");
        return key == null ? 0 : key.shape().shape().get(0);
    }

    /** Hidden states behind the last block, before the final norm, of each side: [rows, length, hidden]. */
    NDArray[] hidden(Passes passes) {
        NDArray[] h = embed(passes.tokens, passes.rows, passes.length);
        NDArray[] angles = angles(passes);
        NDArray mask = mask(passes);
        for (int layer = 0; layer < config.layers(); layer++) {
            for (int side = 0; side < sides; side++) {
                NDList out = block(layer, side, h[side], angles, mask, NO_CACHE, NO_CACHE);
                h[side].close();
                h[side] = out.get(0);
                out.get(1).close();
                out.get(2).close();
            }
        }
        return h;
    }

    /** One block: the hidden states behind it, keys and values. */
    NDList block(int layer, int side, NDArray h, NDArray[] angles, NDArray mask, NDArray keyCache, NDArray valueCache) {
        NDList arguments = new NDList(h, angles[0], angles[1], mask, keyCache, valueCache);
        arguments.addAll(blockWeights(layer, side));
        return base.scripts().block.run(false, arguments);
    }

    /** Whether weights of blocks are formed in scratch, where those of the next block take their place. */
    boolean formsBlocks() {
        return config.tensors().stream()
                .map(TensorShape::name)
                .filter(name -> name.startsWith("model.layers."))
                .anyMatch(name ->
                        source(name).array() == null || own.masked(name) != null || z != null && own.moves(name));
    }

    /** The weights of a block, in the order of {@link Scripts}. */
    NDList blockWeights(int layer, int side) {
        NDArray[] weights = new NDArray[Scripts.BLOCK_WEIGHTS];
        Arrays.fill(weights, NO_WEIGHT);
        String prefix = DecoderConfig.prefix(layer);
        for (int i = 0; i < DecoderConfig.LINEARS.size(); i++) {
            String linear = DecoderConfig.LINEARS.get(i);
            int at = i * Scripts.PER_LINEAR;
            weights[at] = weight(prefix + linear + ".weight", layer, side);
            if (config.hasBias(linear)) {
                weights[at + 1] = weight(prefix + linear + ".bias", layer, side);
            }
            if (own.moves(Subspace.Lora.a(prefix + linear))) {
                weights[at + 2] = weight(Subspace.Lora.a(prefix + linear), layer, side);
                weights[at + 3] = weight(Subspace.Lora.b(prefix + linear), layer, side);
            }
        }
        weights[Scripts.INPUT_NORM] = weight(prefix + "input_layernorm.weight", layer, side);
        weights[Scripts.POST_NORM] = weight(prefix + "post_attention_layernorm.weight", layer, side);
        if (config.qkNorm()) {
            weights[Scripts.QUERY_NORM] = weight(prefix + "self_attn.q_norm.weight", layer, side);
            weights[Scripts.KEY_NORM] = weight(prefix + "self_attn.k_norm.weight", layer, side);
        }
        if (prefix() > 0) {
            weights[Scripts.PREFIX_KEY] = weight("prefix." + layer + ".key", layer, side);
            weights[Scripts.PREFIX_VALUE] = weight("prefix." + layer + ".value", layer, side);
        }
        weights[Scripts.ADAPTER_SCALE] = own.adapterScale();
        return new NDList(weights);
    }

    /** Final norm of the hidden states at some places, [places, hidden]. */
    NDArray normed(NDArray h, int[] places, int side) {
        NDArray at = longs(places);
        return base.scripts()
                .tail
                .run(false, new NDList(h, at, weight(DecoderConfig.FINAL_NORM, -1, side)))
                .get(0);
    }

    /** Rows of the head that are worked on at once; one length for all walks that hold what they formed. */
    int headSlice(int places) {
        int longest = keep ? config.hidden() : Math.max(places, config.hidden());
        return Math.max(1, Math.min(config.vocabulary(), HEAD_SLICE / longest));
    }

    /** Rows {@code from..from+count} of the head. */
    NDArray head(int from, int count, int side) {
        String name = config.head();
        Tensor tensor = source(name);
        if (!own.moves(name) || z == null && own.masked(name) == null) {
            NDArray whole = tensor.array();
            if (whole != null && count == config.vocabulary()) {
                return whole;
            }
            if (whole != null) {
                int bytes = config.hidden() * Float.BYTES;
                return Torch.over(
                        manager,
                        tensor.pieces()[0].slice(from * bytes, count * bytes),
                        new Shape(count, config.hidden()));
            }
        }
        long offset = (long) from * config.hidden();
        Shape shape = new Shape(count, config.hidden());
        return formed(name, "head", keep ? "/" + from : "", offset, shape, side);
    }

    /** Log-sum-exp over the vocabulary at each place, and the logits asked for, of one side. */
    record Scores(double[] logSumExp, float[] logits) {}

    /** Scores every side; weights of a slice of the head are formed once for both. */
    Scores[] score(NDArray[] h, Passes passes) {
        NDArray[] x = new NDArray[sides];
        double[][] logSumExp = new double[sides][passes.places.length];
        float[][] logits = new float[sides][passes.picks.size()];
        for (int side = 0; side < sides; side++) {
            x[side] = normed(h[side], passes.places, side);
            Arrays.fill(logSumExp[side], Double.NEGATIVE_INFINITY);
        }
        int slice = headSlice(passes.places.length);
        for (int from = 0; from < config.vocabulary(); from += slice) {
            int count = Math.min(slice, config.vocabulary() - from);
            int[] asked = asked(passes, from, count);
            NDArray flat = longs(flat(passes, asked, from, count));
            for (int side = 0; side < sides; side++) {
                try (NDList out = base.scripts().head.run(false, new NDList(x[side], head(from, count, side), flat))) {
                    merge(logSumExp[side], out.get(0).toFloatArray());
                    float[] picked =
                            asked.length == 0 ? new float[0] : out.get(1).toFloatArray();
                    for (int i = 0; i < asked.length; i++) {
                        logits[side][asked[i]] = picked[i];
                    }
                }
            }
        }
        Scores[] scores = new Scores[sides];
        Arrays.setAll(scores, side -> new Scores(logSumExp[side], logits[side]));
        return scores;
    }

    /** All logits at the rows of x: [row][vocabulary]. */
    float[][] logits(NDArray x, int side) {
        int rows = (int) x.getShape().get(0);
        float[][] all = new float[rows][config.vocabulary()];
        int slice = headSlice(rows);
        for (int from = 0; from < config.vocabulary(); from += slice) {
            int count = Math.min(slice, config.vocabulary() - from);
            try (NDList out = base.scripts().logits.run(false, new NDList(x, head(from, count, side)))) {
                float[] some = out.get(0).toFloatArray();
                for (int row = 0; row < rows; row++) {
                    System.arraycopy(some, row * count, all[row], from, count);
                }
            }
        }
        return all;
    }

    /** Indices of the picks whose token lies in a slice of the vocabulary. */
    static int[] asked(Passes passes, int from, int count) {
        return java.util.stream.IntStream.range(0, passes.picks.size())
                .filter(i -> passes.picks.get(i).token() >= from
                        && passes.picks.get(i).token() < from + count)
                .toArray();
    }

    static long[] flat(Passes passes, int[] asked, int from, int count) {
        return Arrays.stream(asked)
                .mapToLong(i -> (long) passes.picks.get(i).place() * count
                        + passes.picks.get(i).token()
                        - from)
                .toArray();
    }

    private static void merge(double[] logSumExp, float[] slice) {
        for (int i = 0; i < slice.length; i++) {
            double high = Math.max(logSumExp[i], slice[i]);
            double low = Math.min(logSumExp[i], slice[i]);
            logSumExp[i] = high == Double.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
        }
    }

    /** Embeddings of each side, of the tokens in the batch alone. */
    NDArray[] embed(int[] tokens, int rows, int length) {
        int d = config.hidden();
        float[][] h = new float[sides][tokens.length * d];
        Map<Integer, Integer> first = new HashMap<>();
        float[][] row = new float[sides][d];
        for (int i = 0; i < tokens.length; i++) {
            Integer seen = first.putIfAbsent(tokens[i], i);
            if (seen == null) {
                form(
                        DecoderConfig.EMBEDDING,
                        (long) tokens[i] * d,
                        d,
                        FloatBuffer.wrap(row[0]),
                        sides == 2 ? FloatBuffer.wrap(row[1]) : null);
            }
            for (int side = 0; side < sides; side++) {
                if (seen == null) {
                    System.arraycopy(row[side], 0, h[side], i * d, d);
                } else {
                    System.arraycopy(h[side], seen * d, h[side], i * d, d);
                }
            }
        }
        NDArray[] arrays = new NDArray[sides];
        Arrays.setAll(arrays, side -> manager.create(h[side], new Shape(rows, length, d)));
        return arrays;
    }

    /** Cosines and sines of positions {@code first..first+length}, [length, half a head] each. */
    NDArray[] angles(int first, int length) {
        int[] positions = new int[length];
        Arrays.setAll(positions, i -> first + i);
        return angles(positions, new Shape(length, config.headDim() / 2));
    }

    /** Those of the positions of all rows; where branches begin anew, [rows, 1, length, half a head]. */
    NDArray[] angles(Passes passes) {
        if (passes.positions == null) {
            return angles(prefix(), passes.length);
        }
        int[] positions = new int[passes.tokens.length];
        Arrays.setAll(positions, i -> prefix() + passes.position(i / passes.length, i % passes.length));
        return angles(positions, new Shape(passes.rows, 1, passes.length, config.headDim() / 2));
    }

    NDArray[] angles(int[] positions, Shape shape) {
        return angles(manager, config, positions, shape);
    }

    /** Cosines and sines of the first positions. */
    static NDArray[] angles(NDManager manager, DecoderConfig config, int length) {
        int[] positions = new int[length];
        Arrays.setAll(positions, i -> i);
        return angles(manager, config, positions, new Shape(length, config.headDim() / 2));
    }

    private static NDArray[] angles(NDManager manager, DecoderConfig config, int[] positions, Shape shape) {
        int half = config.headDim() / 2;
        float[] cos = new float[positions.length * half];
        float[] sin = new float[positions.length * half];
        for (int i = 0; i < half; i++) {
            double frequency = config.rope().frequency(i, config.headDim());
            for (int p = 0; p < positions.length; p++) {
                cos[p * half + i] = (float) Math.cos(positions[p] * frequency);
                sin[p * half + i] = (float) Math.sin(positions[p] * frequency);
            }
        }
        return new NDArray[] {manager.create(cos, shape), manager.create(sin, shape)};
    }

    /** What is added to attention scores, [length, prefix + length]; empty where plain causal attention will do. */
    NDArray mask(int length) {
        int prefix = prefix();
        int all = prefix + length;
        if (prefix == 0 && (config.window() == 0 || config.window() >= all)) {
            return NO_TENSOR;
        }
        float[] mask = new float[length * all];
        for (int t = 0; t < length; t++) {
            for (int s = 0; s < all; s++) {
                mask[t * all + s] = sees(prefix + t, s) ? 0 : Float.NEGATIVE_INFINITY;
            }
        }
        return manager.create(mask, new Shape(length, all));
    }

    /** As the other; where branches stand side by side, [rows, 1, length, prefix + length]. */
    NDArray mask(Passes passes) {
        if (passes.branches == null) {
            return mask(passes.length);
        }
        int prefix = prefix();
        int length = passes.length;
        int all = prefix + length;
        float[] mask = new float[Math.multiplyExact(passes.rows * length, all)];
        Arrays.fill(mask, Float.NEGATIVE_INFINITY);
        for (int row = 0; row < passes.rows; row++) {
            for (int t = 0; t < length; t++) {
                int from = (row * length + t) * all;
                Arrays.fill(mask, from, from + prefix, 0);
                for (int s = 0; s <= t; s++) {
                    boolean near = sees(prefix + passes.position(row, t), prefix + passes.position(row, s));
                    if (near && passes.sees(row, t, s)) {
                        mask[from + prefix + s] = 0;
                    }
                }
            }
        }
        return manager.create(mask, new Shape(passes.rows, 1, length, all));
    }

    /** Whether position {@code from} attends to {@code to}; a prefix is seen however narrow the window. */
    boolean sees(int from, int to) {
        return to <= from && (config.window() == 0 || from - to < config.window() || to < prefix());
    }

    NDArray longs(int[] values) {
        return longs(Arrays.stream(values).asLongStream().toArray());
    }

    NDArray longs(long[] values) {
        return values.length == 0
                ? manager.zeros(new Shape(0), DataType.INT64)
                : manager.create(values, new Shape(values.length));
    }

    /** A weight at a side, as the script takes it. */
    NDArray weight(String name, int layer, int side) {
        Tensor tensor = source(name);
        boolean probed = z != null && own.moves(name);
        NDArray array = tensor.array();
        if (array != null && !probed && own.masked(name) == null) {
            return array;
        }
        boolean hold = keep && probed;
        String slot = hold || layer < 0
                ? name
                : name.substring(name.indexOf("." + layer + ".")
                        + 2
                        + Integer.toString(layer).length());
        return formed(name, slot, "", 0, Tensor.shape(tensor.shape()), side);
    }

    private NDArray formed(String name, String slot, String part, long offset, Shape shape, int side) {
        boolean probed = z != null && own.moves(name);
        boolean hold = keep && probed;
        Coordinates.Kept kept = own.masked(name);
        // Sides that differ in a mask alone take turns in one slot; so do sides that do not differ.
        boolean apart = probed && kept == null;
        Scratch.Slot plus = scratch.slot(slot + part, shape);
        if (side == 1 && apart) {
            return scratch.slot(slot + part + "-", shape).array();
        }
        if (hold && !formed.add(name + part)) {
            return plus.array();
        }
        if (side == 1) {
            if (probed && kept != null) {
                patch(name, offset, (int) shape.size(), kept, plus.memory());
            }
            return plus.array();
        }
        FloatBuffer minus =
                apart && sides == 2 ? scratch.slot(slot + part + "-", shape).memory() : null;
        form(name, offset, (int) shape.size(), plus.memory(), minus);
        return plus.array();
    }

    /** Writes numbers {@code offset..offset+length} of theta, or of theta + and - epsilon z. */
    private void form(String name, long offset, int length, FloatBuffer plus, @Nullable FloatBuffer minus) {
        Tensor tensor = source(name);
        Coordinates.Kept kept = own.masked(name);
        Direction.Coordinates direction = direction(name);
        for (int done = 0; done < length; done += BLOCK) {
            int n = Math.min(BLOCK, length - done);
            tensor.read(offset + done, theta, 0, n);
            if (kept != null) {
                overlay(kept, offset + done, n, theta);
            }
            if (direction != null) {
                Arrays.fill(shift, 0, n, 0);
                if (kept == null) {
                    direction.add(offset + done, epsilon, shift, 0, n);
                } else {
                    shift(kept, direction, offset + done, n);
                }
                if (minus != null) {
                    for (int i = 0; i < n; i++) {
                        float e = shift[i];
                        shift[i] = theta[i] - e;
                        theta[i] += e;
                    }
                    minus.put(done, shift, 0, n);
                } else {
                    for (int i = 0; i < n; i++) {
                        theta[i] += shift[i];
                    }
                }
            } else if (minus != null) {
                minus.put(done, theta, 0, n);
            }
            plus.put(done, theta, 0, n);
        }
    }

    /** Turns the plus side of a masked tensor into its minus side: only what is kept differs. */
    private void patch(String name, long offset, int length, Coordinates.Kept kept, FloatBuffer memory) {
        Direction.Coordinates direction = direction(name);
        int first = lowerBound(kept.offsets(), offset);
        int last = lowerBound(kept.offsets(), offset + length);
        for (int i = first; i < last && direction != null; i += BLOCK) {
            int n = Math.min(BLOCK, last - i);
            Arrays.fill(packed, 0, n, 0);
            direction.add(kept.offsets(), i, epsilon, packed, 0, n);
            for (int k = 0; k < n; k++) {
                memory.put((int) (kept.offsets()[i + k] - offset), kept.values()[i + k] - packed[k]);
            }
        }
    }

    private static void overlay(Coordinates.Kept kept, long offset, int n, float[] block) {
        long[] offsets = kept.offsets();
        for (int i = lowerBound(offsets, offset); i < offsets.length && offsets[i] < offset + n; i++) {
            block[(int) (offsets[i] - offset)] = kept.values()[i];
        }
    }

    private void shift(Coordinates.Kept kept, Direction.Coordinates direction, long offset, int n) {
        long[] offsets = kept.offsets();
        int first = lowerBound(offsets, offset);
        int count = lowerBound(offsets, offset + n) - first;
        Arrays.fill(packed, 0, count, 0);
        direction.add(offsets, first, epsilon, packed, 0, count);
        for (int i = 0; i < count; i++) {
            shift[(int) (offsets[first + i] - offset)] = packed[i];
        }
    }

    private static int lowerBound(long[] sorted, long value) {
        int found = Arrays.binarySearch(sorted, value);
        return found >= 0 ? found : -found - 1;
    }

    private Tensor source(String name) {
        Tensor tensor = own.whole(name);
        return tensor != null ? tensor : base.tensor(name);
    }

    private Direction.@Nullable Coordinates direction(String name) {
        return z == null || !own.moves(name) ? null : directions.computeIfAbsent(name, z::of);
    }

    private static NDArray named(String name, NDArray array) {
        array.setName(name);
        return array;
    }

    @Override
    public void close() {
        manager.close();
        if (keep) {
            scratch.close();
        } else {
            base.putBack(scratch);
        }
    }
}
