package org.oatmill.sampling;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;

/**
 * What a sample says of a number's mean, beside what the mean is. The Horvitz-Thompson estimate is the
 * sum of y / probability over the sample, divided by the rows of the population; its variance is
 * estimated by the sum of (1 - probability) y^2 / probability^2, which is unbiased for Poisson sampling
 * and, given the keys of all other rows, for the smallest k keys, k at least 2 (Cohen and Kaplan, PODC
 * 2007: estimates of two rows are not correlated).
 *
 * @param column name of the number
 * @param of {@code population}, or {@code floored population} where a floor set rows apart
 * @param unflooredMean its mean over all rows, those below the floor too; null where there is no floor
 * @param populationMean its mean over the rows that could be kept
 * @param sampleMean its mean over the kept rows, as they are
 * @param estimate of the population's mean; null where nothing was drawn, or where rows were dropped before: the
 *     chances are then those of the rest
 * @param standardError of the estimate; null where it cannot be told
 */
public record Estimate(
        String column,
        String of,
        @Nullable Double unflooredMean,
        double populationMean,
        double sampleMean,
        @Nullable Double estimate,
        @Nullable Double standardError)
        implements Serializable {

    /** Of each column, in order. */
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    static List<Estimate> of(
            List<String> columns, Rows<Candidate> population, Optional<Rows<Candidate>> unfloored, Sample sample) {
        Sums all = sums(columns, population);
        Optional<Sums> whole = unfloored.map(rows -> sums(columns, rows));
        int n = columns.size();
        Optional<Drawn> drawn = sample.drawn().filter(d -> sample.dropped().isEmpty());
        Sums kept = sample.rows().map(row -> terms(columns, row)).fold(() -> new Sums(3 * n));
        List<Estimate> estimates = new ArrayList<>();
        for (int c = 0; c < n; c++) {
            int column = c;
            estimates.add(new Estimate(
                    columns.get(c),
                    whole.isPresent() ? "floored population" : "population",
                    whole.map(sums -> sums.mean(column)).orElse(null),
                    all.mean(c),
                    kept.mean(c),
                    drawn.map(d -> kept.value(n + column) / all.rows).orElse(null),
                    drawn.filter(Drawn::hasVariance)
                            .map(d -> Math.sqrt(kept.value(2 * n + column)) / all.rows)
                            .orElse(null)));
        }
        return estimates;
    }

    private static Sums sums(List<String> columns, Rows<Candidate> rows) {
        return rows.map(row -> columns.stream().mapToDouble(row::value).toArray())
                .fold(() -> new Sums(columns.size()));
    }

    /** y, y / probability and (1 - probability) (y / probability)^2, each for all columns. */
    private static double[] terms(List<String> columns, SampledRow row) {
        double chance = row.inclusionProb() == null ? 1 : row.inclusionProb();
        int n = columns.size();
        double[] terms = new double[3 * n];
        for (int c = 0; c < n; c++) {
            double y = Objects.requireNonNull(row.facts().values().get(columns.get(c)));
            terms[c] = y;
            terms[n + c] = y / chance;
            terms[2 * n + c] = (1 - chance) * (y / chance) * (y / chance);
        }
        return terms;
    }

    /** Sums of numbers of either sign, in any order. */
    private static final class Sums implements Summary<double[], Sums> {
        private static final long serialVersionUID = 1L;

        private final ExactSum[] positive;
        private final ExactSum[] negative;
        private long rows;

        Sums(int columns) {
            positive = new ExactSum[columns];
            negative = new ExactSum[columns];
            Arrays.setAll(positive, c -> new ExactSum());
            Arrays.setAll(negative, c -> new ExactSum());
        }

        @Override
        public void add(double[] row) {
            for (int c = 0; c < row.length; c++) {
                (row[c] < 0 ? negative : positive)[c].add(Math.abs(row[c]));
            }
            rows++;
        }

        @Override
        public void merge(Sums other) {
            for (int c = 0; c < positive.length; c++) {
                positive[c].add(other.positive[c]);
                negative[c].add(other.negative[c]);
            }
            rows += other.rows;
        }

        double value(int column) {
            return positive[column].value() - negative[column].value();
        }

        double mean(int column) {
            return value(column) / rows;
        }
    }
}
