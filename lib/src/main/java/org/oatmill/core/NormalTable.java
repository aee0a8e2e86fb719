package org.oatmill.core;

/**
 * Quantiles of the normal distribution at (k + 1/2) / 65536, scaled so that their mean square is 1:
 * the table of {@link Noise}'s Gaussian law.
 *
 * <p>Wichura's PPND16 ("Algorithm AS 241: The percentage points of the normal distribution", Applied
 * Statistics 37, 1988; relative error 1e-16), with {@link StrictMath}, whose results are the same on
 * every platform. Its far tail, p below e^-25, is left out: the table ends at p = 2^-17. The
 * rounding to float forgives the last digits of a double; the test pins the table's SHA-256.
 */
final class NormalTable {
    static final int SIZE = 1 << 16;
    static final float[] T = table();

    private NormalTable() {}

    private static float[] table() {
        double[] upper = new double[SIZE / 2];
        double squares = 0;
        double lost = 0;
        // From the smallest square to the largest, compensated: exact to the last bit or so.
        for (int k = 0; k < upper.length; k++) {
            upper[k] = quantile((k + 0.5) / SIZE);
            double term = upper[k] * upper[k] - lost;
            double sum = squares + term;
            lost = (sum - squares) - term;
            squares = sum;
        }
        double scale = 1 / Math.sqrt(squares / upper.length);
        float[] table = new float[SIZE];
        for (int k = 0; k < upper.length; k++) {
            table[SIZE / 2 + k] = (float) (scale * upper[k]);
            table[SIZE / 2 - 1 - k] = -table[SIZE / 2 + k];
        }
        return table;
    }

    /** The normal quantile at 1/2 + q, for 0 < q < 1/2 - e^-25. */
    private static double quantile(double q) {
        if (q <= 0.425) {
            double r = 0.180625 - q * q;
            return q
                    * ratio(
                            r,
                            new double[] {
                                3.3871328727963666080e0,
                                1.3314166789178437745e2,
                                1.9715909503065514427e3,
                                1.3731693765509461125e4,
                                4.5921953931549871457e4,
                                6.7265770927008700853e4,
                                3.3430575583588128105e4,
                                2.5090809287301226727e3
                            },
                            new double[] {
                                1.0,
                                4.2313330701600911252e1,
                                6.8718700749205790830e2,
                                5.3941960214247511077e3,
                                2.1213794301586595867e4,
                                3.9307895800092710610e4,
                                2.8729085735721942674e4,
                                5.2264952788528545610e3
                            });
        }
        double r = Math.sqrt(-StrictMath.log(0.5 - q)) - 1.6;
        return ratio(
                r,
                new double[] {
                    1.42343711074968357734e0,
                    4.63033784615654529590e0,
                    5.76949722146069140550e0,
                    3.64784832476320460504e0,
                    1.27045825245236838258e0,
                    2.41780725177450611770e-1,
                    2.27238449892691845833e-2,
                    7.74545014278341407640e-4
                },
                new double[] {
                    1.0,
                    2.05319162663775882187e0,
                    1.67638483018380384940e0,
                    6.89767334985100004550e-1,
                    1.48103976427480074590e-1,
                    1.51986665636164571966e-2,
                    5.47593808499534494600e-4,
                    1.05075007164441684324e-9
                });
    }

    /** Two polynomials at r, one over the other; constant terms first. */
    private static double ratio(double r, double[] above, double[] below) {
        double p = 0;
        double q = 0;
        for (int i = above.length - 1; i >= 0; i--) {
            p = p * r + above[i];
            q = q * r + below[i];
        }
        return p / q;
    }
}
