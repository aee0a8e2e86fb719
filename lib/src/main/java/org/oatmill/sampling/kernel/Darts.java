package org.oatmill.sampling.kernel;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/**
 * A Poisson process over the quarter-plane (weight, rank) of every feature: one dart per unit of area and
 * hash. A row sees the darts whose weight is below its own; its hash number j is the dart for j that has
 * the smallest rank, told by that rank.
 *
 * <p>Darts are found by rank, up to a limit at which every hash has one almost surely; where one has
 * none, the limit rises. Weights are cut into octaves [2^a, 2^(a+1)). The darts of an octave arrive one
 * after the other, exponentially spaced; time counts what is expected to have arrived. Before time {@link
 * #RARE} hardly any octave has one, so all of them share one list.
 *
 * <p>Limits are powers of two, and rows of like totals have the same: what one row finds in a feature, up to
 * the octave of its weight, {@link DartLists} keeps for the next as a {@link DartList}. What is found does not depend
 * on the limit.
 *
 * <p>All are blocks of one stream, those of a feature from 2^32 times its number on: 2^23 (a + 202) + n is
 * arrival n of an octave. The highest 16 bits of arrival 0, which decide for most octaves that it comes too
 * late, stand elsewhere, those of four octaves in one block: 2^23 (340 + (a + 202) / 4). The list begins at
 * 2^23 511.
 */
final class Darts {
    /** Floats lie in octaves -149 ... 127; below the smallest, there are as many more as a double has digits. */
    private static final int LOWEST = -202;

    private static final int OCTAVES = 330;
    private static final int FOURS = 340;
    private static final int LIST = 511;

    private static final double RARE = 0x1p-12;
    private static final double[] RARE_COUNTS = poisson(OCTAVES * RARE);

    /** Bits of a dart that draw for which hash it is. */
    private static final int SLOT_DRAW_BITS = 24;

    /** Hashes of a process at most. */
    static final int MOST = 1 << DartList.SLOT_BITS;

    /** In a row of one feature and as many hashes as there may be, that many have an arrival after {@link #RARE}. */
    private static final int MOST_OCTAVES = 48;

    /** Darts of a list; one that comes to more is not kept. */
    private static final int LONGEST = 2048;

    private final int count;
    private final Noise.Stream stream;
    private final DartLists lists;

    /** So many hashes, {@link #MOST} at most; lists take so many bytes at most. */
    Darts(int count, Noise.Stream stream, long bytes) {
        this.count = count;
        this.stream = stream;
        this.lists = new DartLists(bytes);
    }

    int count() {
        return count;
    }

    void of(Vector row, long[] values) {
        double total = 0;
        for (float weight : row.values()) {
            total += weight;
        }
        // Every hash has a dart with probability exp(-1/e) = 0.69 at least, most often 0.95, as the limit is rounded
        // up.
        int exponent = Math.getExponent((Math.log(count) + 1) / total) + 1;
        while (!new Search(exponent, values).in(row)) {
            exponent++;
        }
    }

    /** The darts whose rank lies below a power of two. */
    private final class Search {
        private final int exponent;
        private final double limit;
        private final long[] values;

        /** What is found in a feature; more than there is room for is not noted. */
        private long[] found = {};

        private int length;
        private long[] octaves = {};

        Search(int exponent, long[] values) {
            this.exponent = exponent;
            this.limit = power(exponent);
            this.values = values;
        }

        /** Whether every hash has a dart in the row. */
        boolean in(Vector row) {
            Arrays.fill(values, 0, count, DartList.NONE);
            long[] @Nullable [] kept = kept(row);
            for (int i = 0; i < kept.length; i++) {
                float weight = row.values()[i];
                long[] list = kept[i];
                if (weight > 0 && (list == null || !DartList.least(list, place(weight), values))) {
                    find(row.index(i), place(weight), list);
                }
            }
            for (int j = 0; j < count; j++) {
                if (values[j] == DartList.NONE) {
                    return false;
                }
                values[j] = DartList.value(values[j], exponent);
            }
            return true;
        }

        /** All at once, so that memory is asked for all of them at once. */
        private long[] @Nullable [] kept(Vector row) {
            long[] @Nullable [] kept = new long[row.stored()][];
            for (int i = 0; i < kept.length; i++) {
                kept[i] = lists.at(row.index(i), exponent);
            }
            return kept;
        }

        /** What is found is kept unless there is a list with all of it. */
        private void find(int feature, long weight, long @Nullable [] known) {
            if (found.length == 0) {
                found = new long[LONGEST];
                octaves = new long[MOST_OCTAVES];
            }
            int top = (int) (weight - 1 >> DartList.WIDTH_BITS);
            length = 0;
            for (int i = octaves(feature, top) - 1; i >= 0; i--) {
                arrivals(octaves[i], weight, top);
            }
            rare(feature, weight, top);
            if (length <= LONGEST && (known == null || DartList.top(known) < top)) {
                long key = DartList.key(feature, exponent, top);
                lists.keep(feature, exponent, DartList.of(key, found, length));
            }
        }

