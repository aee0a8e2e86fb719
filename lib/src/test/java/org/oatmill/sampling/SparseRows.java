package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.oatmill.core.Vector;

/** Sparse count rows for tests. */
public final class SparseRows {
    private SparseRows() {}

    /** A row with so many non-zero counts, from 1 up, few of them large. */
    public static Vector counts(Random random, int size, int nnz) {
        TreeMap<Integer, Float> row = new TreeMap<>();
        while (row.size() < nnz) {
            row.put(random.nextInt(size), (float) Math.ceil(Math.exp(random.nextGaussian())));
        }
        return vector(size, row);
    }

    /** A row that keeps each value of another with a chance, changes it by half otherwise, and gains a tenth of new ones. */
    public static Vector near(Random random, Vector row, double kept) {
        TreeMap<Integer, Float> near = new TreeMap<>();
        for (int k = 0; k < row.stored(); k++) {
            near.put(row.index(k), row.values()[k] * (random.nextDouble() < kept ? 1 : 0.5f));
        }
        for (int k = 0; k < row.stored() / 10; k++) {
            near.put(random.nextInt(row.size()), 1f);
        }
        return vector(row.size(), near);
    }

    public static Vector times(Vector row, float s) {
        float[] values = row.values().clone();
        for (int k = 0; k < values.length; k++) {
            values[k] *= s;
        }
        return new Vector(row.size(), row.indices(), values);
    }

    /** Rows around {@code clusters} centres, the first the largest; ids r0, r1, ... */
    static List<Candidate> clustered(int rows, int clusters, long seed) {
        Random random = new Random(seed);
        List<Vector> centres = new ArrayList<>();
        for (int c = 0; c < clusters; c++) {
            centres.add(counts(random, 500, 30));
        }
        List<Candidate> all = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            int cluster = (int) (clusters * Math.pow(random.nextDouble(), 3));
            all.add(new Candidate("r" + i, near(random, centres.get(cluster), 0.7)));
        }
        return all;
    }

    private static Vector vector(int size, TreeMap<Integer, Float> row) {
        int[] indices = row.keySet().stream().mapToInt(Integer::intValue).toArray();
        float[] values = new float[indices.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = row.get(indices[k]);
        }
        return Vector.sparse(size, indices, values);
    }
}
