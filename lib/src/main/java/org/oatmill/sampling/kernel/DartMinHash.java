package org.oatmill.sampling.kernel;

import java.util.ArrayList;
import java.util.List;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/**
 * Hashes of non-negative rows that collide with probability exactly equal to their Min-Max similarity,
 * in time O(nnz + count log count) a row: DartMinHash (Christiani, arXiv 2005.11547).
 *
 * <p>Two rows agree on a hash if the first of its {@link Darts} below the larger of their weights is also
 * below the smaller: with probability J, independently for every hash.
 *
 * <p>The hashes of the first repetitions, of as many again, of twice and four times as many ... are each a
 * process of their own, or several of 4,096 hashes at most; the g-th on the stream (seed, 0, g, "dart").
 * A process costs what its darts do, and a step for every value of the row.
 *
 * <p>Differs from the paper: weights have no bound and no unit, since octaves reach as far as floats do;
 * spacings in place of Poisson counts in cells; darts kept from row to row.
 */
final class DartMinHash implements Kernel.Hashes {
    /** Bytes of lists that are kept, where the JVM has eight times as many: of each process its share of the hashes. */
    private static final long KEPT = Math.min(256L << 20, Runtime.getRuntime().maxMemory() / 8);

    private final int count;
    private final List<Darts> groups = new ArrayList<>();

    DartMinHash(long seed, int repetitions, int sharpness) {
        this.count = Math.multiplyExact(repetitions, sharpness);
        for (int from = 0, to; from < count; from = to) {
            to = Math.min(from + Darts.MOST, from < repetitions ? repetitions : 2 * from);
            long bytes = KEPT * (to - from) / count;
            groups.add(new Darts(to - from, Noise.stream(seed, 0, groups.size(), "dart"), bytes));
        }
    }

    @Override
    public void of(Vector row, long[] values) {
        int from = 0;
        for (Darts darts : groups) {
            long[] found = new long[darts.count()];
            darts.of(row, found);
            System.arraycopy(found, 0, values, from, Math.min(found.length, count - from));
            from += found.length;
        }
    }
}
