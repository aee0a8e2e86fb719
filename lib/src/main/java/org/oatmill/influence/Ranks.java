package org.oatmill.influence;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** How well two rankings of the same rows agree, and how well a score finds what it should. */
public final class Ranks {
    private Ranks() {}

    /** Spearman's correlation: Pearson's of ranks, equal values sharing their mean rank; 0 where one side is constant. */
    public static double spearman(double[] a, double[] b) {
        return pearson(ranks(a), ranks(b));
    }

    /** Pearson's correlation; 0 where one side is constant. */
    public static double pearson(double[] a, double[] b) {
        double meanA = Arrays.stream(a).average().orElse(0);
        double meanB = Arrays.stream(b).average().orElse(0);
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.length; i++) {
            ab += (a[i] - meanA) * (b[i] - meanB);
            aa += (a[i] - meanA) * (a[i] - meanA);
            bb += (b[i] - meanB) * (b[i] - meanB);
        }
        return aa == 0 || bb == 0 ? 0 : ab / Math.sqrt(aa * bb);
    }

    /** Share of the highest {@code share} of the rows by one score that are among the highest by the other; of equals the first. */
    public static double topOverlap(double[] a, double[] b, double share) {
        int count = (int) Math.max(1, Math.round(share * a.length));
        Set<Integer> both = new HashSet<>(highest(a, count));
        both.retainAll(new HashSet<>(highest(b, count)));
        return (double) both.size() / count;
    }

    /** Positions of the highest values, of equals the first. */
    private static List<Integer> highest(double[] values, int count) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -values[i]))
                .limit(count)
                .toList();
    }

    /** Area under the ROC curve: the chance that a positive has a higher score than a negative, equal scores counting half. */
    public static double auc(double[] scores, boolean[] positive) {
        double[] ranks = ranks(scores);
        double sum = 0;
        long positives = 0;
        for (int i = 0; i < scores.length; i++) {
            if (positive[i]) {
                sum += ranks[i];
                positives++;
            }
        }
        long negatives = scores.length - positives;
        return (sum - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
    }

    /**
     * Linear datamodelling score (Park et al., "TRAK", ICML 2023, definition 2.2): per target row,
     * Spearman's correlation over subsets of the sum of the subset's scores and what was measured
     * after training on that subset; then the mean over target rows.
     *
     * @param scores [target row][row]
     * @param subsets positions of the rows of each subset
     * @param measured [target row][subset], higher where the subset was more helpful
     */
    public static double linearDatamodellingScore(double[][] scores, List<int[]> subsets, double[][] measured) {
        return IntStream.range(0, scores.length)
                .mapToDouble(target -> spearman(
                        subsets.stream()
                                .mapToDouble(subset -> Arrays.stream(subset)
                                        .mapToDouble(row -> scores[target][row])
                                        .sum())
                                .toArray(),
                        measured[target]))
                .average()
                .orElse(0);
    }

    /** Ranks from 1, equal values sharing their mean rank. */
    static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
        double[] ranks = new double[values.length];
        for (int from = 0, to = 0; from < order.length; from = to) {
            while (to < order.length && values[order[to]] == values[order[from]]) {
                to++;
            }
            for (int i = from; i < to; i++) {
                ranks[order[i]] = (from + 1 + to) / 2.0;
            }
        }
        return ranks;
    }
}
