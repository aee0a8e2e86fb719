package org.oatmill.model;

import java.io.Serializable;
import java.util.List;

/**
 * One micro-batch: the unit of floating point and of distribution. Equal batches give equal bits on
 * one instruction set.
 *
 * @param rows at most {@link BatchPlan#MAX_ROWS} rows, in the plan's order
 * @param length tokens to which every row is padded
 */
public record Batch(List<Example> rows, int length) implements Serializable {
    public Batch {
        rows = List.copyOf(rows);
    }
}
