package org.oatmill.spark.ml;

import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.oatmill.djl.Network;
import org.oatmill.spark.rows.MlVectors;

/**
 * Any network of TorchScript or ONNX as a column: numbers in, numbers out. The input is an array of
 * numbers or an MLlib vector, of one length; the output is the network's first output for the row,
 * row-major, as {@code array<float>}.
 *
 * <p>A null stays null. A NaN goes in and comes out: what a network makes of one is the network's.
 * Rows share batches with others of their partition, so results agree for any partitioning within
 * 1e-5, not to the bit.
 */
public final class DjlTransformer extends ModelTransformer<DjlTransformer> {
    private static final long serialVersionUID = 1L;

    public DjlTransformer() {
        this(Identifiable$.MODULE$.randomUID("djl"));
    }

    public DjlTransformer(String uid) {
        super(uid);
    }

    @Override
    DataType outputType() {
        return DataTypes.createArrayType(DataTypes.FloatType, false);
    }

    @Override
    boolean accepts(DataType type) {
        return type instanceof ArrayType array && array.elementType() instanceof NumericType
                || type.equals(SQLDataTypes.VectorType());
    }

    @Override
    String expected() {
        return "an array of numbers or a vector; for text use TextEmbedder or TextClassifier";
    }

    @Override
    Asking<?, ?> asking() {
        return new Asking<float[], float[]>(
                Asking.network(engineName(), deviceName(), Network::numbers),
                DjlTransformer::numbers,
                numbers -> numbers);
    }

    /** Of a cell with an MLlib vector or an array of numbers. */
    static float[] numbers(Object cell) {
        if (cell instanceof Vector vector) {
            return MlVectors.floats(vector.toArray());
        }
        scala.collection.Seq<?> cells = (scala.collection.Seq<?>) cell;
        float[] numbers = new float[cells.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = ((Number) cells.apply(i)).floatValue();
        }
        return numbers;
    }

    /** What reads a saved one. */
    public static MLReader<DjlTransformer> read() {
        return new DefaultParamsReader<>();
    }

    public static DjlTransformer load(String path) {
        return read().load(path);
    }
}
