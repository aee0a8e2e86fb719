package org.oatmill.model;

import java.nio.FloatBuffer;
import java.util.Objects;

/** Weights in pieces that stay in the first cache while noise passes over them. */
final class Blocks {
    /** Floats in a block: 32 KB. */
    static final int FLOATS = 8192;

    private Blocks() {}

    /** What is done to one block; {@code done} floats of the range lie before it. */
    interface Change {
        void apply(int done, float[] block, int length);
    }

    /**
     * Changes a range of memory outside the heap through a heap array: two bulk copies a block, so
     * that the inner loops exist once and run at the speed of arrays.
     */
    static void of(FloatBuffer p, int from, int length, Change change) {
        Objects.checkFromIndexSize(from, length, p.limit());
        float[] block = new float[Math.min(FLOATS, length)];
        for (int done = 0; done < length; done += FLOATS) {
            int n = Math.min(FLOATS, length - done);
            p.get(from + done, block, 0, n);
            change.apply(done, block, n);
            p.put(from + done, block, 0, n);
        }
    }
}
