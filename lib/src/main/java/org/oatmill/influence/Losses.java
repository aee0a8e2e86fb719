package org.oatmill.influence;

import org.oatmill.model.Batch;
import org.oatmill.model.Objective;

/** Losses of rows, from what a model measured. */
final class Losses {
    private Losses() {}

    /** Each row's loss, in the order of the batch. */
    static double[] of(Batch batch, float[][] measured, Objective objective) {
        double[] losses = new double[measured.length];
        for (int row = 0; row < losses.length; row++) {
            losses[row] = objective.of(batch.rows().get(row), measured[row]);
        }
        return losses;
    }

    /** Each row's central difference, [loss on the plus side - loss on the minus side] / 2 radius. */
    static double[] slopes(Batch batch, float[][] plus, float[][] minus, float radius, Objective objective) {
        double[] slopes = of(batch, plus, objective);
        double[] other = of(batch, minus, objective);
        for (int row = 0; row < slopes.length; row++) {
            slopes[row] = (slopes[row] - other[row]) / (2.0 * radius);
        }
        return slopes;
    }
}
