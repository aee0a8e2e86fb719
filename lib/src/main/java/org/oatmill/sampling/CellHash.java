package org.oatmill.sampling;

import org.jspecify.annotations.Nullable;
import org.oatmill.core.Noise;
import org.oatmill.core.Score;
import org.oatmill.core.Vector;

/**
 * Which counter of each sketch row a vector falls in: {@code cells[r]} in [0, buckets). Cell r is
 * made of the kernel's hashes number r p ... r p + p - 1, so that two vectors share it with
 * probability k^p, or else by the chance 1 / buckets of rehashing.
 */
final class CellHash implements Score<Vector, int[]> {

    private final SketchHeader header;
    private transient volatile @Nullable Functions functions;

    private record Functions(Kernel.Hashes hashes, Noise.Stream[] rehash) {}

    CellHash(SketchHeader header) {
        this.header = header;
    }

    @Override
    public int[] of(Vector row) {
        Functions made = functions();
        int p = header.sharpness();
        int[] cells = new int[header.repetitions()];
        boolean empty = Kernel.isEmpty(row);
        long[] values = new long[empty ? 0 : header.repetitions() * p];
        if (!empty) {
            made.hashes.of(row, values);
        }
        for (int r = 0; r < cells.length; r++) {
            Noise.Stream stream = made.rehash[r];
            // A row of zeros has no hashes: it gets the start state, a cell for all of its kind.
            long state = stream.hash(0);
            for (int q = r * p; !empty && q < r * p + p; q++) {
                state = stream.hash(state ^ values[q]);
            }
            // High bits times range: never negative, unlike a remainder.
            cells[r] = (int) (((state >>> 32) * header.buckets()) >>> 32);
        }
        return cells;
    }

    /** Built where it is used: the parameters are a function of the header, and larger than it. */
    private Functions functions() {
        Functions made = functions;
        if (made == null) {
            synchronized (this) {
                made = functions;
                if (made == null) {
                    Noise.Stream[] rehash = new Noise.Stream[header.repetitions()];
                    for (int r = 0; r < rehash.length; r++) {
                        rehash[r] = Noise.stream(header.seed(), 0, r, "rehash");
                    }
                    int count = Math.multiplyExact(header.repetitions(), header.sharpness());
                    made = new Functions(header.kernel().hashes(header.seed(), count), rehash);
                    functions = made;
                }
            }
        }
        return made;
    }
}
