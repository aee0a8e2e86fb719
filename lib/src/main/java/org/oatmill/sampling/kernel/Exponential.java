package org.oatmill.sampling.kernel;

import org.oatmill.core.Noise;

/**
 * Exponential variates of mean 1 as functions of a block of noise, equal on every machine: additions,
 * multiplications and StrictMath alone.
 */
final class Exponential {
    private static final int LAYERS = 256;

    /** Where the tail begins, and the area of a layer: Marsaglia and Tsang, "The ziggurat method", J. Stat. Soft. 5(8), 2000. */
    private static final double TAIL = 7.69711747013104972;

    private static final double AREA = 0.0039496598225815571993;

    /** The right end of each layer, from the lowest on; and e to its power of -1. */
    private static final double[] X = new double[LAYERS + 1];

    private static final double[] Y = new double[LAYERS + 1];

    static {
        X[0] = AREA * StrictMath.exp(TAIL);
        X[1] = TAIL;
        Y[1] = StrictMath.exp(-TAIL);
        for (int i = 2; i < LAYERS; i++) {
            Y[i] = AREA / X[i - 1] + Y[i - 1];
            X[i] = -StrictMath.log(Y[i]);
        }
        Y[LAYERS] = 1;
    }

    private Exponential() {}

    /** By ziggurat: 99 of 100 blocks give a variate for one multiplication; the others ask the stream for more. */
    static double of(long block, Noise.Stream stream) {
        int layer = (int) block & (LAYERS - 1);
        double x = unit(block) * X[layer];
        return x < X[layer + 1] ? x : outside(layer, x, stream.hash(block), stream);
    }

    private static double outside(int layer, double x, long block, Noise.Stream stream) {
        if (layer == 0) {
            return TAIL + of(block, stream);
        }
        double y = Y[layer] + unit(block) * (Y[layer + 1] - Y[layer]);
        return y < StrictMath.exp(-x) ? x : of(stream.hash(block), stream);
    }

    private static final int LOG_STEPS = 256;
    private static final double LN_2 = StrictMath.log(2);
    private static final double[] INVERSE = new double[LOG_STEPS];
    private static final double[] LN = new double[LOG_STEPS];

    static {
        for (int i = 0; i < LOG_STEPS; i++) {
            double centre = 1 + (i + 0.5) / LOG_STEPS;
            INVERSE[i] = 1 / centre;
            LN[i] = StrictMath.log(centre);
        }
    }

    /** By inversion, to 2^-37 of one: -ln(1 - u) with u the block as a number in [0, 1), so at least u. */
    static double inverse(long block) {
        long rest = ~block | 1; // 2^64 (1 - u), but never 0
        int zeros = Long.numberOfLeadingZeros(rest);
        long mantissa = (rest << zeros) << 1 >>> 12;
        int step = (int) (mantissa >>> 44);
        double z = Double.longBitsToDouble((1023L << 52) | mantissa) * INVERSE[step] - 1;
        return (zeros + 1) * LN_2 - LN[step] - z * (1 - z * (0.5 - z * (1 / 3.0)));
    }

    private static double unit(long block) {
        return (block >>> 11) * 0x1p-53;
    }
}
