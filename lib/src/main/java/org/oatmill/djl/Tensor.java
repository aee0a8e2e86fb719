package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.jspecify.annotations.Nullable;
import org.oatmill.model.TensorShape;

/**
 * A tensor in native memory, in its storage type, cut into pieces of whole rows where it is longer
 * than a buffer can be. Reading widens to float32; only float32 is written.
 */
final class Tensor {
    private final TensorShape shape;
    private final Safetensors.Type type;
    private final ByteBuffer[] pieces;
    private final long perPiece;
    private final @Nullable NDArray array;

    /** Allocates a zeroed tensor. */
    Tensor(TensorShape shape, Safetensors.Type type, Arena arena, NDManager manager) {
        this.shape = shape;
        this.type = type;
        long row = shape.shape().isEmpty()
                ? 1
                : shape.size() / Math.max(1, shape.shape().get(0));
        this.perPiece = Math.max(1, Arena.LONGEST / type.width / Math.max(1, row)) * Math.max(1, row);
        this.pieces = new ByteBuffer[Math.toIntExact((shape.size() + perPiece - 1) / perPiece)];
        for (int i = 0; i < pieces.length; i++) {
            pieces[i] = arena.allocate(Math.min(perPiece, shape.size() - i * perPiece) * type.width);
        }
        this.array = type == Safetensors.Type.F32 && pieces.length == 1
                ? Torch.over(manager, pieces[0], shape(shape))
                : null;
    }

    static Shape shape(TensorShape tensor) {
        return new Shape(tensor.shape().stream().mapToLong(Integer::longValue).toArray());
    }

    TensorShape shape() {
        return shape;
    }

    Safetensors.Type type() {
        return type;
    }

    /** The memory, piece by piece, in order. */
    ByteBuffer[] pieces() {
        return pieces;
    }

    /** The tensor as the engine sees it, without a copy, or null if it is stored otherwise than in float32. */
    @Nullable
    NDArray array() {
        return array;
    }

    /** {@code out[from..from+length) = } numbers from {@code offset} on. */
    void read(long offset, float[] out, int from, int length) {
        while (length > 0) {
            ByteBuffer piece = pieces[(int) (offset / perPiece)];
            int start = (int) (offset % perPiece);
            int n = (int) Math.min(length, perPiece - start);
            if (type == Safetensors.Type.F32) {
                piece.asFloatBuffer().get(start, out, from, n);
            } else {
                widen(piece.asShortBuffer(), start, out, from, n);
            }
            offset += n;
            from += n;
            length -= n;
        }
    }

    private void widen(ShortBuffer piece, int start, float[] out, int from, int n) {
        short[] bits = new short[Math.min(n, 4096)];
        for (int done = 0; done < n; done += bits.length) {
            int some = Math.min(bits.length, n - done);
            piece.get(start + done, bits, 0, some);
            if (type == Safetensors.Type.BF16) {
                for (int i = 0; i < some; i++) {
                    out[from + done + i] = Halves.fromBf16(bits[i]);
                }
            } else {
                for (int i = 0; i < some; i++) {
                    out[from + done + i] = Halves.fromF16(bits[i]);
                }
            }
        }
    }

    /** Writes numbers from {@code offset} on; float32 alone. */
    void write(long offset, float[] in, int from, int length) {
        while (length > 0) {
            FloatBuffer piece = pieces[(int) (offset / perPiece)].asFloatBuffer();
            int start = (int) (offset % perPiece);
            int n = (int) Math.min(length, perPiece - start);
            piece.put(start, in, from, n);
            offset += n;
            from += n;
            length -= n;
        }
    }
}
