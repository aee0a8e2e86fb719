package org.oatmill.sampling.kernel;

import java.util.Arrays;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/**
 * Improved consistent weighted sampling (Ioffe, ICDM 2010): hashes of non-negative rows that collide
 * with probability exactly equal to their Min-Max similarity.
 *
 * <p>For hash j and feature i: r, c ~ Gamma(2, 1) and beta ~ U(0, 1). A weight w &gt; 0 gives t =
 * floor(ln w / r + beta), ln y = r (t - beta) and ln a = ln c - ln y - r. The hash is (i*, t*) at the
 * smallest a, packed into one long: both parts, because i* alone (0-bit) collides too often on short
 * or rescaled rows.
 *
 * <p>r = -ln(u1 u2), c = -ln(u3 u4), beta = u5, with u1 ... u5 from blocks 5i ... 5i+4 of the stream
 * (seed, 0, j, "icws"). Logarithms are StrictMath's: a floor near an integer must not depend on the
 * machine.
 */
final class ConsistentWeightedSampling implements Kernel.Hashes {

    /** The parameters of one feature for all hashes. */
    record Parameters(double[] r, double[] lnC, double[] beta) {}

    private final int count;
    private final boolean zeroBit;
    private final FeatureCache<Parameters> parameters;

    /** With {@code zeroBit}, the hash is i* alone. */
    ConsistentWeightedSampling(int count, FeatureCache.Source<Parameters> parameters, boolean zeroBit) {
        this.count = count;
        this.zeroBit = zeroBit;
        this.parameters = new FeatureCache<>(parameters, 3L * Double.BYTES * count);
    }

    static FeatureCache.Source<Parameters> parameters(long seed, int count) {
        Noise.Stream[] streams = new Noise.Stream[count];
        for (int j = 0; j < count; j++) {
            streams[j] = Noise.stream(seed, 0, j, "icws");
        }
        return feature -> {
            Parameters p = new Parameters(new double[count], new double[count], new double[count]);
            for (int j = 0; j < count; j++) {
                long block = 5L * feature;
                p.r[j] = -StrictMath.log(u(streams[j], block) * u(streams[j], block + 1));
                p.lnC[j] = StrictMath.log(-StrictMath.log(u(streams[j], block + 2) * u(streams[j], block + 3)));
                p.beta[j] = u(streams[j], block + 4);
            }
            return p;
        };
    }

    private static double u(Noise.Stream stream, long block) {
        return ((stream.hash(block) >>> 11) + 0.5) * 0x1p-53;
    }

    @Override
    public void of(Vector row, long[] values) {
        double[] smallest = new double[count];
        Arrays.fill(smallest, Double.POSITIVE_INFINITY);
        for (int k = 0; k < row.stored(); k++) {
            float weight = row.values()[k];
            if (weight == 0) {
                continue;
            }
            double lnWeight = StrictMath.log(weight);
            int feature = row.index(k);
            Parameters p = parameters.of(feature);
            for (int j = 0; j < count; j++) {
                double r = p.r[j];
                double t = Math.floor(lnWeight / r + p.beta[j]);
                double lnA = p.lnC[j] - r * (t - p.beta[j]) - r;
                if (lnA < smallest[j]) {
                    smallest[j] = lnA;
                    values[j] = ((long) feature << 32) ^ (zeroBit ? 0 : (long) t);
                }
            }
        }
    }
}