        /** The octaves that may have an arrival below the limit: for each its first block, and in the lowest 16 bits the highest of that. */
        private int octaves(int feature, int top) {
            int n = 0;
            int octave = top;
            double end = limit * count * power(octave + LOWEST);
            int lowest = Math.max(0, octave - Math.getExponent(end / RARE));
            // In 65,536ths, where -ln(1 - u) is u at least.
            long ends = (long) (end * 0x1p16) + 1;
            while (octave >= lowest) {
                long four = stream.hash(block(feature, FOURS + (octave >> 2))) << (16 * (3 - (octave & 3)));
                if ((octave & 3) == 3 && ends < 0x1000 && !anyAtMost(ends, four)) {
                    octave -= 4;
                    ends >>= 4;
                    continue;
                }
                for (int stop = Math.max(lowest, octave & ~3); octave >= stop; octave--, four <<= 16, ends >>= 1) {
                    octaves[n] = block(feature, octave) | (four >>> 48);
                    // Counted without a branch, because nobody can predict it.
                    n += (four >>> 48) <= ends ? 1 : 0;
                }
            }
            return n;
        }

        private void arrivals(long found, long weight, int top) {
            int octave = (int) (found >>> 23) & 511;
            double unit = power(-octave - LOWEST) / count;
            double end = limit * count * power(octave + LOWEST);
            long block = found & -0x1_0000L;
            long dart = stream.hash(block);
            double time = RARE + Exponential.inverse((found << 48) | (dart >>> 16));
            while (time < end) {
                add(dart, octave, time * unit, weight, top);
                dart = stream.hash(++block);
                time += Exponential.of(dart, stream);
            }
        }

        private void rare(int feature, long weight, int top) {
            long block = block(feature, LIST);
            double u = (stream.hash(block) >>> 11) * 0x1p-53;
            for (int n = 0; u >= RARE_COUNTS[n]; n++) {
                long dart = stream.hash(block + 2 * n + 1);
                int octave = (int) (((dart >>> 32) * OCTAVES) >>> 32);
                double time = RARE * ((stream.hash(block + 2 * n + 2) >>> 11) * 0x1p-53);
                double rank = time * power(-octave - LOWEST) / count;
                if (octave <= top && rank < limit) {
                    add(dart, octave, rank, weight, top);
                }
            }
        }

        private void add(long dart, int octave, double rank, long weight, int top) {
            long place = ((long) octave << DartList.WIDTH_BITS) | within(dart);
            long seen = DartList.dart(slot(dart), rank / limit, place, top);
            if (place < weight) {
                DartList.least(seen, values);
            }
            if (length < LONGEST) {
                found[length] = seen;
            }
            length = Math.min(length + 1, LONGEST + 1);
        }
    }

    private static long within(long dart) {
        return (dart ^ (dart >>> 32)) * 0x9E3779B97F4A7C15L >>> (Long.SIZE - DartList.WIDTH_BITS);
    }

    private static long block(int feature, int part) {
        return ((long) feature << 32) + ((long) part << 23);
    }

    /** Whether one of four unsigned 16-bit numbers is at most n, which is below 2^15. */
    private static boolean anyAtMost(long n, long four) {
        return ((four - (n + 1) * 0x0001_0001_0001_0001L) & ~four & 0x8000_8000_8000_8000L) != 0;
    }

    /** Where a weight lies: the number of its octave from {@link #LOWEST} on, then {@link DartList#WIDTH_BITS} of where in it, which is all that a float has. */
    private static long place(double weight) {
        return Double.doubleToRawLongBits(weight) - ((LOWEST + 1023L) << 52) >> (52 - DartList.WIDTH_BITS);
    }

    private int slot(long dart) {
        return (int) ((dart >>> 8 & (1 << SLOT_DRAW_BITS) - 1) * count >>> SLOT_DRAW_BITS);
    }

    private static double power(int exponent) {
        return Double.longBitsToDouble((1023L + exponent) << 52);
    }

    /** Probabilities of 0, of 1 or less, of 2 or less ...; the last is 1. */
    private static double[] poisson(double mean) {
        double[] cumulative = new double[30];
        double term = StrictMath.exp(-mean);
        double sum = 0;
        for (int n = 0; n < cumulative.length - 1; n++, term *= mean / n) {
            sum += term;
            cumulative[n] = sum;
        }
        cumulative[cumulative.length - 1] = 1;
        return cumulative;
    }
}
