package org.oatmill.sampling.kernel;

import java.util.Optional;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Noise;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/**
 * The p-stable kernel of Euclidean distance (Datar, Immorlica, Indyk and Mirrokni, SoCG 2004): hash j
 * is floor((a x + b) / width), with a a Gaussian direction and b uniform in [0, width). Two rows at
 * distance d collide with probability 1 - 2 Phi(-s) - 2 / (sqrt(2 pi) s) (1 - exp(-s^2 / 2)), s = width
 * / d: near 1 for d well below the width, near 0.8 width / d well above it.
 *
 * <p>The directions are those of the noise streams (seed, 0, j, "p-stable"), b is block 0 of (seed, 0,
 * j, "p-stable-offset"). A row of zeros has no place among the others, as under any kernel here. Rows
 * farther than 10,000 widths from the origin are refused: products are floats, and their last digits
 * would decide.
 *
 * @param width of a cell, in the unit of the vectors
 * @param projections how the directions are made
 */
public record Euclidean(
        @Required @Describe(value = "of a cell: rows nearer than this count as near", unit = "of the vectors")
                double width,
        @Describe("structured, or gaussian: its slow twin") Projections projections)
        implements Kernel {

    private static final double FARTHEST = 10_000;

    public Euclidean {
        if (!(width > 0 && width < Double.POSITIVE_INFINITY)) {
            throw new UserException("width = " + width + ", expected a number above 0; about the distance of a row to"
                    + " its near neighbours");
        }
    }

    /** Structured projections. */
    public Euclidean(double width) {
        this(width, Projections.STRUCTURED);
    }

    @Override
    public double similarity(Vector a, Vector b) {
        if (Kernel.isEmpty(a) || Kernel.isEmpty(b)) {
            return Kernel.isEmpty(a) && Kernel.isEmpty(b) ? 1 : 0;
        }
        return collision(distance(a, b) / width);
    }

    /**
     * The integral over t = |a (x - y)| of its density times the chance 1 - t / width that no border lies
     * between, by Simpson's rule; at a distance in widths.
     */
    static double collision(double distance) {
        if (distance == 0) {
            return 1;
        }
        int steps = 400;
        double end = Math.min(1 / distance, 9); // in standard deviations; the density beyond is below 1e-17
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double u = end * i / steps;
            double f = Math.exp(-u * u / 2) * (1 - u * distance);
            sum += i == 0 || i == steps ? f : i % 2 == 1 ? 4 * f : 2 * f;
        }
        return Math.sqrt(2 / Math.PI) * sum * end / steps / 3;
    }

    private static double distance(Vector a, Vector b) {
        // Not from norms and the inner product: near rows differ in digits that those have lost.
        double sum = 0;
        for (int i = 0, j = 0; i < a.stored() || j < b.stored(); ) {
            int at = i < a.stored() ? a.index(i) : Integer.MAX_VALUE;
            int with = j < b.stored() ? b.index(j) : Integer.MAX_VALUE;
            double difference = (at <= with ? a.values()[i++] : 0.0) - (with <= at ? b.values()[j++] : 0.0);
            sum += difference * difference;
        }
        return Math.sqrt(sum);
    }

    @Override
    public Hashes hashes(long seed, int repetitions, int sharpness) {
        int count = Math.multiplyExact(repetitions, sharpness);
        Projections.Projector projector = projections.of(seed, count, "p-stable");
        double[] offsets = new double[count];
        for (int j = 0; j < count; j++) {
            offsets[j] = Chance.unit(Noise.stream(seed, 0, j, "p-stable-offset").hash(0));
        }
        return (row, values) -> {
            double[] products = new double[count];
            projector.of(row, products);
            for (int j = 0; j < count; j++) {
                values[j] = (long) Math.floor(products[j] / width + offsets[j]);
            }
        };
    }

    @Override
    public Optional<String> refusal(Vector row) {
        Optional<String> refusal = Kernel.super.refusal(row);
        return refusal.isEmpty() && row.norm() > FARTHEST * width
                ? Optional.of("lies more than 10,000 widths from the origin (width = " + width
                        + "); centre the rows, or raise width")
                : refusal;
    }
}
