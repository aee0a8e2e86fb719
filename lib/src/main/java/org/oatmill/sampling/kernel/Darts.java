package org.oatmill.sampling.kernel;

import java.util.Arrays;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/**
 * A Poisson process over the quarter-plane (weight, rank) of every feature: one dart per unit of area and
 * hash. A row sees the darts whose weight is below its own; its hash number j is the dart for j that has
 * the smallest rank, told by that rank.
 *
 * <p>Darts are found by rank, up to a limit at which every hash has one almost surely; where one has
 * none, the limit rises. Weights are cut into octaves [2^a, 2^(a+1)). The darts of an octave arrive one
 * after the other, exponentially spaced; time counts what is expected to have arrived. Past time {@link
 * #COARSE} every quarter of an octave has arrivals of its own, so that few are found that lie above the
 * row's weight. Before time {@link #RARE} hardly any octave has one, so all of them share one list.
 *
 * <p>All are blocks of one stream, those of a feature from 2^32 times its number on: 2^23 (a + 202) + n is
 * arrival n of an octave, with 2^20 q added that of quarter q = 1 ... 4. The highest 16 bits of arrival 0,
 * which decide for most octaves that it comes too late, stand elsewhere, those of four octaves in one
 * block: 2^23 (340 + (a + 202) / 4). The list begins at 2^23 511.
 */
final class Darts {
    /** Floats lie in octaves -149 ... 127; below the smallest, there are as many more as a double has digits. */
    private static final int LOWEST = -202;

    private static final int OCTAVES = 330;
    private static final int FOURS = 340;
    private static final int LIST = 511;

    private static final double RARE = 0x1p-12;
    private static final double COARSE = 8;
    private static final double[] RARE_COUNTS = poisson(OCTAVES * RARE);

    /** Bits of a dart that say for which hash it is. */
    private static final int SLOT_BITS = 24;

    /** In a row of one feature and as many hashes as there may be, that many have an arrival after {@link #RARE}. */
    private static final int MOST_OCTAVES = 48;

