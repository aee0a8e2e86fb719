package org.oatmill.sampling;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * The second pass: how well parts of each sketch agree on the rows. What one third of its rows and the next tell
 * of the logarithm of a density is correlated, over all rows and over the tenth that is sparsest by the third
 * third: its errors are not those of the other two, so the cut favours no disagreement. By the formula of
 * Spearman and Brown, halves would correlate by 1.5 r / (1 + 0.5 r).
 *
 * <p>Logarithms are counted in steps of 2^-20 and summed apart for each 64th of an octave of the density by which
 * the tenth is cut, so that it can be told afterwards; sums are of integers.
 */
final class Reliability implements Summary<RowTotals, Reliability> {
    private static final long serialVersionUID = 1L;

    private static final int STEPS = 20;
    private static final int BINS_PER_OCTAVE = 64;
    private static final int BINS = 32 * BINS_PER_OCTAVE;
    private static final double LN_2 = 0x1.62e42fefa39efp-1;

    private final SketchFamily family;
    private final long counted;
    private final List<OfSketch> sketches = new ArrayList<>();
    private long rows;

    Reliability(SketchFamily family, long counted) {
        this.family = family;
        this.counted = counted;
        family.sharpness().forEach(p -> sketches.add(new OfSketch()));
    }

    @Override
    public void add(RowTotals some) {
        int r = family.repetitions();
        for (int k = 0; k < sketches.size(); k++) {
            for (int n = 0; n < some.ids().size(); n++) {
                long all = some.all()[k][n];
                long first = some.first()[k][n];
                long second = some.second()[k][n];
                sketches.get(k)
                        .add(
                                all,
                                family.density(all, r, counted),
                                logarithm(first, (r + 2) / 3),
                                logarithm(second, (r + 1) / 3),
                                logarithm(all - first - second, r / 3));
            }
        }
        rows += some.ids().size();
    }

    /** Of the density that some rows of a sketch tell: base 2, in steps; 0 where there is none. */
    private long logarithm(long total, int ofRows) {
        double density = ofRows == 0 ? 1 : family.density(total, ofRows, counted);
        return Math.round(StrictMath.log(density) / LN_2 * (1 << STEPS));
    }

    @Override
    public void merge(Reliability other) {
        for (int k = 0; k < sketches.size(); k++) {
            sketches.get(k).merge(other.sketches.get(k));
        }
        rows += other.rows;
    }

    /**
     * The sharpness to take.
     *
     * @param totals what the rows' counters must add up to, for each sketch; an input that changed is refused
     */
    SharpnessChoice choose(List<Long> totals) {
        List<SharpnessChoice.Tried> candidates = new ArrayList<>();
        for (int k = 0; k < sketches.size(); k++) {
            OfSketch of = sketches.get(k);
            if (rows != counted || of.total != totals.get(k)) {
                throw new UserException("Cannot sample: rows = " + rows + " in the second pass, expected the " + counted
                        + " of the first, unchanged; sample from a committed artifact or an immutable snapshot");
            }
            candidates.add(new SharpnessChoice.Tried(
                    family.sharpness().get(k),
                    ofHalves(of.correlation(BINS)),
                    ofHalves(of.correlation(of.binsOf((rows + 9) / 10))),
                    of.effectiveShare(rows)));
        }
        return SharpnessChoice.of(candidates);
    }

    /** What two halves correlate by whose thirds do so by r. */
    private static double ofHalves(double r) {
        return 1.5 * r / (1 + 0.5 * r);
    }

    /** Of one sketch. */
    private static final class OfSketch implements java.io.Serializable {
        private static final long serialVersionUID = 1L;

        private final long[] rows = new long[BINS];
        // Sums of x, y, xx, yy, xy for each bin: low 32 bits of what is added, and the bits above.
        private final long[] low = new long[BINS * 5];
        private final long[] high = new long[BINS * 5];
        private final ExactSum weights = new ExactSum();
        private final ExactSum squares = new ExactSum();
        private long total;

        void add(long counters, double density, long x, long y, long cut) {
            int bin = (int) Math.min(BINS - 1, cut * BINS_PER_OCTAVE >> STEPS);
            rows[bin]++;
            long[] terms = {x, y, x * x, y * y, x * y};
            for (int t = 0; t < terms.length; t++) {
                low[bin * 5 + t] += terms[t] & 0xffff_ffffL;
                high[bin * 5 + t] += terms[t] >>> 32;
            }
            double weight = 1 / density;
            weights.add(weight);
            squares.add(weight * weight);
            total += counters;
        }

        void merge(OfSketch other) {
            add(rows, other.rows);
            add(low, other.low);
            add(high, other.high);
            weights.add(other.weights);
            squares.add(other.squares);
            total += other.total;
        }

        private static void add(long[] to, long[] from) {
            for (int i = 0; i < to.length; i++) {
                to[i] += from[i];
            }
        }

        /** Bins, the sparsest first, that hold so many rows. */
        int binsOf(long least) {
            int bins = 0;
            for (long sum = 0; sum < least; bins++) {
                sum += rows[bins];
            }
            return bins;
        }

        /** Of x and y over the first bins; 0 where either does not vary. */
        double correlation(int bins) {
            BigInteger n = BigInteger.valueOf(sum(rows, bins));
            BigInteger x = sum(bins, 0);
            BigInteger y = sum(bins, 1);
            BigInteger xx = n.multiply(sum(bins, 2)).subtract(x.multiply(x));
            BigInteger yy = n.multiply(sum(bins, 3)).subtract(y.multiply(y));
            BigInteger xy = n.multiply(sum(bins, 4)).subtract(x.multiply(y));
            return xx.signum() == 0 || yy.signum() == 0
                    ? 0
                    : xy.doubleValue() / Math.sqrt(xx.doubleValue()) / Math.sqrt(yy.doubleValue());
        }

        private static long sum(long[] values, int bins) {
            long sum = 0;
            for (int bin = 0; bin < bins; bin++) {
                sum += values[bin];
            }
            return sum;
        }

        private BigInteger sum(int bins, int term) {
            BigInteger sum = BigInteger.ZERO;
            for (int bin = 0; bin < bins; bin++) {
                sum = sum.add(BigInteger.valueOf(high[bin * 5 + term])
                        .shiftLeft(32)
                        .add(BigInteger.valueOf(low[bin * 5 + term])));
            }
            return sum;
        }

        double effectiveShare(long rows) {
            double sum = weights.value();
            return rows == 0 ? 1 : sum * sum / (rows * squares.value());
        }
    }
}
