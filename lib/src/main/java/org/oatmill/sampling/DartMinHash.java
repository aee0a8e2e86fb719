package org.oatmill.sampling;

import java.util.Arrays;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/**
 * Hashes of non-negative rows that collide with probability exactly equal to their Min-Max similarity,
 * in time O(nnz + count log count) a row: DartMinHash (Christiani, arXiv 2005.11547).
 *
 * <p>Over the half-plane (weight, rank) of every feature lies a Poisson process of darts, one per unit
 * of area and hash. A row sees the darts whose weight is below its own; its hash number j is the dart
 * of hash j that has the smallest rank. Two rows agree if the first dart below the larger of their
 * weights is also below the smaller: with probability J, independently for every j.
 *
 * <p>Darts are found by rank, up to a limit at which every hash has one almost surely; where one has
 * none, the limit rises. Weights are cut into octaves [2^a, 2^(a+1)), whose darts arrive one after the
 * other, exponentially spaced; past {@link #COARSE} arrivals into quarters of octaves, so that few of
 * those that are found lie above the row's weight. Darts that come before the first {@link #RARE}th
 * of an arrival are few in all octaves together, so one list of them per feature holds them.
 *
 * <p>Hashes come in groups of 128, 128, 256, 512, ..., each a process of its own, so that hash j does not
 * depend on how many there are. Group g's darts are blocks of the stream (seed, 0, g, "dart"): block
 * (512 feature + octave + 149) 2^23 + quarter 2^20 + arrival, the list being in octave 362; the block is
 * the hash.
 *
 * <p>Differs from the paper: no bound on weights and no unit of them is needed, since octaves reach as
 * far as floats do; spacings in place of Poisson counts in cells; hashes are as many processes, not
 * bins of one.
 */
final class DartMinHash implements Kernel.Hashes {
    private static final int FIRST_GROUP = 128;
    private static final int LARGEST_GROUP = 1 << 16;

    /** Floats, subnormal ones too, lie in octaves -149 ... 127. */
    private static final int LOWEST = -149;

    private static final int OCTAVES = 277;

    /** Takes the place of an octave in block numbers. */
    private static final int LIST = 511;

    private static final double RARE = 1 / 256.0;
    private static final double COARSE = 8;
    private static final double[] RARE_COUNTS = poisson(OCTAVES * RARE);

    private static final double UNIT = 0x1p-53;

    private final int count;
    private final Group[] groups;

    /** Hashes number {@code first} to {@code first + size - 1}. */
    private record Group(int first, int size, Noise.Stream stream) {}

    DartMinHash(long seed, int count) {
        this.count = count;
        int number = 0;
        Group[] made = new Group[Integer.SIZE + count / LARGEST_GROUP];
        for (int first = 0; first < count; number++) {
            int size = Math.min(Math.max(first, FIRST_GROUP), LARGEST_GROUP);
            made[number] = new Group(first, size, Noise.stream(seed, 0, number, "dart"));
            first += size;
        }
        this.groups = Arrays.copyOf(made, number);
    }

    @Override
    public void of(Vector row, long[] values) {
        double total = 0;
        for (float weight : row.values()) {
            total += weight;
        }
        double[] ranks = new double[count];
        // Every hash has a dart with probability exp(-e^-2) = 0.87.
        for (double arrivals = Math.log(count) + 2; ; arrivals *= 1.5) {
            Arrays.fill(ranks, Double.POSITIVE_INFINITY);
            Throw darts = new Throw(arrivals / total, ranks, values);
            for (Group group : groups) {
                darts.at(row, group);
            }
            boolean complete = true;
            for (int j = 0; j < count; j++) {
                complete &= ranks[j] < Double.POSITIVE_INFINITY;
            }
            if (complete) {
                return;
            }
        }
    }

    /** All darts of a row below a rank. */
    private static final class Throw {
        private final double limit;
        private final double[] ranks;
        private final long[] values;

        Throw(double limit, double[] ranks, long[] values) {
            this.limit = limit;
            this.ranks = ranks;
            this.values = values;
        }

