package org.oatmill.sampling;

import org.oatmill.core.Summary;

/** The second pass: how many rows there are, what their weights add up to, and the first bits of their keys. */
final class KeyCensus implements Summary<KeyedRow, KeyCensus> {
    private static final long serialVersionUID = 1L;

    private final KeyHistogram histogram = new KeyHistogram(KeyHistogram.KeyPrefix.NONE);
    private final ExactSum weights = new ExactSum();
    private final ExactSum squares = new ExactSum();
    private long rows;
    private long total;

    @Override
    public void add(KeyedRow row) {
        double weight = 1 / row.density();
        histogram.add(row);
        weights.add(weight);
        squares.add(weight * weight);
        rows++;
        total += row.total();
    }

    @Override
    public void merge(KeyCensus other) {
        histogram.merge(other.histogram);
        weights.add(other.weights);
        squares.add(other.squares);
        rows += other.rows;
        total += other.total;
    }

    long rows() {
        return rows;
    }

    /** Sum of the rows' totals, modulo 2^64. */
    long total() {
        return total;
    }

    KeyHistogram histogram() {
        return histogram;
    }

    /** (sum of w)^2 / (n sum of w^2): 1 where all weights are equal, 1/n where one row has all of it. */
    double effectiveShare() {
        double sum = weights.value();
        return rows == 0 ? 1 : sum * sum / (rows * squares.value());
    }
}
