package org.oatmill.core;

import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A row as numbers: sparse when {@code indices} are given, dense otherwise. The only vector type
 * of this library.
 *
 * @param size number of dimensions
 * @param indices strictly increasing positions of {@code values}, or null when all {@code size}
 *     values are present
 * @param values the values, one per index, or {@code size} of them
 */
public record Vector(int size, int @Nullable [] indices, float[] values) implements Serializable {

    public Vector {
        int expected = indices == null ? size : indices.length;
        if (size < 0 || values.length != expected) {
            throw new IllegalArgumentException("Cannot make a vector: " + values.length + " values for " + expected
                    + " positions of " + size + " dimensions");
        }
        if (indices != null) {
            int previous = -1;
            for (int index : indices) {
                if (index <= previous || index >= size) {
                    throw new IllegalArgumentException("Cannot make a vector: index " + index + " after " + previous
                            + ", expected increasing indices below " + size);
                }
                previous = index;
            }
        }
    }

    /** All dimensions present; the array is kept, not copied. */
    @SuppressWarnings("NullAway") // sees no @Nullable on an array component of a record before JDK 22
    public static Vector dense(float... values) {
        return new Vector(values.length, null, values);
    }

    /** Some dimensions present, the others zero; the arrays are kept, not copied. */
    public static Vector sparse(int size, int[] indices, float[] values) {
        return new Vector(size, indices, values);
    }

    public boolean isSparse() {
        return indices != null;
    }

    /** Position of the k-th stored value. */
    public int index(int k) {
        return indices == null ? k : indices[k];
    }

    /** Number of stored values, explicit zeros included. */
    public int stored() {
        return values.length;
    }

    /** Euclidean length. */
    public double norm() {
        double sum = 0;
        for (float v : values) {
            sum += (double) v * v;
        }
        return Math.sqrt(sum);
    }

    /** The same direction, of length 1; all zeros stay so. */
    @SuppressWarnings("NullAway") // sees no @Nullable on an array component of a record before JDK 22
    public Vector unit() {
        double norm = norm();
        float[] unit = values.clone();
        for (int k = 0; k < unit.length && norm > 0; k++) {
            unit[k] = (float) (unit[k] / norm);
        }
        return new Vector(size, indices, unit);
    }

    /** Inner product; both vectors must have the same size. */
    public double dot(Vector other) {
        if (other.size != size) {
            throw new IllegalArgumentException(
                    "Cannot multiply vectors of " + size + " and " + other.size + " dimensions");
        }
        double sum = 0;
        for (int a = 0, b = 0; a < stored() && b < other.stored(); ) {
            int difference = index(a) - other.index(b);
            if (difference == 0) {
                sum += (double) values[a++] * other.values[b++];
            } else if (difference < 0) {
                a++;
            } else {
                b++;
            }
        }
        return sum;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Vector v
                && v.size == size
                && Arrays.equals(v.indices, indices)
                && Arrays.equals(v.values, values);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * size + Arrays.hashCode(indices)) + Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return indices == null
                ? Arrays.toString(values)
                : "(" + size + "," + Arrays.toString(indices) + "," + Arrays.toString(values) + ")";
    }
}
