package org.oatmill.jobs.sources;

import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/** What readers of vectors share. */
final class VectorTable {
    private VectorTable() {}

    /** Parquet files with these columns. */
    static Dataset<Row> read(SparkSession spark, List<String> paths, List<String> needed) {
        String[] files = DataFiles.list(spark, paths, Parquet.ENDINGS).stream()
                .map(DataFile::path)
                .toArray(String[]::new);
        Dataset<Row> rows = spark.read().parquet(files);
        List<String> columns = Arrays.asList(rows.columns());
        for (String column : needed) {
            if (!columns.contains(column)) {
                throw new UserException("Cannot read vectors: column = " + column + ", expected one of the files: "
                        + String.join(", ", columns.subList(0, Math.min(20, columns.size())))
                        + (columns.size() > 20 ? " …" : "") + Nearest.hint(column, columns));
            }
        }
        return rows;
    }

    /** The first column. */
    static String id(Row row) {
        if (row.isNullAt(0)) {
            throw new UserException("Cannot read vectors: a row has no id, expected a key in every row");
        }
        return row.getString(0);
    }

    /** Without the zeros that are stored. */
    static Vector sparse(int size, int[] indices, float[] values) {
        int stored = 0;
        int[] places = new int[indices.length];
        float[] kept = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            if (values[i] != 0) {
                places[stored] = indices[i];
                kept[stored++] = values[i];
            }
        }
        return Vector.sparse(size, Arrays.copyOf(places, stored), Arrays.copyOf(kept, stored));
    }
}
