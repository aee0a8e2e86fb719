package org.oatmill.jobs.sources;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.rows.VectorColumn;

/** Parquet files with a column of numbers for each feature, such as the counts of a gene. */
@Describe("Parquet files with a column of numbers for each feature")
public record CountColumns(
        @Required @Location @Describe("files, directories or globs, on any file system that Hadoop knows")
                List<String> paths,
        @Describe("column of keys") String id,
        @Describe("columns of numbers, in the order of the dimensions; none: every numeric one but id")
                List<String> columns)
        implements VectorSource {

    public CountColumns {
        columns = List.copyOf(columns);
    }

    static CountColumns typical() {
        return new CountColumns(List.of("data/*.parquet"), "id", List.of());
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        return DataFiles.fingerprints(DataFiles.list(spark, paths, Parquet.ENDINGS));
    }

    @Override
    public List<String> features(SparkSession spark) {
        return features(VectorTable.read(spark, paths, List.of(id)).schema());
    }

    private List<String> features(StructType schema) {
        List<String> numeric = Arrays.stream(schema.fields())
                .filter(field ->
                        field.dataType() instanceof NumericType && !field.name().equals(id))
                .map(StructField::name)
                .toList();
        for (String column : columns) {
            if (!numeric.contains(column)) {
                throw new UserException("Cannot read counts: column = " + column + ", expected a numeric one"
                        + org.oatmill.core.Nearest.hint(column, numeric));
            }
        }
        List<String> chosen = columns.isEmpty() ? numeric : columns;
        if (chosen.isEmpty()) {
            throw new UserException("Cannot read counts: the files have no numeric column but " + id
                    + ", expected one for each feature");
        }
        return chosen;
    }

    @Override
    public Dataset<Row> vectors(SparkSession spark) {
        Dataset<Row> rows = VectorTable.read(spark, paths, List.of(id));
        List<String> features = features(rows.schema());
        List<Column> read = new ArrayList<>(List.of(col("`" + id + "`").cast("string")));
        features.forEach(feature -> read.add(col("`" + feature + "`").cast("float")));
        String[] names = features.toArray(String[]::new);
        return rows.select(read.toArray(Column[]::new))
                .map(
                        (MapFunction<Row, Row>) row -> {
                            String key = VectorTable.id(row);
                            float[] values = new float[names.length];
                            for (int i = 0; i < values.length; i++) {
                                if (row.isNullAt(i + 1)) {
                                    throw new UserException("Cannot read counts: row id = " + key + ", column "
                                            + names[i] + " = null, expected a number; write 0 where nothing was"
                                            + " counted");
                                }
                                values[i] = row.getFloat(i + 1);
                            }
                            int[] all = IntStream.range(0, values.length).toArray();
                            return RowFactory.create(
                                    key, VectorColumn.row(VectorTable.sparse(values.length, all, values)));
                        },
                        Encoders.row(StructType.fromDDL(Tables.VECTORS.ddl())));
    }
}
