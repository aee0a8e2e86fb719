package org.oatmill.sampling;

import java.lang.ref.SoftReference;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Noise;
import org.oatmill.core.Score;
import org.oatmill.core.Vector;
import org.oatmill.sampling.kernel.Kernel;

/**
 * Which counter of each sketch row a vector falls in, one sketch after the other: {@code cells[k R +
 * r]} in [0, buckets) is that of row r of the sketch with the k-th sharpness. It is made of the
 * kernel's hashes number r p ... r p + p - 1, so that two vectors share it with probability k^p, or
 * else by the chance 1 / buckets of rehashing.
 */
final class CellHash implements Score<Vector, int[]> {
    private static final long START = 0xd1b5_4a32_d192_ed03L;
    private static final long ODD = 0x9e37_79b9_7f4a_7c15L;

    /** Families whose hashes a JVM keeps. */
    private static final int KEPT = 4;

    /** The hash functions that this JVM's tasks used last, for the next: what one has found of features, others need not. */
    private static final Map<SketchFamily, SoftReference<Functions>> LAST = new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SketchFamily, SoftReference<Functions>> eldest) {
            return size() > KEPT;
        }
    };

    private final SketchFamily family;
    private transient volatile @Nullable Functions functions;

    private record Functions(Kernel.Hashes hashes, Noise.Stream[] rehash) {
        static Functions of(SketchFamily family) {
            int repetitions = family.repetitions();
            Noise.Stream[] rehash = new Noise.Stream[repetitions];
            for (int r = 0; r < rehash.length; r++) {
                rehash[r] = Noise.stream(family.seed(), 0, r, "rehash");
            }
            return new Functions(
                    family.kernel().hashes(family.seed(), repetitions, family.hashes() / repetitions), rehash);
        }
    }

    CellHash(SketchFamily family) {
        this.family = family;
    }

    @Override
    public int[] of(Vector row) {
        Functions made = functions();
        int repetitions = family.repetitions();
        List<Integer> sharpness = family.sharpness();
        int[] cells = new int[sharpness.size() * repetitions];
        boolean empty = Kernel.isEmpty(row);
        long[] values = new long[empty ? 0 : family.hashes()];
        if (!empty) {
            made.hashes.of(row, values);
        }
        for (int k = 0; k < sharpness.size(); k++) {
            // A row of zeros has no hashes: it gets a cell for all of its kind.
            int p = empty ? 0 : sharpness.get(k);
            for (int r = 0; r < repetitions; r++) {
                cells[k * repetitions + r] = cell(made.rehash[r], values, r * p, r * p + p);
            }
        }
        return cells;
    }

    /** Each step is one to one, so that what differs in one hash differs to the end. */
    private int cell(Noise.Stream rehash, long[] values, int from, int to) {
        long state = to > from ? START : 0;
        for (int q = from; q < to; q++) {
            state = (state ^ values[q]) * ODD;
            state ^= state >>> 32;
        }
        // High bits times range: never negative, unlike a remainder.
        return (int) (((rehash.hash(state) >>> 32) * family.buckets()) >>> 32);
    }

    /** Built where it is used: the parameters are a function of the seed, and larger than it. */
    private Functions functions() {
        Functions made = functions;
        if (made == null) {
            synchronized (LAST) {
                SoftReference<Functions> last = LAST.get(family);
                made = last == null ? null : last.get();
                if (made == null) {
                    made = Functions.of(family);
                    LAST.put(family, new SoftReference<>(made));
                }
            }
            functions = made;
        }
        return made;
    }
}
