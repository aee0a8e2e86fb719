package org.oatmill.zo;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.zo.Tuned.Evaluation;

/** Rows by which a run is judged on its way, and never learns from. */
public final class DevRows {
    private static final Objective ACCURACY = new Objective.NegativeAccuracy();

    private final List<Example> rows;
    private final BatchPlan plan;
    private final Objective objective;

    public DevRows(List<Example> rows, Objective objective) {
        this.rows = rows.stream().sorted(Comparator.comparing(Example::id)).toList();
        this.plan = BatchPlan.of(rows);
        this.objective = objective;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** What to measure. */
    public List<Batch> batches() {
        return plan.batches();
    }

    /**
     * What the measurements say.
     *
     * @param losses of every batch: [row][option]
     * @param forwards so far, these included
     */
    public Evaluation judged(int step, long entry, List<float[][]> losses, long forwards) {
        Map<String, Double> loss = new HashMap<>();
        Map<String, Double> right = new HashMap<>();
        for (int b = 0; b < losses.size(); b++) {
            List<Example> batch = batches().get(b).rows();
            for (int r = 0; r < batch.size(); r++) {
                float[] options = losses.get(b)[r];
                loss.put(batch.get(r).id(), objective.of(batch.get(r), options));
                right.put(batch.get(r).id(), -ACCURACY.of(batch.get(r), options));
            }
        }
        return new Evaluation(step, entry, RowMean.of(rows, loss), RowMean.of(rows, right), forwards);
    }
}
