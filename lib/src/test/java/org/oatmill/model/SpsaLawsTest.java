package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.oatmill.core.Noise;

/** What directions must give to the estimator g = (L(theta + eps z) - L(theta - eps z)) / 2 eps on functions with known answers. */
class SpsaLawsTest {

    private static final int D = 200;

    @ParameterizedTest
    @EnumSource
    void linearLossGivesItsInnerProductForAnyRadius(Noise.Law law) {
        double[] a = slope();
        for (int query = 0; query < 20; query++) {
            float[] z = direction(law, query);
            for (double epsilon : new double[] {1e-6, 1e-3, 1, 100}) {
                double g = (linear(a, z, epsilon) - linear(a, z, -epsilon)) / (2 * epsilon);
                assertEquals(dot(a, z), g, 1e-7 * Math.max(1, 1 / epsilon * 1e-7));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void quadraticLossIsExactFromTwoSidesAndOffByHalfEpsilonZhzFromOne(Noise.Law law) {
        double[] a = slope();
        for (int query = 0; query < 20; query++) {
            float[] z = direction(law, query);
            double epsilon = 0.5;
            double curvature = 0;
            for (int i = 0; i < D; i++) {
                curvature += (i + 1.0) / D * z[i] * z[i];
            }
            double central = (quadratic(a, z, epsilon) - quadratic(a, z, -epsilon)) / (2 * epsilon);
            double oneSided = (quadratic(a, z, epsilon) - quadratic(a, z, 0)) / epsilon;

            assertEquals(dot(a, z), central, 1e-9);
            assertEquals(dot(a, z) + epsilon / 2 * curvature, oneSided, 1e-9);
            assertNotEquals(dot(a, z), oneSided, 1e-3);
        }
    }

    /**
     * The mean of g z is the gradient, and E|mean of n|² = (d + n + 1) / n |grad|² for Gaussian, (d + n - 1)
     * / n for Rademacher directions. 20,000 estimates of n = 4 directions, d = 200: the mean of a
     * coordinate has variance at most 3 |grad|² / 80,000, and six standard deviations of 200
     * coordinates are exceeded in 4e-7 of runs; a squared length has a relative standard deviation
     * below 1.5 / sqrt(n) = 0.75, so that of the mean is below 0.0053: six of them 0.032.
     */
    @ParameterizedTest
    @EnumSource
    void estimatorIsUnbiasedWithTheStatedSecondMoment(Noise.Law law) {
        double[] a = slope();
        double square = dot(a, a);
        int draws = 20_000;
        int n = 4;
        double[] mean = new double[D];
        double second = 0;
        for (int draw = 0; draw < draws; draw++) {
            double[] estimate = new double[D];
            for (int j = 0; j < n; j++) {
                float[] z = new float[D];
                new Direction.Seed(law, 99, draw, j).of("w").add(0, 1, z, 0, D);
                double g = dot(a, z);
                for (int i = 0; i < D; i++) {
                    estimate[i] += g * z[i] / n;
                }
            }
            second += dot(estimate, estimate) / draws;
            for (int i = 0; i < D; i++) {
                mean[i] += estimate[i] / draws;
            }
        }
        for (int i = 0; i < D; i++) {
            assertEquals(a[i], mean[i], 6 * Math.sqrt(3 * square / (draws * (double) n)));
        }
        double expected = (D + n + (law == Noise.Law.GAUSSIAN ? 1 : -1)) / (double) n;
        assertEquals(expected, second / square, 0.032 * expected);
    }

    private static float[] direction(Noise.Law law, int query) {
        float[] z = new float[D];
        new Direction.Seed(law, 1, 0, query).of("w").add(0, 1, z, 0, D);
        return z;
    }

    private static double linear(double[] a, float[] z, double epsilon) {
        double sum = 0;
        for (int i = 0; i < D; i++) {
            sum += a[i] * epsilon * z[i];
        }
        return sum;
    }

    /** a·x + 1/2 sum of (i + 1) / d x_i², at x = epsilon z. */
    private static double quadratic(double[] a, float[] z, double epsilon) {
        double sum = 0;
        for (int i = 0; i < D; i++) {
            double x = epsilon * z[i];
            sum += a[i] * x + 0.5 * (i + 1.0) / D * x * x;
        }
        return sum;
    }

    private static double[] slope() {
        double[] a = new double[D];
        for (int i = 0; i < D; i++) {
            a[i] = Math.sin(i + 1);
        }
        return a;
    }

    private static double dot(double[] a, float[] z) {
        double sum = 0;
        for (int i = 0; i < D; i++) {
            sum += a[i] * z[i];
        }
        return sum;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < D; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
