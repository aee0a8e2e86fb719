package org.oatmill.jobs.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.oatmill.core.Noise;

/**
 * Texts where hidden states are rare: the Mahalanobis distance of a row's hidden state from the mean of
 * all, which is low density under the normal distribution fitted to them. A row is listed where its
 * distance is {@value #FAR} robust standard deviations above the median (1.4826 times the median absolute
 * deviation).
 *
 * <p>The covariance is shrunk towards a multiple of the identity by d/n, at least 0.001, so that few rows
 * of many dimensions {@code d} are enough. Above {@value #MOST_DIMENSIONS} dimensions, states are projected
 * to as many by random signs first.
 *
 * <p>Not the distance to a row's nearest neighbours: strangers that come in numbers are near each other,
 * and hidden states of short and of common texts lie in directions of very different spread.
 */
final class Outliers {
    private static final double FAR = 3;
    private static final int LEAST_ROWS = 20;
    private static final int MOST_DIMENSIONS = 256;
    private static final int SHOWN = 2;

    private Outliers() {}

    /**
     * @param hidden by row; empty where a text has no tokens
     * @param neighbours to be shown as evidence
     */
    static List<Finding> of(List<AuditedRow> rows, float[][] hidden, Neighbours neighbours, long seed) {
        int[] present = IntStream.range(0, hidden.length)
                .filter(i -> hidden[i].length > 0)
                .toArray();
        if (present.length < LEAST_ROWS) {
            return List.of();
        }
        double[] distances = distances(
                projected(Arrays.stream(present).mapToObj(i -> hidden[i]).toArray(float[][]::new), seed));
        double median = median(distances);
        double deviation = 1.4826
                * median(Arrays.stream(distances).map(d -> Math.abs(d - median)).toArray());
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < present.length; i++) {
            double far = (distances[i] - median) / deviation;
            if (deviation > 0 && far >= FAR) {
                List<AuditedRow> nearest = Arrays.stream(neighbours.rows()[present[i]])
                        .limit(SHOWN)
                        .mapToObj(rows::get)
                        .toList();
                String reason = String.format(
                        Locale.ROOT,
                        "rare for the model: its hidden state is %.1f from the mean, %.1f deviations above the median"
                                + " %.1f",
                        distances[i],
                        far,
                        median);
                findings.add(new Finding(Kind.OUTLIER, rows.get(present[i]), 1 - FAR / (2 * far), "", reason, nearest));
            }
        }
        return findings;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double[][] projected(float[][] rows, long seed) {
        int d = rows[0].length;
        if (d <= MOST_DIMENSIONS) {
            return Arrays.stream(rows)
                    .map(row -> IntStream.range(0, d).mapToDouble(j -> row[j]).toArray())
                    .toArray(double[][]::new);
        }
        float[] signs = new float[MOST_DIMENSIONS * d];
        Noise.stream(seed, 0, 0, "outliers").fill(Noise.Law.RADEMACHER, 0, signs, 0, signs.length);
        return Arrays.stream(rows)
                .parallel()
                .map(row -> IntStream.range(0, MOST_DIMENSIONS)
                        .mapToDouble(p -> {
                            double sum = 0;
                            for (int j = 0; j < d; j++) {
                                sum += signs[p * d + j] * row[j];
                            }
                            return sum;
                        })
                        .toArray())
                .toArray(double[][]::new);
    }

    /** Of each row from the mean, in the metric of the shrunk covariance. Sums run in the order of the rows. */
    static double[] distances(double[][] rows) {
        int n = rows.length;
        int d = rows[0].length;
        double[] mean = new double[d];
        for (double[] row : rows) {
            for (int j = 0; j < d; j++) {
                mean[j] += row[j] / n;
            }
        }
        double[][] covariance = new double[d][d];
        for (double[] row : rows) {
            for (int j = 0; j < d; j++) {
                for (int k = 0; k <= j; k++) {
                    covariance[j][k] += (row[j] - mean[j]) * (row[k] - mean[k]) / n;
                }
            }
        }
        double spread = IntStream.range(0, d).mapToDouble(j -> covariance[j][j]).sum() / d;
        double shrinkage = Math.min(1, Math.max(0.001, (double) d / n));
        for (int j = 0; j < d; j++) {
            for (int k = 0; k <= j; k++) {
                covariance[j][k] = (1 - shrinkage) * covariance[j][k] + (j == k ? shrinkage * spread : 0);
            }
        }
        double[][] root = cholesky(covariance);
        return Arrays.stream(rows)
                .parallel()
                .mapToDouble(row -> length(row, mean, root))
                .toArray();
    }

    /** Lower triangle L with L Lᵀ = the matrix, of which the lower triangle is read. */
    private static double[][] cholesky(double[][] matrix) {
        int d = matrix.length;
        double[][] root = new double[d][d];
        for (int i = 0; i < d; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= root[i][k] * root[j][k];
                }
                root[i][j] = i == j ? Math.sqrt(Math.max(Double.MIN_NORMAL, sum)) : sum / root[j][j];
            }
        }
        return root;
    }

    /** Of L⁻¹ (row − mean). */
    private static double length(double[] row, double[] mean, double[][] root) {
        double[] z = new double[row.length];
        double squares = 0;
        for (int i = 0; i < row.length; i++) {
            double sum = row[i] - mean[i];
            for (int k = 0; k < i; k++) {
                sum -= root[i][k] * z[k];
            }
            z[i] = sum / root[i][i];
            squares += z[i] * z[i];
        }
        return Math.sqrt(squares);
    }
}
