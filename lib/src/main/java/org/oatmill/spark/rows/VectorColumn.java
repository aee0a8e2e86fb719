package org.oatmill.spark.rows;

import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.oatmill.core.Vector;

/** The column {@link org.oatmill.core.Columns#VECTOR} and the {@link Vector} it holds. */
public final class VectorColumn {
    private VectorColumn() {}

    /** The struct of a vector; a dense one has no indices. */
    public static Row row(Vector vector) {
        return RowFactory.create(vector.size(), vector.indices(), vector.values());
    }

    /** The vector of a struct; an {@link IllegalArgumentException} where it is none. */
    public static Vector vector(Row struct) {
        List<Float> stored = struct.getList(2);
        float[] values = new float[stored.size()];
        for (int k = 0; k < values.length; k++) {
            values[k] = stored.get(k);
        }
        if (struct.isNullAt(1)) {
            if (values.length != struct.getInt(0)) {
                throw new IllegalArgumentException(
                        values.length + " values without indices for " + struct.getInt(0) + " dimensions");
            }
            return Vector.dense(values);
        }
        List<Integer> positions = struct.getList(1);
        int[] indices = new int[positions.size()];
        for (int k = 0; k < indices.length; k++) {
            indices[k] = positions.get(k);
        }
        return Vector.sparse(struct.getInt(0), indices, values);
    }

    /** As {@link #vector(Row)}, of a row as Spark holds it: no number becomes an object on the way. */
    public static Vector read(InternalRow struct) {
        float[] values = complete(struct.getArray(2)).toFloatArray();
        if (struct.isNullAt(1)) {
            if (values.length != struct.getInt(0)) {
                throw new IllegalArgumentException(
                        values.length + " values without indices for " + struct.getInt(0) + " dimensions");
            }
            return Vector.dense(values);
        }
        return Vector.sparse(struct.getInt(0), complete(struct.getArray(1)).toIntArray(), values);
    }

    private static ArrayData complete(ArrayData array) {
        for (int k = 0; k < array.numElements(); k++) {
            if (array.isNullAt(k)) {
                throw new IllegalArgumentException("number " + k + " of an array is missing");
            }
        }
        return array;
    }
}
