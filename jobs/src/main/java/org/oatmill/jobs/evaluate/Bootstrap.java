package org.oatmill.jobs.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

/**
 * Accuracy, macro-F1 and mean loss, each with the 95 % interval of a paired bootstrap over test rows:
 * every replicate takes a row as often as a Poisson variable of mean 1 says, which is a function of
 * (seed, replicate, id), so that two predictors are compared on the same rows every time (Efron and
 * Tibshirani, 1993, chapter 13; Hanley and MacGibbon, "Creating non-parametric bootstrap samples using
 * Poisson frequencies", 2006). What the rows are a sample of, and no other chance, is in the interval.
 *
 * <p>Macro-F1 is the mean F1 of the classes that are some row's gold.
 *
 * @param replicates of which the 2.5 % and 97.5 % quantiles are taken
 */
public record Bootstrap(long seed, int replicates) {
    private static final int BLOCK = 1024;
    private static final String[] NAMES = {"accuracy", "macro-f1", "loss"};

    /** Chance of at most k, k from 0. */
    private static final double[] POISSON = poisson();

    public Bootstrap {
        if (replicates < 100) {
            throw new UserException("Cannot bootstrap: replicates = " + replicates + ", expected 100 or more");
        }
    }

    /**
     * Metrics of a predictor, and where there is a baseline their differences, predictor minus
     * baseline.
     *
     * @param rows what it said
     * @param baseline what another one said of the same rows, or null
     * @param classes number of classes
     */
    public List<Metric> metrics(List<Judged> rows, @Nullable List<Judged> baseline, int classes) {
        Tally mine = new Tally(replicates, classes);
        Tally other = new Tally(replicates, classes);
        Map<String, Judged> others = new HashMap<>();
        if (baseline != null) {
            baseline.forEach(row -> others.put(row.id(), row));
        }
        List<Judged> ordered =
                rows.stream().sorted(Comparator.comparing(Judged::id)).toList();
        for (Judged row : ordered) {
            int[] times = times(row.id());
            mine.add(row, times);
            if (baseline != null) {
                Judged before = others.remove(row.id());
                if (before == null || before.gold() != row.gold()) {
                    throw unpaired(row.id());
                }
                other.add(before, times);
            }
        }
        others.keySet().stream().sorted().findFirst().ifPresent(id -> {
            throw unpaired(id);
        });
        double[][] values = mine.values();
        List<Metric> metrics = new ArrayList<>();
        for (int m = 0; m < NAMES.length; m++) {
            metrics.add(metric(NAMES[m], values[m], rows.size()));
        }
        if (baseline != null) {
            double[][] before = other.values();
            for (int m = 0; m < NAMES.length; m++) {
                double[] differences = values[m].clone();
                for (int r = 0; r < differences.length; r++) {
                    differences[r] -= before[m][r];
                }
                metrics.add(metric(NAMES[m] + "-difference", differences, rows.size()));
            }
        }
        return metrics;
    }

    /** How often each replicate takes a row; at the end, 1 for the rows as they are. */
    int[] times(String id) {
        Noise.Stream stream = Noise.stream(seed, 0, 0, "bootstrap\0" + id);
        int[] times = new int[replicates + 1];
        for (int r = 0; r < replicates; r++) {
            double u = Chance.unit(stream.hash(r));
            while (times[r] < POISSON.length && u > POISSON[times[r]]) {
                times[r]++;
            }
        }
        times[replicates] = 1;
        return times;
    }

    private static Metric metric(String name, double[] values, long rows) {
        double value = values[values.length - 1];
        // A replicate of a handful of rows may have taken none of them.
        double[] sorted = Arrays.stream(values, 0, values.length - 1)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        return new Metric(name, value, quantile(sorted, 0.025), quantile(sorted, 0.975), rows);
    }

    /** Between the two nearest order statistics, in a straight line. */
    static double quantile(double[] sorted, double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(sorted.length - 1, below + 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    private static double[] poisson() {
        double[] upTo = new double[20];
        double chance = Math.exp(-1);
        double sum = 0;
        for (int k = 0; k < upTo.length; k++) {
            sum += chance;
            upTo[k] = sum;
            chance /= k + 1;
        }
        return upTo;
    }

    private static UserException unpaired(String id) {
        return new UserException("Cannot compare with baseline: row id = " + id
                + " has not the same class in both, expected predictions of the same test rows; evaluate both on one"
                + " split of the same documents");
    }

    /** Counts of every replicate, and of the rows as they are. */
    private static final class Tally {
        private final int classes;
        private final long[] rows;
        private final double[] loss;
        private final double[] block;
        private final long[][] right;
        private final long[][] predicted;
        private final long[][] gold;
        private int inBlock;

        Tally(int replicates, int classes) {
            this.classes = classes;
            this.rows = new long[replicates + 1];
            this.loss = new double[replicates + 1];
            this.block = new double[replicates + 1];
            this.right = new long[classes][replicates + 1];
            this.predicted = new long[classes][replicates + 1];
            this.gold = new long[classes][replicates + 1];
        }

        void add(Judged row, int[] times) {
            for (int r = 0; r < times.length; r++) {
                rows[r] += times[r];
                block[r] += times[r] * row.loss();
                gold[row.gold()][r] += times[r];
                predicted[row.predicted()][r] += times[r];
            }
            if (row.gold() == row.predicted()) {
                for (int r = 0; r < times.length; r++) {
                    right[row.gold()][r] += times[r];
                }
            }
            if (++inBlock == BLOCK) {
                endBlock();
            }
        }

        private void endBlock() {
            for (int r = 0; r < block.length; r++) {
                loss[r] += block[r];
                block[r] = 0;
            }
            inBlock = 0;
        }

        /** [metric][replicate]; those of the rows as they are come last. */
        double[][] values() {
            endBlock();
            double[][] values = new double[NAMES.length][rows.length];
            for (int r = 0; r < rows.length; r++) {
                long hits = 0;
                double f1 = 0;
                int present = 0;
                for (int c = 0; c < classes; c++) {
                    hits += right[c][r];
                    if (gold[c][r] > 0) {
                        present++;
                        f1 += 2.0 * right[c][r] / (gold[c][r] + predicted[c][r]);
                    }
                }
                values[0][r] = (double) hits / rows[r];
                values[1][r] = f1 / present;
                values[2][r] = loss[r] / rows[r];
            }
            return values;
        }
    }
}
