package org.oatmill.jobs.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Vector;
import org.oatmill.influence.ConfidentLearning;
import org.oatmill.influence.EvidenceRow;
import org.oatmill.spark.ml.OutOfSample;

/**
 * Labels that are probably wrong, by four opinions of every labelled row; high is suspicious:
 *
 * <ul>
 *   <li><b>loss</b>: −ln p(label), in nats, of a logistic regression on tf-idf that has not seen the row
 *       (5 folds; near-duplicates share a fold);
 *   <li><b>confident-learning</b>: {@link ConfidentLearning}'s margin, of the same classifier;
 *   <li><b>knn-shapley</b>: minus the row's Shapley value in a {@value #K}-nearest-neighbour classifier of
 *       all other rows (see {@link #knnShapley});
 *   <li><b>self-influence</b>: squared length of the row's gradient in that logistic regression, ‖p − e(label)‖²
 *       (1 + ‖x‖²).
 * </ul>
 *
 * <p>A method suspects as many rows as confident learning counts, at least 1 % and at most 25 %. Rows are
 * listed that two methods or more suspect; score = (how many − mean rank as a share) / 4.
 */
final class SuspectedLabels {
    private static final int METHODS = 4;
    private static final int K = 5;
    private static final int LEAST_GROUPS = 10;
    private static final int MOST_CLASSES = 200;
    private static final int SHOWN = 3;
    private static final double TINY = 1e-12;

    private SuspectedLabels() {}

    /**
     * What is known of the rows, by position.
     *
     * @param words tf-idf
     * @param neighbours by hidden states
     * @param groups first row of the cluster of near-duplicates
     */
    record Known(List<AuditedRow> rows, List<Vector> words, Neighbours neighbours, int[] groups) {}

    /**
     * What was thought of the labelled rows.
     *
     * @param rows positions of the labelled rows; empty where nothing could be thought
     * @param suspicion by method, one number for each of them
     */
    record Opinions(int[] rows, Map<String, double[]> suspicion, List<Finding> findings) {}

    /** Why labels cannot be doubted, if so. */
    static Optional<String> hindrance(List<AuditedRow> rows, int[] groups) {
        Map<String, Set<Integer>> byClass = new TreeMap<>();
        for (int i = 0; i < groups.length; i++) {
            String label = rows.get(i).label();
            if (label != null) {
                byClass.computeIfAbsent(label, any -> new HashSet<>()).add(groups[i]);
            }
        }
        long large =
                byClass.values().stream().filter(c -> c.size() >= LEAST_GROUPS).count();
        if (large >= 2 && byClass.size() <= MOST_CLASSES) {
            return Optional.empty();
        }
        return Optional.of("Label errors were not looked for: the column has " + byClass.size() + " different labels, "
                + large + " of them on " + LEAST_GROUPS + " different rows or more; expected 2 to " + MOST_CLASSES
                + " classes, two of them that large.");
    }

    static Opinions of(Known known, long seed, SparkSession spark) {
        int[] labelled = IntStream.range(0, known.rows().size())
                .filter(i -> known.rows().get(i).label() != null)
                .toArray();
        List<OutOfSample.Labelled> rows = Arrays.stream(labelled)
                .mapToObj(i -> new OutOfSample.Labelled(
                        known.rows().get(i).id(),
                        known.rows().get(known.groups()[i]).id(),
                        label(known, i),
                        known.words().get(i)))
                .toList();
        Map<String, Map<String, Double>> guesses = OutOfSample.STANDARD.probabilities(rows, seed, spark);
        List<ConfidentLearning.Finding> confident = ConfidentLearning.findings(
                rows.stream().map(row -> evidence(row, guesses)).toList());
        double[] shapley = knnShapley(known, K);

        Map<String, double[]> suspicion = new LinkedHashMap<>();
        suspicion.put("loss", new double[labelled.length]);
        suspicion.put("confident-learning", new double[labelled.length]);
        suspicion.put("knn-shapley", new double[labelled.length]);
        suspicion.put("self-influence", new double[labelled.length]);
        for (int i = 0; i < labelled.length; i++) {
            Map<String, Double> p =
                    Objects.requireNonNull(guesses.get(rows.get(i).id()));
            double own = p.getOrDefault(rows.get(i).label(), 0.0);
            at(suspicion, "loss")[i] = -StrictMath.log(Math.max(TINY, own));
            at(suspicion, "confident-learning")[i] = confident.get(i).score();
            at(suspicion, "knn-shapley")[i] = -shapley[labelled[i]];
            at(suspicion, "self-influence")[i] =
                    squaredGradient(p, own, rows.get(i).vector());
        }
        return new Opinions(labelled, suspicion, findings(known, labelled, suspicion, guesses, confident));
    }

    private static double[] at(Map<String, double[]> suspicion, String method) {
        return Objects.requireNonNull(suspicion.get(method));
    }

