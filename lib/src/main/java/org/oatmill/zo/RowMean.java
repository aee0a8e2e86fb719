package org.oatmill.zo;

import java.util.List;
import java.util.Map;
import org.oatmill.model.Example;

/** The one way in which values of rows become one number: a weighted mean in the order of ids. */
final class RowMean {
    private static final int BLOCK = 1024;

    private RowMean() {}

    /**
     * Sums of 1,024 rows at a time in double, added in order; NaN where all weights are zero.
     *
     * @param rows by id
     */
    static double of(List<Example> rows, Map<String, Double> values) {
        double sum = 0;
        double weight = 0;
        for (int from = 0; from < rows.size(); from += BLOCK) {
            double blockSum = 0;
            double blockWeight = 0;
            for (Example row : rows.subList(from, Math.min(rows.size(), from + BLOCK))) {
                blockSum += (double) row.weight() * values.getOrDefault(row.id(), Double.NaN);
                blockWeight += row.weight();
            }
            sum += blockSum;
            weight += blockWeight;
        }
        return sum / weight;
    }
}
