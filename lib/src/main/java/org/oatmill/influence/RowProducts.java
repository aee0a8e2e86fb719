package org.oatmill.influence;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.oatmill.model.Batch;
import org.oatmill.model.DifferentiableLm;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;

/**
 * Scalar products of rows' gradients, in double, in the order of the batch; one backward a row.
 *
 * @param given of each row's gradient and a given vector
 * @param squares of each row's gradient and itself
 */
record RowProducts(double[] given, double[] squares) {

    /**
     * @param v by tensor, one value per coordinate that may move; zero in tensors that are not named
     */
    static RowProducts of(DifferentiableLm model, Batch batch, Objective objective, Map<String, float[]> v) {
        int rows = batch.rows().size();
        Map<String, RowProducts> byTensor = new HashMap<>();
        model.gradients(batch, objective, (row, tensor, gradient) -> {
            RowProducts products = byTensor.computeIfAbsent(tensor, t -> zero(rows));
            float[] other = v.getOrDefault(tensor, new float[0]);
            double sum = 0;
            for (int i = 0; i < other.length; i++) {
                sum += (double) gradient[i] * other[i];
            }
            double square = 0;
            for (float value : gradient) {
                square += (double) value * value;
            }
            products.given[row] = sum;
            products.squares[row] = square;
        });
        // Gradients come in any order of tensors; a sum of doubles must not.
        List<String> tensors =
                model.trainable().stream().map(Subspace.Part::name).toList();
        RowProducts total = zero(rows);
        for (String tensor : tensors) {
            RowProducts products = byTensor.getOrDefault(tensor, zero(rows));
            for (int row = 0; row < rows; row++) {
                total.given[row] += products.given[row];
                total.squares[row] += products.squares[row];
            }
        }
        return total;
    }

    private static RowProducts zero(int rows) {
        return new RowProducts(new double[rows], new double[rows]);
    }

    /** Cosines of the rows' gradients and the given vector; 0 where a gradient is zero. */
    double[] cosines(double norm) {
        double[] cosines = new double[given.length];
        for (int row = 0; row < cosines.length; row++) {
            cosines[row] = squares[row] == 0 ? 0 : given[row] / (Math.sqrt(squares[row]) * norm);
        }
        return cosines;
    }
}
