package org.oatmill.zo;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;
import org.oatmill.model.Objective;

/**
 * What a run is told.
 *
 * @param objective loss of a row
 * @param estimator how losses become projected gradients
 * @param steps updates
 * @param batchSize rows of a step
 * @param targetBatchSize target rows that are measured along each direction of a step, and never learned from
 * @param learningRate step size before the schedule
 * @param schedule how it changes
 * @param weightDecay decoupled, times the learning rate; biases and norms are spared
 * @param evalEvery steps between evaluations on dev rows
 * @param keep which dev evaluation is the best
 * @param patience evaluations in a row that may pass without a better one, or null for any number
 */
public record Tuning(
        Objective objective,
        Estimator estimator,
        int steps,
        int batchSize,
        int targetBatchSize,
        double learningRate,
        Schedule schedule,
        double weightDecay,
        int evalEvery,
        Keep keep,
        @Nullable Integer patience)
        implements Serializable {

    /** What the best dev evaluation has; ties go to the lower loss, then to the earlier one. */
    public enum Keep {
        LOWEST_LOSS,
        HIGHEST_ACCURACY
    }

    public Tuning {
        atLeast("steps", steps, 1);
        atLeast("batch_size", batchSize, 1);
        atLeast("target_batch_size", targetBatchSize, 0);
        atLeast("eval_every", evalEvery, 1);
        if (patience != null) {
            atLeast("patience", patience, 1);
        }
        if (!(learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY)) {
            throw new UserException(
                    "Cannot tune: learning_rate = " + learningRate + ", expected a small positive number");
        }
        if (!(weightDecay >= 0 && weightDecay * learningRate <= 1)) {
            throw new UserException("Cannot tune: weight_decay = " + weightDecay
                    + ", expected 0 or more, and at most 1 / learning_rate");
        }
    }

    /** The same run at another learning rate. */
    public Tuning at(double rate) {
        return new Tuning(
                objective,
                estimator,
                steps,
                batchSize,
                targetBatchSize,
                rate,
                schedule,
                weightDecay,
                evalEvery,
                keep,
                patience);
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new UserException("Cannot tune: " + name + " = " + value + ", expected " + least + " or more");
        }
    }
}
