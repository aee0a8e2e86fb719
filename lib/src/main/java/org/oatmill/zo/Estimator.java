package org.oatmill.zo;

import java.io.Serializable;
import org.oatmill.core.Describe;
import org.oatmill.core.Methods;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

/** How the losses of a step's probes become one projected gradient for each of its directions. */
public interface Estimator extends Serializable {

    Methods<Estimator> METHODS = Methods.of(Estimator.class)
            .row("spsa", () -> new Spsa(1, 1e-3f, Noise.Law.GAUSSIAN))
            .row("one-sided", () -> new OneSided(8, 1e-3f, Noise.Law.RADEMACHER));

    /** Directions of a step, all measured at the same weights. */
    int queries();

    /** Probe radius. */
    float epsilon();

    /** Distribution of the directions. */
    Noise.Law law();

    /** Whether the minus side is the loss at the weights themselves, measured once for all directions. */
    boolean oneSided();

    /**
     * Slopes of the loss along each direction; not finite where a probe was of no use, which is then
     * skipped.
     *
     * @param plus mean loss at theta + epsilon z, by query
     * @param minus mean loss at theta - epsilon z, or at theta where {@link #oneSided}
     */
    double[] projectedGradients(double[] plus, double[] minus);

    private static void check(int queries, float epsilon) {
        if (queries < 1) {
            throw new UserException("Cannot estimate gradients: queries = " + queries + ", expected 1 or more");
        }
        if (!(epsilon >= 0 && epsilon < Float.POSITIVE_INFINITY)) {
            throw new UserException("Cannot estimate gradients: epsilon = " + epsilon
                    + ", expected a small positive number, such as 0.001");
        }
    }

    private static double[] slopes(double[] plus, double[] minus, double width) {
        double[] slopes = new double[plus.length];
        for (int q = 0; q < plus.length; q++) {
            slopes[q] = (plus[q] - minus[q]) / width;
        }
        return slopes;
    }

    /**
     * Central differences, (L(theta + epsilon z) - L(theta - epsilon z)) / (2 epsilon): two forwards of
     * the batch for each direction (Spall, IEEE TAC 37, 1992; MeZO, arXiv 2305.17333, definitions 1
     * and 2).
     */
    @Describe("central differences along random directions: two forwards each")
    record Spsa(
            @Describe("directions of a step") int queries,
            @Describe("probe radius") float epsilon,
            @Describe("distribution of the directions") Noise.Law law)
            implements Estimator {
        public Spsa {
            check(queries, epsilon);
        }

        @Override
        public boolean oneSided() {
            return false;
        }

        @Override
        public double[] projectedGradients(double[] plus, double[] minus) {
            return slopes(plus, minus, 2.0 * epsilon);
        }
    }

    /**
     * Forward differences, (L(theta + epsilon z) - L(theta)) / epsilon: one forward of the batch for
     * each direction and one for the step; off by (epsilon / 2) z'Hz on a loss of Hessian H.
     */
    @Describe("forward differences along random directions: one forward each, and one for the step")
    record OneSided(
            @Describe("directions of a step") int queries,
            @Describe("probe radius") float epsilon,
            @Describe("distribution of the directions") Noise.Law law)
            implements Estimator {
        public OneSided {
            check(queries, epsilon);
        }

        @Override
        public boolean oneSided() {
            return true;
        }

        @Override
        public double[] projectedGradients(double[] plus, double[] minus) {
            return slopes(plus, minus, epsilon);
        }
    }
}
