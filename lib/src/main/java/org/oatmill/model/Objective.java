package org.oatmill.model;

import java.io.Serializable;
import org.oatmill.core.Methods;

/** Maps a row's measured option losses to the row's loss; lower is better. */
public interface Objective extends Serializable {

    Methods<Objective> METHODS = Methods.of(Objective.class)
            .row("option-cross-entropy", OptionCrossEntropy::new)
            .row("mean-nll", MeanNll::new)
            .row("negative-accuracy", NegativeAccuracy::new);

    /**
     * @param row the example
     * @param losses mean negative log-likelihood per scored token of each option, in nats
     */
    double of(Example row, float[] losses);

    /** Derivative of {@link #of} by each option's loss; objectives without one refuse. */
    double[] slope(Example row, float[] losses);

    /** Cross-entropy of a softmax over the options' negated losses (MeZO, arXiv 2305.17333, appendix E.3). */
    record OptionCrossEntropy() implements Objective {
        @Override
        public double of(Example row, float[] losses) {
            double least = least(losses);
            double sum = 0;
            for (float loss : losses) {
                sum += Math.exp(least - loss);
            }
            return losses[row.gold()] - least + Math.log(sum);
        }

        @Override
        public double[] slope(Example row, float[] losses) {
            double least = least(losses);
            double[] slope = new double[losses.length];
            double sum = 0;
            for (int o = 0; o < losses.length; o++) {
                slope[o] = Math.exp(least - losses[o]);
                sum += slope[o];
            }
            for (int o = 0; o < losses.length; o++) {
                slope[o] = (o == row.gold() ? 1 : 0) - slope[o] / sum;
            }
            return slope;
        }

        private static double least(float[] losses) {
            double least = losses[0];
            for (float loss : losses) {
                least = Math.min(least, loss);
            }
            return least;
        }
    }

    /** Loss of the gold option: teacher forcing. */
    record MeanNll() implements Objective {
        @Override
        public double of(Example row, float[] losses) {
            return losses[row.gold()];
        }

        @Override
        public double[] slope(Example row, float[] losses) {
            double[] slope = new double[losses.length];
            slope[row.gold()] = 1;
            return slope;
        }
    }

    /** -1 where the gold option has the lowest loss (of equals the first), else 0. */
    record NegativeAccuracy() implements Objective {
        @Override
        public double of(Example row, float[] losses) {
            int best = 0;
            for (int o = 1; o < losses.length; o++) {
                if (losses[o] < losses[best]) {
                    best = o;
                }
            }
            return best == row.gold() ? -1 : 0;
        }

        @Override
        public double[] slope(Example row, float[] losses) {
            throw new UnsupportedOperationException("accuracy has no derivative");
        }
    }
}
