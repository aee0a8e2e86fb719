package org.oatmill.jobs.sources;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.spark.rows.MlVectors;
import org.oatmill.spark.rows.VectorColumn;

/** Parquet files with a vector in each row: an array of numbers, or an MLlib vector. */
@Describe("Parquet files with a column of vectors: arrays of numbers, or MLlib's")
public record VectorFiles(
        @Required @Location @Describe("files, directories or globs, on any file system that Hadoop knows")
                List<String> paths,
        @Describe("column of keys") String id,
        @Describe("column of vectors") String vector)
        implements VectorSource {

    static VectorFiles typical() {
        return new VectorFiles(List.of("data/*.parquet"), "id", "vector");
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        return DataFiles.fingerprints(DataFiles.list(spark, paths, Parquet.ENDINGS));
    }

    @Override
    public List<String> features(SparkSession spark) {
        return List.of();
    }

    @Override
    public Dataset<Row> vectors(SparkSession spark) {
        Dataset<Row> rows = VectorTable.read(spark, paths, List.of(id, vector));
        DataType type = rows.schema().apply(vector).dataType();
        boolean numbers = type instanceof ArrayType array && array.elementType() instanceof NumericType;
        if (!numbers && !type.equals(SQLDataTypes.VectorType())) {
            throw new UserException("Cannot read vectors: column " + vector + " is of type " + type.catalogString()
                    + ", expected an array of numbers or an MLlib vector; for a column per feature use the source"
                    + " count-columns");
        }
        return rows.select(col(id).cast("string"), col(vector))
                .map(
                        (MapFunction<Row, Row>) row -> {
                            String key = VectorTable.id(row);
                            return RowFactory.create(key, VectorColumn.row(of(key, row.get(1))));
                        },
                        Encoders.row(StructType.fromDDL(Tables.VECTORS.ddl())));
    }

    private static Vector of(String id, @Nullable Object cell) {
        if (cell == null) {
            throw new UserException("Cannot read vectors: row id = " + id + " has none, expected one in every row");
        }
        if (cell instanceof SparseVector sparse) {
            return VectorTable.sparse(sparse.size(), sparse.indices(), MlVectors.floats(sparse.values()));
        }
        if (cell instanceof org.apache.spark.ml.linalg.Vector dense) {
            return Vector.dense(MlVectors.floats(dense.toArray()));
        }
        scala.collection.Seq<?> cells = (scala.collection.Seq<?>) cell;
        float[] values = new float[cells.size()];
        for (int i = 0; i < values.length; i++) {
            if (cells.apply(i) == null) {
                throw new UserException("Cannot read vectors: the vector of row id = " + id + " holds null at place "
                        + i + ", expected numbers");
            }
            values[i] = ((Number) cells.apply(i)).floatValue();
        }
        return Vector.dense(values);
    }
}
