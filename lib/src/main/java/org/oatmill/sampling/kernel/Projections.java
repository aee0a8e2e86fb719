package org.oatmill.sampling.kernel;

import java.util.Arrays;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/** How a row is projected on random directions; rows are comparable under one of them only. */
public enum Projections {
    /**
     * {@link HadamardProjections} of vectors of up to {@value HadamardProjections#LONGEST} dimensions, {@link #GAUSSIAN}
     * of longer ones.
     */
    STRUCTURED,
    /** Every direction a vector of independent Gaussians: time O(nnz count); the plain twin. */
    GAUSSIAN;

    /** Inner products with {@code count} directions, each coordinate of which is standard normal. Threads may share it. */
    interface Projector {

        /** Product number j goes to {@code products[j]}. */
        void of(Vector row, double[] products);
    }

    Projector of(long seed, int count, String use) {
        Projector gaussian = gaussian(seed, count, use);
        if (this == GAUSSIAN) {
            return gaussian;
        }
        HadamardProjections structured = new HadamardProjections(seed, count, use);
        return (row, products) -> (row.size() <= HadamardProjections.LONGEST ? structured : gaussian).of(row, products);
    }

    /** Coordinate i of direction j is that of the noise stream (seed, 0, j, use). */
    private static Projector gaussian(long seed, int count, String use) {
        Noise.Stream[] streams = new Noise.Stream[count];
        for (int j = 0; j < count; j++) {
            streams[j] = Noise.stream(seed, 0, j, use);
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
        return (row, products) -> {
            Arrays.fill(products, 0, count, 0);
            for (int k = 0; k < row.stored(); k++) {
                double value = row.values()[k];
                if (value != 0) {
                    float[] z = coordinates.of(row.index(k));
                    for (int j = 0; j < count; j++) {
                        products[j] += value * z[j];
                    }
                }
            }
        };
    }
}
