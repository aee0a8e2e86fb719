package org.oatmill.sampling;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;

/**
 * Entropic optimal transport between two sets of points with masses that add up to 1 each: the
 * potentials f and g that maximise sum a f + sum b g - epsilon sum a b (exp((f + g - cost) / epsilon) - 1)
 * (Cuturi, NIPS 2013; in the logarithmic domain after Feydy et al., AISTATS 2019, section 3). The potential of a
 * point is the derivative of the least cost by its mass.
 *
 * @param f of the points with masses a
 * @param g of the points with masses b
 * @param change of any f in the last round; twice its share of epsilon is the share of mass that is misplaced
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Sinkhorn(double[] f, double[] g, double change) {

    /** Below this change of any potential the rounds end. */
    static final double TOLERANCE = 1e-9;

    /** Rounds at each regularisation that is larger than the one asked for. */
    private static final int WARM = 10;

    /**
     * Both potentials take half steps at once, as in Feydy's geomloss, so a set and itself have one potential; and
     * they start from those of larger regularisations, at which masses of clusters far apart find their balance.
     */
    static Sinkhorn between(double[][] cost, double[] a, double[] b, double epsilon, int rounds) {
        double[] f = new double[a.length];
        double[] g = new double[b.length];
        double largest =
                Arrays.stream(cost).flatMapToDouble(Arrays::stream).max().orElse(0);
        for (double warm = largest; warm > epsilon; warm /= 2) {
            for (int round = 0; round < WARM; round++) {
                step(f, g, cost, a, b, warm);
            }
        }
        double change = Double.POSITIVE_INFINITY;
        for (int round = 0; round < rounds && change > TOLERANCE; round++) {
            change = step(f, g, cost, a, b, epsilon);
        }
        return new Sinkhorn(f, g, change);
    }

    private static double step(double[] f, double[] g, double[][] cost, double[] a, double[] b, double epsilon) {
        double[] nextF = new double[f.length];
        double[] nextG = new double[g.length];
        Arrays.parallelSetAll(nextF, i -> (f[i] + soft(g, b, j -> cost[i][j], epsilon)) / 2);
        Arrays.parallelSetAll(nextG, j -> (g[j] + soft(f, a, i -> cost[i][j], epsilon)) / 2);
        double change = 0;
        for (int i = 0; i < f.length; i++) {
            change = Math.max(change, Math.abs(nextF[i] - f[i]));
        }
        System.arraycopy(nextF, 0, f, 0, f.length);
        System.arraycopy(nextG, 0, g, 0, g.length);
        return change;
    }

    /** The potential of any point, given those of the other side: -epsilon log sum_j mass_j exp((potential_j - cost_j) / epsilon). */
    static double soft(double[] potentials, double[] masses, IntToDoubleFunction cost, double epsilon) {
        double[] gains = new double[potentials.length];
        Arrays.setAll(gains, j -> potentials[j] - cost.applyAsDouble(j));
        double largest = Double.NEGATIVE_INFINITY;
        for (double gain : gains) {
            largest = Math.max(largest, gain);
        }
        double sum = 0;
        for (int j = 0; j < gains.length; j++) {
            sum += masses[j] * StrictMath.exp((gains[j] - largest) / epsilon);
        }
        return -(largest + epsilon * StrictMath.log(sum));
    }
}
