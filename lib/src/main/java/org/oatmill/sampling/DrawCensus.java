package org.oatmill.sampling;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.oatmill.core.Score;
import org.oatmill.core.Summary;

/** The second pass: rows and weights, and for each stratum the first bits of what decides: of its keys, or of its weights. */
final class DrawCensus implements Summary<KeyedRow, DrawCensus> {
    private static final long serialVersionUID = 1L;

    private final Score<KeyedRow, Double> number;
    private final TreeMap<String, BitHistogram> strata = new TreeMap<>();
    private final ExactSum weights = new ExactSum();
    private final ExactSum squares = new ExactSum();
    private long rows;
    private long total;

    DrawCensus(Score<KeyedRow, Double> number) {
        this.number = number;
    }

    @Override
    public void add(KeyedRow row) {
        double weight = row.weight();
        strata.computeIfAbsent(row.stratum(), s -> new BitHistogram(BitHistogram.Prefix.NONE))
                .add(number.of(row));
        weights.add(weight);
        squares.add(weight * weight);
        rows++;
        total += row.row().total();
    }

    @Override
    public void merge(DrawCensus other) {
        merge(strata, other.strata);
        weights.add(other.weights);
        squares.add(other.squares);
        rows += other.rows;
        total += other.total;
    }

    private static void merge(Map<String, BitHistogram> to, Map<String, BitHistogram> from) {
        from.forEach((stratum, histogram) -> to.merge(stratum, histogram, (a, b) -> {
            a.merge(b);
            return a;
        }));
    }

    long rows() {
        return rows;
    }

    /** Sum of the rows' totals, modulo 2^64. */
    long total() {
        return total;
    }

    SortedMap<String, BitHistogram> strata() {
        return strata;
    }

    /** Rows of each stratum. */
    SortedMap<String, Long> sizes() {
        SortedMap<String, Long> sizes = new TreeMap<>();
        strata.forEach((stratum, histogram) -> sizes.put(stratum, histogram.numbers()));
        return sizes;
    }

    /** (sum of w)^2 / (n sum of w^2): 1 where all weights are equal, 1/n where one row has all of it. */
    double effectiveShare() {
        double sum = weights.value();
        return rows == 0 ? 1 : sum * sum / (rows * squares.value());
    }

    /** A closer look: the next bits of what decides, for some strata, among the rows that share the first ones. */
    static final class Closer implements Summary<KeyedRow, Closer> {
        private static final long serialVersionUID = 1L;

        private final Score<KeyedRow, Double> number;
        private final TreeMap<String, BitHistogram> strata = new TreeMap<>();

        Closer(Score<KeyedRow, Double> number, Map<String, BitHistogram.Prefix> prefixes) {
            this.number = number;
            prefixes.forEach((stratum, prefix) -> strata.put(stratum, new BitHistogram(prefix)));
        }

        @Override
        public void add(KeyedRow row) {
            BitHistogram histogram = strata.get(row.stratum());
            if (histogram != null) {
                histogram.add(number.of(row));
            }
        }

        @Override
        public void merge(Closer other) {
            DrawCensus.merge(strata, other.strata);
        }

        SortedMap<String, BitHistogram> strata() {
            return strata;
        }
    }
}
