package org.oatmill.djl;

import org.oatmill.core.Describe;
import org.oatmill.core.UserException;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101, algorithm 2), after
 * gradients were clipped to a common norm. The rate rises in a line and falls with a cosine. Vectors
 * (the gains of norms) do not decay.
 */
public record AdamW(
        @Describe("highest rate") double learningRate,
        @Describe(value = "steps in which the rate rises", unit = "steps") int warmup,
        @Describe("share of the highest rate at the last step") double floor,
        @Describe("decay of the first moment") double beta1,
        @Describe("decay of the second moment") double beta2,
        @Describe("added to the root of the second moment") double epsilon,
        @Describe("share of a matrix that a step at rate 1 takes away") double weightDecay,
        @Describe("longest gradient; longer ones are shortened to it") double clip) {

    public AdamW {
        if (!(learningRate > 0 && epsilon > 0 && clip > 0 && weightDecay >= 0 && warmup >= 0)
                || !(floor >= 0 && floor <= 1 && beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
            throw new UserException("Cannot optimize: learning_rate = " + learningRate + ", warmup = " + warmup
                    + ", floor = " + floor + ", beta1 = " + beta1 + ", beta2 = " + beta2 + ", epsilon = " + epsilon
                    + ", weight_decay = " + weightDecay + ", clip = " + clip
                    + ", expected a positive rate, epsilon and clip, floor from 0 to 1, and betas below 1");
        }
    }

    /** A common choice. */
    public static AdamW typical() {
        return new AdamW(3e-3, 200, 0.1, 0.9, 0.98, 1e-8, 0.1, 1);
    }

    /** The same at another highest rate. */
    public AdamW at(double rate) {
        return new AdamW(rate, warmup, floor, beta1, beta2, epsilon, weightDecay, clip);
    }

    /** The rate at a step, from 0, of so many. */
    public double rate(long step, long steps) {
        if (step < warmup) {
            return learningRate * (step + 1) / (warmup + 1);
        }
        double done = Math.min(1, (step - warmup + 1.0) / Math.max(1, steps - warmup));
        return learningRate * (floor + (1 - floor) * (1 + Math.cos(Math.PI * done)) / 2);
    }
}