    private static final long NONE = Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);

    private final int count;
    private final Noise.Stream stream;

    /** So many hashes, at most 65,536. */
    Darts(int count, Noise.Stream stream) {
        this.count = count;
        this.stream = stream;
    }

    int count() {
        return count;
    }

    void of(Vector row, long[] values) {
        double total = 0;
        for (float weight : row.values()) {
            total += weight;
        }
        long[] found = new long[MOST_OCTAVES];
        // Every hash has a dart with probability exp(-e^-2) = 0.87.
        for (double darts = Math.log(count) + 2; ; darts *= 1.4) {
            Arrays.fill(values, 0, count, NONE);
            double limit = darts / total;
            for (int k = 0; k < row.stored(); k++) {
                double weight = row.values()[k];
                if (weight > 0) {
                    int octaves = octaves(row.index(k), weight, limit, found);
                    for (int i = 0; i < octaves; i++) {
                        early(found[i], weight, limit, values);
                    }
                    late(row.index(k), weight, limit, values);
                    rare(row.index(k), weight, limit, values);
                }
            }
            long last = 0;
            for (int j = 0; j < count; j++) {
                last = Math.max(last, values[j]);
            }
            if (last != NONE) {
                return;
            }
        }
    }

    private static long block(int feature, int part) {
        return ((long) feature << 32) + ((long) part << 23);
    }

    /** The octaves that may have an arrival below the limit: for each its first block, and in the lowest 16 bits the highest of that. */
    private int octaves(int feature, double weight, double limit, long[] found) {
        int n = 0;
        int octave = Math.getExponent(weight) - LOWEST;
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
                found[n] = block(feature, octave) | (four >>> 48);
                // Counted without a branch, because nobody can predict it.
                n += (four >>> 48) <= ends ? 1 : 0;
            }
        }
        return n;
    }

    /** Whether one of four unsigned 16-bit numbers is at most n, which is below 2^15. */
    private static boolean anyAtMost(long n, long four) {
        return ((four - (n + 1) * 0x0001_0001_0001_0001L) & ~four & 0x8000_8000_8000_8000L) != 0;
    }

    /** The darts of an octave that arrive before {@link #COARSE}. */
    private void early(long found, double weight, double limit, long[] values) {
        int octave = ((int) (found >>> 23) & 511) + LOWEST;
        double low = power(octave);
        double unit = power(-octave) / count;
        double end = Math.min(limit * count * low, COARSE);
        long block = found & -0x1_0000L;
        long dart = stream.hash(block);
        double time = RARE + Exponential.inverse((found << 48) | (dart >>> 16));
        while (time < end) {
            keep(dart, time * unit, low, low, weight, values);
            dart = stream.hash(++block);
            time += Exponential.of(dart, stream);
        }
    }

    /** The darts that arrive after {@link #COARSE}, most of those of a short row. */
    private void late(int feature, double weight, double limit, long[] values) {
        int octave = Math.getExponent(weight) - LOWEST;
        double low = power(octave + LOWEST);
        for (double end = limit * count * low; end > COARSE && octave >= 0; end /= 2, low /= 2, octave--) {
            double unit = power(-octave - LOWEST) * (1.0 / count);
            double quarter = low / 4;
            double at = low;
            for (int q = 1; q <= 4 && at < weight; q++, at += quarter) {
                long block = block(feature, octave) + ((long) q << 20);
                if (at + quarter <= weight) {
                    below(stream, block, end, unit, count, values);
                } else {
                    across(block, end, unit, at, quarter, weight, values);
                }
            }
        }
    }

    /** The darts of a quarter that lies below the weight. */
    private static void below(Noise.Stream stream, long block, double end, double unit, int count, long[] values) {
        long dart = stream.hash(block);
        double time = COARSE + 4 * Exponential.of(dart, stream);
        while (time < end) {
            int j = slot(dart, count);
            values[j] = Math.min(values[j], Double.doubleToRawLongBits(time * unit));
            dart = stream.hash(++block);
            time += 4 * Exponential.of(dart, stream);
        }
    }

    /** The darts of a quarter that the weight lies in. */
    private void across(long block, double end, double unit, double low, double width, double weight, long[] values) {
        long dart = stream.hash(block);
        double time = COARSE + 4 * Exponential.of(dart, stream);
        while (time < end) {
            keep(dart, time * unit, low, width, weight, values);
            dart = stream.hash(++block);
            time += 4 * Exponential.of(dart, stream);
        }
    }

    private void rare(int feature, double weight, double limit, long[] values) {
        long block = block(feature, LIST);
        double u = (stream.hash(block) >>> 11) * 0x1p-53;
        int top = Math.getExponent(weight);
        for (int n = 0; u >= RARE_COUNTS[n]; n++) {
            long dart = stream.hash(block + 2 * n + 1);
            int octave = LOWEST + (int) (((dart >>> 32) * OCTAVES) >>> 32);
            double low = power(octave);
            double time = RARE * ((stream.hash(block + 2 * n + 2) >>> 11) * 0x1p-53);
            double rank = time / (count * low);
            if (octave <= top && rank < limit) {
                keep(dart, rank, low, low, weight, values);
            }
        }
    }

    /** Of two darts for one hash, the one of smaller rank; as numbers above 0, doubles are ordered like their bits. */
    private void keep(long dart, double rank, double low, double width, double weight, long[] values) {
        double at = low + width * (((dart ^ (dart >>> 32)) * 0x9E3779B97F4A7C15L >>> 11) * 0x1p-53);
        int j = slot(dart, count);
        values[j] = Math.min(values[j], at < weight ? Double.doubleToRawLongBits(rank) : NONE);
    }

    private static int slot(long dart, int count) {
        return (int) ((dart >>> 8 & (1 << SLOT_BITS) - 1) * count >>> SLOT_BITS);
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
