package org.oatmill.influence;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.oatmill.core.Describe;
import org.oatmill.core.UserException;

/**
 * Confident learning (Northcutt, Jiang and Chuang, JAIR 2021, section 3): which labels a classifier
 * that has not seen the row would not have given. A class's threshold t_j is the mean of its
 * probability over the rows that bear its label; a row is confidently of class j where p_j reaches
 * t_j. A row is suspected where the likeliest of its confident classes is not its label.
 *
 * <p>The score is the margin by which another class exceeds its threshold further than the label does,
 * max over j other than y of (p_j - t_j), less (p_y - t_y): high is suspicious.
 *
 * <p>Differs from the paper, which counts suspects and ranks inside the count: every row has a score,
 * by the margin above thresholds that cleanlab calls adjusted probabilities, here not renormalised.
 */
@Describe("labels that a 5-fold classifier on the vectors would not give")
public record ConfidentLearning() implements InfluenceMethod {

    /**
     * What is thought of one row.
     *
     * @param id identity of the row
     * @param score margin of the likeliest other class above the label; high is suspicious
     * @param suspected whether it is confidently of another class
     * @param suggestion the class it seems to be of; its label where it is not suspected
     */
    public record Finding(String id, double score, boolean suspected, String suggestion) {}

    @Override
    public Question question() {
        return Question.SUSPICION;
    }

    @Override
    public Set<Need> needs() {
        return Set.of(Need.LABELS, Need.PROBABILITIES);
    }

    @Override
    public Valuation values(Evidence evidence) {
        List<Finding> findings = findings(evidence.rows());
        double[] scores = findings.stream().mapToDouble(Finding::score).toArray();
        double suspected = findings.stream().filter(Finding::suspected).count();
        return new Valuation(scores, Valuation.NONE, Valuation.NONE, 0, 0, Map.of("suspected", suspected));
    }

    /** A finding for every row, in their order, which does not matter otherwise. */
    public static List<Finding> findings(List<EvidenceRow> rows) {
        Map<String, Double> thresholds = thresholds(rows);
        if (thresholds.size() < 2) {
            throw new UserException("Cannot look for wrong labels: the rows' labels = " + thresholds.keySet()
                    + ", expected at least two different ones");
        }
        return rows.stream().map(row -> finding(row, thresholds)).toList();
    }

    /** By class: the mean of its probability over the rows that bear its label, in the order of their ids. */
    private static Map<String, Double> thresholds(List<EvidenceRow> rows) {
        return rows.stream()
                .sorted(Comparator.comparing(EvidenceRow::id))
                .collect(Collectors.groupingBy(
                        EvidenceRow::labelled,
                        TreeMap::new,
                        Collectors.averagingDouble(row -> probability(row, row.labelled()))));
    }

    private static double probability(EvidenceRow row, String label) {
        return row.probabilities().getOrDefault(label, 0.0);
    }

    private static Finding finding(EvidenceRow row, Map<String, Double> thresholds) {
        String label = row.labelled();
        Map<String, Double> margins = new HashMap<>();
        thresholds.forEach((j, threshold) -> margins.put(j, probability(row, j) - threshold));
        double own = margins.getOrDefault(label, 0.0);
        double other = margins.entrySet().stream()
                .filter(margin -> !margin.getKey().equals(label))
                .mapToDouble(Map.Entry::getValue)
                .max()
                .orElse(own);
        String confident = thresholds.keySet().stream()
                .filter(j -> margins.getOrDefault(j, -1.0) >= 0)
                .max(Comparator.comparingDouble((String j) -> probability(row, j))
                        .thenComparing(j -> j.equals(label)))
                .orElse(label);
        return new Finding(row.id(), other - own, !confident.equals(label), confident);
    }
}
