package org.oatmill.spark.sampling;

import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Columns;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampleSize;
import org.oatmill.sampling.SampledRow;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.VectorRow;
import org.oatmill.spark.rows.SparkRows;
import org.oatmill.spark.rows.VectorColumn;

/**
 * A sample of a table of vectors.
 *
 * @param rows the kept rows, with the columns of {@link Tables#SAMPLE}
 * @param sample how they were drawn
 */
public record SampledTable(Dataset<Row> rows, Sample sample) implements AutoCloseable {

    /** Draws from a table with the columns of {@link Tables#VECTORS}; every id must stand once. */
    public static SampledTable draw(Dataset<Row> vectors, SamplingMethod method, SampleSize size, long seed) {
        requireDistinctIds(vectors);
        JavaRDD<VectorRow> rdd = vectors.select(Columns.ID.name(), Columns.VECTOR.name())
                .javaRDD()
                .map(SampledTable::vectorRow);
        Sample sample = Sample.draw(new SparkRows<>(rdd), method, size, seed);
        String name = SamplingMethod.METHODS.name(method);
        SparkSession spark = vectors.sparkSession();
        SparkRows<Row> kept = (SparkRows<Row>) sample.rows().map(row -> row(name, row));
        return new SampledTable(spark.createDataFrame(kept.rdd(), StructType.fromDDL(Tables.SAMPLE.ddl())), sample);
    }

    private static Row row(String method, SampledRow row) {
        return RowFactory.create(row.id(), method, row.density(), row.samplingWeight(), row.key(), row.inclusionProb());
    }

    private static VectorRow vectorRow(Row row) {
        if (row.isNullAt(0)) {
            throw new UserException("Cannot sample: id = null, expected a text; give every row an id");
        }
        String id = row.getString(0);
        if (row.isNullAt(1)) {
            throw new UserException("Cannot sample: vector = null of row id = " + id + ", expected a vector");
        }
        try {
            return new VectorRow(id, VectorColumn.vector(row.getStruct(1)));
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new UserException("Cannot sample: the vector of row id = " + id + " is none: " + e.getMessage(), e);
        }
    }

    private static void requireDistinctIds(Dataset<Row> vectors) {
        List<Row> twice = vectors.groupBy(Columns.ID.name())
                .count()
                .where("count > 1")
                .orderBy(Columns.ID.name())
                .limit(1)
                .collectAsList();
        if (!twice.isEmpty()) {
            throw new UserException("Cannot sample: id = " + twice.get(0).getString(0) + " stands "
                    + twice.get(0).getLong(1) + " times, expected every id once; make ids distinct in the stage"
                    + " before");
        }
    }

    /** Lets go of what was held for the draw; the rows must have been written by then. */
    @Override
    public void close() {
        sample.release();
    }
}
