package org.oatmill.influence;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Objective;

/**
 * All that a method may look at.
 *
 * @param rows to be valued; kept in the order of their ids
 * @param target rows that worth is measured against; kept in the order of their ids
 * @param model where rows are measured
 * @param objective a row's loss
 * @param seed of whatever is drawn
 */
public record Evidence(
        List<EvidenceRow> rows, List<EvidenceRow> target, Measuring model, Objective objective, long seed) {

    public Evidence {
        rows = sorted(rows);
        target = sorted(target);
    }

    private static List<EvidenceRow> sorted(List<EvidenceRow> rows) {
        return rows.stream().sorted(Comparator.comparing(EvidenceRow::id)).toList();
    }

    /** The micro-batches of some rows: cut here, before anybody distributes them. */
    static List<Batch> batches(List<EvidenceRow> rows) {
        return BatchPlan.of(rows.stream().map(EvidenceRow::example).toList()).batches();
    }

    /** A number for each row from that row alone, in the order of the rows. */
    double[] each(Function<EvidenceRow, Double> score) {
        return rows.stream().mapToDouble(score::apply).toArray();
    }

    /** What a model says of each row, a micro-batch at a time, in the order of the rows. */
    double[] measured(Measuring.Measurement<Batch, double[]> measurement) {
        List<Batch> batches = batches(rows);
        List<double[]> measured = model.each(batches, measurement);
        Map<String, Double> byId = new HashMap<>();
        for (int b = 0; b < batches.size(); b++) {
            for (int r = 0; r < measured.get(b).length; r++) {
                byId.put(batches.get(b).rows().get(r).id(), measured.get(b)[r]);
            }
        }
        return rows.stream()
                .mapToDouble(row -> Objects.requireNonNull(byId.get(row.id())))
                .toArray();
    }
}
