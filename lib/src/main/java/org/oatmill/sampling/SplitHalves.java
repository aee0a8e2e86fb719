package org.oatmill.sampling;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * The second pass: how well two halves of each sketch agree on the rows. Logarithms of densities are
 * counted in steps of 2^-20 and summed apart for each 64th of an octave of the whole sketch's
 * density, so that the sparsest tenth can be told afterwards; sums are of integers.
 */
final class SplitHalves implements Summary<RowTotals, SplitHalves> {
    private static final long serialVersionUID = 1L;

    private static final int STEPS = 20;
    private static final int BINS_PER_OCTAVE = 64;
    private static final int BINS = 32 * BINS_PER_OCTAVE;
    private static final double LN_2 = 0x1.62e42fefa39efp-1;

    private final SketchFamily family;
    private final long counted;
    private final List<Halves> halves = new ArrayList<>();
    private long rows;

    SplitHalves(SketchFamily family, long counted) {
        this.family = family;
        this.counted = counted;
        family.sharpness().forEach(p -> halves.add(new Halves()));
    }

    @Override
    public void add(RowTotals some) {
        int evenRows = (family.repetitions() + 1) / 2;
        int oddRows = family.repetitions() - evenRows;
        for (int k = 0; k < halves.size(); k++) {
            for (int n = 0; n < some.ids().size(); n++) {
                long all = some.all()[k][n];
                long even = some.even()[k][n];
                double density = family.density(all, family.repetitions(), counted);
                long x = logarithm(family.density(even, evenRows, counted));
                long y = oddRows == 0 ? 0 : logarithm(family.density(all - even, oddRows, counted));
                halves.get(k).add(density, x, y, all);
            }
        }
        rows += some.ids().size();
    }

    /** Base 2, in steps. */
    private static long logarithm(double density) {
        return Math.round(StrictMath.log(density) / LN_2 * (1 << STEPS));
    }

    @Override
    public void merge(SplitHalves other) {
        for (int k = 0; k < halves.size(); k++) {
            halves.get(k).merge(other.halves.get(k));
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
        for (int k = 0; k < halves.size(); k++) {
            Halves of = halves.get(k);
            if (rows != counted || of.total != totals.get(k)) {
                throw new UserException("Cannot sample: rows = " + rows + " in the second pass, expected the " + counted
                        + " of the first, unchanged; sample from a committed artifact or an immutable snapshot");
            }
            candidates.add(new SharpnessChoice.Tried(
                    family.sharpness().get(k),
                    of.correlation(BINS),
                    of.correlation(of.binsOf((rows + 9) / 10)),
                    of.effectiveShare(rows)));
        }
        return SharpnessChoice.of(candidates);
    }

    /** Of one sketch. */
    private static final class Halves implements java.io.Serializable {
        private static final long serialVersionUID = 1L;

        private final long[] rows = new long[BINS];
        // Sums of x, y, xx, yy, xy for each bin: low 32 bits of what is added, and the bits above.
        private final long[] low = new long[BINS * 5];
        private final long[] high = new long[BINS * 5];
        private final ExactSum weights = new ExactSum();
        private final ExactSum squares = new ExactSum();
        private long total;

        void add(double density, long x, long y, long counters) {
            int bin = (int) Math.min(BINS - 1, logarithm(density) * BINS_PER_OCTAVE >> STEPS);
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

        void merge(Halves other) {
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
