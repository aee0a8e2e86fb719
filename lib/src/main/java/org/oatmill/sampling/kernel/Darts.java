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
 * the octave of its weight, {@link DartLists} keeps for the next. What is found does not depend on the limit.
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

    /** Bits of a dart that say for which hash it is. */
    private static final int SLOT_BITS = 24;

    /** In a row of one feature and as many hashes as there may be, that many have an arrival after {@link #RARE}. */
    private static final int MOST_OCTAVES = 48;

    /** Longs of a list; one that comes to more is not kept. */
    private static final int LONGEST = 1 + 2 * 2048;

    private static final int FIRST = 1 + 2 * 64;

    /** Octaves are so wide, in units of which it is told where a dart lies: with the octave and a hash, that fills a long. */
    private static final int WIDTH_BITS = 39;

    /** Values of a row whose lists are looked up together, so that memory is asked for all of them at once. */
    private static final int CHUNK = 64;

    private static final long NONE = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

    private final int count;
    private final Noise.Stream stream;
    private final DartLists lists;

    /** So many hashes, at most 65,536; lists take so many bytes at most. */
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

        /**
         * What is found in a feature: its key with the highest octave; then, octave by octave, of each dart the rank,
         * and in one long the place of its weight and the number of its hash.
         */
        private long[] list = {};

        private int length;
        private boolean whole;
        private long[] octaves = {};
        private final long[][] kept = new long[CHUNK][];

        Search(int exponent, long[] values) {
            this.exponent = exponent;
            this.limit = power(exponent);
            this.values = values;
        }

        /** Whether every hash has a dart in the row. */
        boolean in(Vector row) {
            Arrays.fill(values, 0, count, NONE);
            for (int from = 0; from < row.stored(); from += CHUNK) {
                int n = Math.min(CHUNK, row.stored() - from);
                for (int i = 0; i < n; i++) {
                    kept[i] = lists.at(row.index(from + i), exponent);
                }
                for (int i = 0; i < n; i++) {
                    if (row.values()[from + i] > 0) {
                        see(row.index(from + i), place(row.values()[from + i]), kept[i]);
                    }
                }
            }
            long last = 0;
            for (int j = 0; j < count; j++) {
                last = Math.max(last, values[j]);
            }
            return last != NONE;
        }

        private void see(int feature, long weight, long @Nullable [] darts) {
            int top = (int) (weight - 1 >> WIDTH_BITS);
            if (darts != null && (char) (darts[0] >>> Character.SIZE) >= top) {
                see(darts, darts.length, weight, top);
            } else {
                find(feature, weight, top);
            }
        }

        /** Of two darts for one hash, the one of smaller rank; as numbers above 0, doubles are ordered like their bits. */
        private void see(long[] darts, int end, long weight, int top) {
            long beyond = (long) (top + 1) << WIDTH_BITS;
            for (int i = 1; i < end && darts[i + 1] >>> Character.SIZE < beyond; i += 2) {
                int j = (char) darts[i + 1];
                long rank = darts[i + 1] >>> Character.SIZE < weight ? darts[i] : NONE;
                values[j] = Math.min(values[j], rank);
            }
        }

        private void find(int feature, long weight, int top) {
            if (list.length == 0) {
                list = new long[FIRST];
                octaves = new long[MOST_OCTAVES];
            }
            list[0] = DartLists.key(feature, exponent) | (top << Character.SIZE);
            length = 1;
            whole = true;
            for (int i = octaves(feature, top) - 1; i >= 0; i--) {
                arrivals(octaves[i], weight, top);
            }
            rare(feature, weight, top);
            see(list, length, weight, top);
            if (whole) {
                lists.keep(feature, exponent, Arrays.copyOf(list, length));
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
            if (length == list.length && length < LONGEST) {
                list = Arrays.copyOf(list, Math.min(LONGEST, 2 * length - 1));
            } else if (length == LONGEST) {
                see(list, length, weight, top);
                length = 1;
                whole = false;
            }
            int i = length;
            for (; i > 1 && list[i - 1] >>> (WIDTH_BITS + Character.SIZE) > octave; i -= 2) {
                list[i] = list[i - 2];
                list[i + 1] = list[i - 1];
            }
            long within = (dart ^ (dart >>> 32)) * 0x9E3779B97F4A7C15L >>> (Long.SIZE - WIDTH_BITS);
            list[i] = Double.doubleToRawLongBits(rank);
            list[i + 1] = ((((long) octave << WIDTH_BITS) | within) << Character.SIZE) | slot(dart);
            length += 2;
        }
    }

    private static long block(int feature, int part) {
        return ((long) feature << 32) + ((long) part << 23);
    }

    /** Whether one of four unsigned 16-bit numbers is at most n, which is below 2^15. */
    private static boolean anyAtMost(long n, long four) {
        return ((four - (n + 1) * 0x0001_0001_0001_0001L) & ~four & 0x8000_8000_8000_8000L) != 0;
    }

    /** Where a weight lies: the number of its octave from {@link #LOWEST} on, then {@link #WIDTH_BITS} of where in it, more than a float has. */
    private static long place(double weight) {
        return Double.doubleToRawLongBits(weight) - ((LOWEST + 1023L) << 52) >> (52 - WIDTH_BITS);
    }

    private long slot(long dart) {
        return (dart >>> 8 & (1 << SLOT_BITS) - 1) * count >>> SLOT_BITS;
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