    private static String label(Known known, int row) {
        return Objects.requireNonNull(known.rows().get(row).label());
    }

    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    private static EvidenceRow evidence(OutOfSample.Labelled row, Map<String, Map<String, Double>> guesses) {
        return new EvidenceRow(row.id(), "", row.label(), null, null, guesses.get(row.id()));
    }

    private static double squaredGradient(Map<String, Double> p, double own, Vector x) {
        double others = 0;
        for (String label : new TreeSet<>(p.keySet())) {
            others += p.getOrDefault(label, 0.0) * p.getOrDefault(label, 0.0);
        }
        double norm = x.norm();
        return (others - own * own + (1 - own) * (1 - own)) * (1 + norm * norm);
    }

    /**
     * Shapley values of rows in a K-nearest-neighbour classifier of every other row: Jia et al., "Efficient
     * task-specific data valuation for nearest neighbor algorithms", VLDB 2019. Theorem 1 where the
     * neighbours of a row are all others; else theorem 2, which stops at the neighbours known and errs by
     * at most one over their number for each row that is classified.
     *
     * @return by position; 0 for a row without a label or without neighbours
     */
    static double[] knnShapley(Known known, int k) {
        double[] values = new double[known.rows().size()];
        long labelled = known.rows().stream().filter(row -> row.label() != null).count();
        for (int target = 0; target < values.length; target++) {
            String truth = known.rows().get(target).label();
            if (truth == null) {
                continue;
            }
            int[] nearest = Arrays.stream(known.neighbours().rows()[target])
                    .filter(i -> known.rows().get(i).label() != null)
                    .toArray();
            boolean all = nearest.length == labelled - 1;
            double value = 0;
            double beyond = 0;
            for (int i = nearest.length; i > 0; i--) {
                double right = label(known, nearest[i - 1]).equals(truth) ? 1 : 0;
                if (all || i < nearest.length) {
                    value += (right - beyond) / k * Math.min(k, i) / i;
                }
                beyond = right;
                values[nearest[i - 1]] += value / labelled;
            }
        }
        return values;
    }

    private static List<Finding> findings(
            Known known,
            int[] labelled,
            Map<String, double[]> suspicion,
            Map<String, Map<String, Double>> guesses,
            List<ConfidentLearning.Finding> confident) {
        long counted =
                confident.stream().filter(ConfidentLearning.Finding::suspected).count();
        double share = Math.min(0.25, Math.max(0.01, (double) counted / labelled.length));
        int suspects = (int) Math.ceil(share * labelled.length);
        Map<String, int[]> ranks = new LinkedHashMap<>();
        suspicion.forEach((method, scores) -> ranks.put(method, ranks(scores)));

        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < labelled.length; i++) {
            int row = i;
            List<String> agree = ranks.entrySet().stream()
                    .filter(rank -> rank.getValue()[row] < suspects)
                    .map(rank ->
                            String.format(Locale.ROOT, "%s %.3g", rank.getKey(), at(suspicion, rank.getKey())[row]))
                    .toList();
            if (agree.size() < 2) {
                continue;
            }
            double rank =
                    ranks.values().stream().mapToInt(of -> of[row]).average().orElse(0) / labelled.length;
            AuditedRow of = known.rows().get(labelled[i]);
            Map<String, Double> p = Objects.requireNonNull(guesses.get(of.id()));
            String label = label(known, labelled[i]);
            String suggested = suggested(p, label, confident.get(i));
            String reason = String.format(
                    Locale.ROOT,
                    "%d of %d methods doubt '%s' (%s); unseen, the classifier gives it %.2f and '%s' %.2f",
                    agree.size(),
                    METHODS,
                    label,
                    String.join(", ", agree),
                    p.getOrDefault(label, 0.0),
                    suggested,
                    p.getOrDefault(suggested, 0.0));
            List<AuditedRow> evidence = Arrays.stream(known.neighbours().rows()[labelled[i]])
                    .mapToObj(known.rows()::get)
                    .filter(near -> suggested.equals(near.label()))
                    .limit(SHOWN)
                    .collect(Collectors.toList());
            findings.add(new Finding(
                    Kind.LABEL, of, Math.max(0, (agree.size() - rank) / METHODS), suggested, reason, evidence));
        }
        return findings;
    }

    /** Confident learning's, else the likeliest class that is not the label. */
    private static String suggested(Map<String, Double> p, String label, ConfidentLearning.Finding finding) {
        return !finding.suggestion().equals(label)
                ? finding.suggestion()
                : p.entrySet().stream()
                        .filter(other -> !other.getKey().equals(label))
                        .max(Map.Entry.<String, Double>comparingByValue()
                                .thenComparing(Map.Entry.comparingByKey(Comparator.reverseOrder())))
                        .map(Map.Entry::getKey)
                        .orElse(label);
    }

    /** By position: 0 for the largest; of equals the first comes first. */
    private static int[] ranks(double[] scores) {
        int[] ranks = new int[scores.length];
        List<Integer> order = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .toList();
        for (int r = 0; r < ranks.length; r++) {
            ranks[order.get(r)] = r;
        }
        return ranks;
    }
}
