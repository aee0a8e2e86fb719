package org.oatmill.sampling.kernel;

import org.oatmill.core.Describe;
import org.oatmill.core.Vector;

/**
 * The angular kernel: 1 - theta / pi, with theta the angle between two rows. Hashed by signed random
 * projections (Charikar, STOC 2002): hash j is the sign of the inner product with a Gaussian
 * direction, one bit, so it is sharpened by many bits.
 *
 * <p>The directions are those of the noise streams (seed, 0, j, "srp"); dense and sparse rows of equal
 * values have equal hashes.
 *
 * @param projections how the directions are made
 */
public record Angular(@Describe("structured, or gaussian: its slow twin") Projections projections) implements Kernel {

    /** Structured projections. */
    public Angular() {
        this(Projections.STRUCTURED);
    }

    @Override
    public double similarity(Vector a, Vector b) {
        if (Kernel.isEmpty(a) || Kernel.isEmpty(b)) {
            return Kernel.isEmpty(a) && Kernel.isEmpty(b) ? 1 : 0;
        }
        double cosine = a.dot(b) / (a.norm() * b.norm());
        return 1 - Math.acos(Math.max(-1, Math.min(1, cosine))) / Math.PI;
    }

    @Override
    public Hashes hashes(long seed, int repetitions, int sharpness) {
        int count = Math.multiplyExact(repetitions, sharpness);
        Projections.Projector projector = projections.of(seed, count, "srp");
        return (row, values) -> {
            double[] products = new double[count];
            projector.of(row, products);
            for (int j = 0; j < count; j++) {
                values[j] = products[j] < 0 ? 0 : 1;
            }
        };
    }
}
