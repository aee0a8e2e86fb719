package org.oatmill.zo;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.model.Example;

/**
 * The rows of each step of a run. Every epoch orders all rows anew, by u(master, purpose + epoch, id),
 * and cuts them into batches; rows that fill no batch wait for another epoch. For one thread.
 */
public final class StepBatches {
    private final long master;
    private final String purpose;
    private final List<Example> rows;
    private final int size;
    private int epoch = -1;
    private @Nullable List<Example> order;

    /**
     * @param master seed of the order
     * @param purpose what the rows are for; the number of the epoch is added
     * @param size rows of a step; all rows where there are fewer
     */
    public StepBatches(long master, String purpose, List<Example> rows, int size) {
        this.master = master;
        this.purpose = purpose;
        this.rows = List.copyOf(rows);
        this.size = size;
    }

    /** Rows of a step, in no order that matters. */
    public List<Example> of(int step) {
        int batches = Math.max(1, rows.size() / size);
        if (order == null || epoch != step / batches) {
            epoch = step / batches;
            order = ordered(purpose + epoch);
        }
        int first = step % batches * size;
        return order.subList(first, Math.min(order.size(), first + size));
    }

    private List<Example> ordered(String name) {
        record Placed(double key, Example row) {}
        return rows.stream()
                .map(row -> new Placed(Chance.u(master, name, row.id()), row))
                .sorted(Comparator.comparingDouble(Placed::key)
                        .thenComparing(placed -> placed.row().id()))
                .map(Placed::row)
                .toList();
    }
}
