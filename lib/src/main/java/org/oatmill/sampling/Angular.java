package org.oatmill.sampling;

import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/**
 * The angular kernel: 1 - theta / pi, with theta the angle between two rows. Hashed by signed random
 * projections (Charikar, STOC 2002): hash j is the sign of the inner product with a Gaussian
 * direction, one bit, so it is sharpened by many bits.
 *
 * <p>Coordinate i of direction j is that of the noise stream (seed, 0, j, "srp"); dense and sparse
 * rows of equal values have equal hashes.
 */
public record Angular() implements Kernel {

    @Override
    public double similarity(Vector a, Vector b) {
        if (Kernel.isEmpty(a) || Kernel.isEmpty(b)) {
            return Kernel.isEmpty(a) && Kernel.isEmpty(b) ? 1 : 0;
        }
        double cosine = a.dot(b) / (a.norm() * b.norm());
        return 1 - Math.acos(Math.max(-1, Math.min(1, cosine))) / Math.PI;
    }

    @Override
    public Hashes hashes(long seed, int count) {
        Noise.Stream[] streams = new Noise.Stream[count];
        for (int j = 0; j < count; j++) {
            streams[j] = Noise.stream(seed, 0, j, "srp");
        }
        FeatureCache<float[]> coordinates = new FeatureCache<>(
                feature -> {
                    float[] z = new float[count];
                    for (int j = 0; j < count; j++) {
                        z[j] = streams[j].at(Noise.Law.GAUSSIAN, feature);
                    }
                    return z;
                },
                (long) Float.BYTES * count);
        return (row, values) -> {
            double[] products = new double[count];
            for (int k = 0; k < row.stored(); k++) {
                float value = row.values()[k];
                if (value == 0) {
                    continue;
                }
                float[] z = coordinates.of(row.index(k));
                for (int j = 0; j < count; j++) {
                    products[j] += (double) value * z[j];
                }
            }
            for (int j = 0; j < count; j++) {
                values[j] = products[j] < 0 ? 0 : 1;
            }
        };
    }
}
