package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.oatmill.model.Subspace;
import org.oatmill.model.Trajectory;

/** What one fork may move, in float32: whole tensors in native memory, and the kept numbers of masked ones. */
final class Coordinates implements AutoCloseable {
    private static final int BLOCK = 8192;

    private final List<Subspace.Part> parts;
    private final Map<String, Tensor> whole = new LinkedHashMap<>();
    private final Map<String, Kept> masked = new LinkedHashMap<>();
    private final Arena arena = new Arena();
    private final NDManager manager = Torch.manager();

    /**
     * The kept coordinates of a tensor.
     *
     * @param offsets increasing, in the full tensor
     * @param values one for each
     */
    record Kept(long[] offsets, float[] values) {}

    /** Reads a start value: numbers of a tensor from an offset on. */
    interface Start {
        void read(String tensor, long offset, float[] out, int from, int length);
    }

    private final NDArray adapterScale;

    /**
     * @param scale of adapters; no matter where there are none
     * @param start where the coordinates begin
     */
    Coordinates(List<Subspace.Part> parts, float scale, Start start) {
        this.parts = List.copyOf(parts);
        this.adapterScale = Torch.list(manager.create(new float[] {scale}));
        float[] block = new float[BLOCK];
        for (Subspace.Part part : parts) {
            long[] kept = part.kept();
            if (kept != null) {
                float[] values = new float[kept.length];
                for (int i = 0; i < kept.length; i++) {
                    start.read(part.name(), kept[i], values, i, 1);
                }
                masked.put(part.name(), new Kept(kept, values));
                continue;
            }
            Tensor tensor = new Tensor(part.tensor(), Safetensors.Type.F32, arena, manager);
            for (long offset = 0; offset < part.size(); offset += BLOCK) {
                int n = (int) Math.min(BLOCK, part.size() - offset);
                start.read(part.name(), offset, block, 0, n);
                tensor.write(offset, block, 0, n);
            }
            whole.put(part.name(), tensor);
        }
    }

    List<Subspace.Part> parts() {
        return parts;
    }

    /** A tensor that may move as a whole, or null. */
    @Nullable
    Tensor whole(String name) {
        return whole.get(name);
    }

    /** The coordinates of a tensor that moves in part, or null. */
    @Nullable
    Kept masked(String name) {
        return masked.get(name);
    }

    /** The coordinates of a tensor as they are now, packed where it moves in part; a copy. */
    float[] values(String name) {
        Kept kept = masked.get(name);
        if (kept != null) {
            return kept.values().clone();
        }
        Tensor tensor = whole.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("Cannot read " + name + ": it cannot move");
        }
        float[] values = new float[Math.toIntExact(tensor.shape().size())];
        tensor.read(0, values, 0, values.length);
        return values;
    }

    NDArray adapterScale() {
        return adapterScale;
    }

    /** Whether any coordinate of a tensor may move. */
    boolean moves(String name) {
        return whole.containsKey(name) || masked.containsKey(name);
    }

    /** Applies entries of a trajectory: all entries of one block before the next block. */
    void replay(Trajectory trajectory, long fromEntry, long toEntry) {
        for (Tensor tensor : whole.values()) {
            Trajectory.Replay replay = trajectory.replay(tensor.shape().name());
            long offset = 0;
            for (ByteBuffer piece : tensor.pieces()) {
                FloatBuffer theta = piece.asFloatBuffer();
                replay.apply(offset, theta, 0, theta.capacity(), fromEntry, toEntry);
                offset += theta.capacity();
            }
        }
        masked.forEach(
                (name, kept) -> trajectory.replay(name).apply(kept.offsets(), kept.values(), fromEntry, toEntry));
    }

    long bytes() {
        return arena.bytes()
                + masked.values().stream()
                        .mapToLong(k -> 12L * k.offsets().length)
                        .sum();
    }

    @Override
    public void close() {
        manager.close();
        arena.close();
    }
}
