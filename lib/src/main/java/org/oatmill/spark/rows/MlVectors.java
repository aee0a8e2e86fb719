package org.oatmill.spark.rows;

import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.linalg.Vectors;
import org.oatmill.core.Vector;

/** Vectors as MLlib writes them: sparse stays sparse, dense stays dense. */
public final class MlVectors {
    private MlVectors() {}

    public static org.apache.spark.ml.linalg.Vector of(Vector vector) {
        double[] values = new double[vector.stored()];
        for (int k = 0; k < values.length; k++) {
            values[k] = vector.values()[k];
        }
        int[] indices = vector.indices();
        return indices == null ? Vectors.dense(values) : Vectors.sparse(vector.size(), indices, values);
    }

    /** Numbers are rounded to floats. */
    public static Vector vector(SparseVector sparse) {
        return Vector.sparse(sparse.size(), sparse.indices(), floats(sparse.values()));
    }

    /** Rounded. */
    public static float[] floats(double[] wide) {
        float[] narrow = new float[wide.length];
        for (int k = 0; k < wide.length; k++) {
            narrow[k] = (float) wide[k];
        }
        return narrow;
    }
}