        void at(Vector row, Group group) {
            for (int k = 0; k < row.stored(); k++) {
                double weight = row.values()[k];
                if (weight > 0) {
                    long blocks = (512L * row.index(k)) << 23;
                    int top = Math.getExponent(weight);
                    rare(group, blocks + ((long) LIST << 23), weight, top);
                    double unit = 1 / (group.size * power(top));
                    double end = limit / unit;
                    for (int octave = top; end > RARE; octave--, unit *= 2, end /= 2) {
                        octave(group, blocks + ((long) (octave - LOWEST) << 23), octave, weight, unit, end);
                    }
                }
            }
        }

        private void octave(Group group, long blocks, int octave, double weight, double unit, double end) {
            double low = power(octave);
            arrivals(group, blocks, RARE, Math.min(end, COARSE), 1, unit, low, low, weight);
            if (end > COARSE) {
                double quarter = low / 4;
                for (int q = 0; q < 4 && low < weight; q++, low += quarter) {
                    arrivals(group, blocks + ((q + 1L) << 20), COARSE, end, 4, unit, low, quarter, weight);
                }
            }
        }

        /** Darts with weights in [low, low + width) that arrive between two times; a rank is a time in {@code unit}s. */
        private void arrivals(
                Group group,
                long block,
                double begin,
                double end,
                double spacing,
                double unit,
                double low,
                double width,
                double weight) {
            Noise.Stream stream = group.stream;
            boolean partly = low + width > weight;
            double time = begin;
            while (true) {
                long dart = stream.hash(block++);
                double u = (dart >>> 11) * UNIT;
                // -ln(1 - u) is u at least: most features of a long row have no dart, and need no logarithm to see it.
                if (time + spacing * u >= end) {
                    return;
                }
                time += spacing * exponential(dart);
                if (time >= end) {
                    return;
                }
                if (!partly || low + width * fraction(dart) < weight) {
                    keep(group, dart, time * unit);
                }
            }
        }

        private void rare(Group group, long block, double weight, int top) {
            double u = (group.stream.hash(block) >>> 11) * UNIT;
            for (int n = 0; u >= RARE_COUNTS[n]; n++) {
                long dart = group.stream.hash(block + 2 * n + 1);
                int octave = LOWEST + (int) (((dart >>> 32) * OCTAVES) >>> 32);
                if (octave <= top && (octave < top || power(octave) * (1 + fraction(dart)) < weight)) {
                    double time = RARE * ((group.stream.hash(block + 2 * n + 2) >>> 11) * UNIT);
                    double rank = time / (group.size * power(octave));
                    if (rank < limit) {
                        keep(group, dart, rank);
                    }
                }
            }
        }

        private void keep(Group group, long dart, double rank) {
            int j = group.first + ((int) dart & (group.size - 1));
            if (j < ranks.length && rank < ranks[j]) {
                ranks[j] = rank;
                values[j] = dart;
            }
        }
    }

    private static double power(int exponent) {
        return Double.longBitsToDouble((1023L + exponent) << 52);
    }

    /** A dart's weight within its range, in [0, 1). */
    private static double fraction(long dart) {
        return (((dart ^ (dart >>> 32)) * 0x9E3779B97F4A7C15L) >>> 11) * UNIT;
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

    private static final int LOG_STEPS = 256;
    private static final double LN_2 = StrictMath.log(2);
    private static final double[] CENTRE = new double[LOG_STEPS];
    private static final double[] LN_CENTRE = new double[LOG_STEPS];

    static {
        for (int i = 0; i < LOG_STEPS; i++) {
            double centre = 1 + (i + 0.5) / LOG_STEPS;
            CENTRE[i] = 1 / centre;
            LN_CENTRE[i] = StrictMath.log(centre);
        }
    }

    /**
     * -ln(1 - u), u being the block as a number in [0, 1), to 2^-39 of one: by table and series, in multiplications and
     * additions only, so the same on every machine and an order of magnitude faster than StrictMath.
     */
    static double exponential(long bits) {
        long rest = ~bits | 1; // 2^64 (1 - u); at least 2^-64
        int zeros = Long.numberOfLeadingZeros(rest);
        long mantissa = (rest << zeros) << 1 >>> 12;
        int step = (int) (mantissa >>> 44);
        double z = Double.longBitsToDouble((1023L << 52) | mantissa) * CENTRE[step] - 1;
        return (zeros + 1) * LN_2 - LN_CENTRE[step] - z * (1 - z * (0.5 - z * (1 / 3.0)));
    }
}
