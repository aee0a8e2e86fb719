package org.oatmill.spark.sampling;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Columns;
import org.oatmill.core.Rows;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.sampling.Candidate;
import org.oatmill.sampling.Draw;
import org.oatmill.sampling.DroppedRow;
import org.oatmill.sampling.Facts;
import org.oatmill.sampling.Population;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampledRow;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.SketchFamily;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.rows.KeptParts;
import org.oatmill.spark.rows.SparkRows;
import org.oatmill.spark.rows.VectorColumn;

/**
 * A sample of a table of vectors.
 *
 * @param rows the kept rows, with the columns of {@link Tables#SAMPLE}
 * @param dropped those that were not kept, with the columns of {@link Tables#DROPPED}, where the method says why
 * @param sample how they were chosen
 */
public record SampledTable(Dataset<Row> rows, Optional<Dataset<Row>> dropped, Sample sample) implements AutoCloseable {

    /** The columns of {@link Tables#VECTORS} and two of what else is known: the label, and numbers by name. */
    public static final String CANDIDATES = Tables.VECTORS.ddl() + ", label STRING, values MAP<STRING, DOUBLE>";

    /** Hashes in all from which on their counts are kept: some ten seconds of one core. */
    private static final long DEAR = 1L << 28;

    /** Chooses from a table with the columns of {@link Tables#VECTORS}; every id must stand once. */
    public static SampledTable of(Dataset<Row> vectors, SamplingMethod method, Draw how, long seed) {
        return of(candidates(vectors), Optional.empty(), method, how, seed);
    }

    /**
     * Chooses from the table {@link Tables#VECTORS} of an artifact. Where hashing it is dear, the counts of every file
     * are kept: what was interrupted goes on with the files that were not finished, and a file that is known from
     * another artifact is not counted again.
     *
     * @param root where counts are kept, below {@code _summaries}; empty: nowhere
     */
    public static SampledTable of(Artifact vectors, SamplingMethod method, Draw how, long seed, String root) {
        long rows =
                vectors.manifest().table(Tables.VECTORS.name()).orElseThrow().rows();
        long hashes = method.sketches(seed).map(SketchFamily::hashes).orElse(0);
        return of(vectors, method, how, seed, hashes * rows >= DEAR ? root : "", rows);
    }

    static SampledTable of(Artifact vectors, SamplingMethod method, Draw how, long seed, String root, long count) {
        Dataset<Row> table = vectors.table(Tables.VECTORS);
        requireDistinctIds(table);
        JavaRDD<Candidate> cut = rows(candidates(root.isEmpty() ? table : vectors.tableByFile(Tables.VECTORS)));
        SparkRows<Candidate> rows = new SparkRows<>(cut).counted(count);
        if (!root.isEmpty()) {
            rows = KeptParts.of(cut, vectors, Tables.VECTORS, root)
                    .map(rows::keeping)
                    .orElse(rows);
        }
        return of(new Population(rows, Optional.empty()), table.sparkSession(), method, how, seed);
    }

    /**
     * Chooses from a table with the columns of {@link #CANDIDATES}; every id must stand once.
     *
     * @param targets rows to compare with, in the same columns
     */
    public static SampledTable of(
            Dataset<Row> candidates, Optional<Dataset<Row>> targets, SamplingMethod method, Draw how, long seed) {
        requireDistinctIds(candidates);
        Population population =
                new Population(new SparkRows<>(rows(candidates)), targets.map(table -> new SparkRows<>(rows(table))));
        return of(population, candidates.sparkSession(), method, how, seed);
    }

    private static SampledTable of(
            Population population, SparkSession spark, SamplingMethod method, Draw how, long seed) {
        Sample sample = Sample.of(population, method, how, seed);
        String name = SamplingMethod.METHODS.name(method);
        return new SampledTable(
                table(sample.rows().map(row -> row(name, row)), Tables.SAMPLE, spark),
                sample.dropped().map(dropped -> table(dropped.map(SampledTable::row), Tables.DROPPED, spark)),
                sample);
    }

    private static Dataset<Row> candidates(Dataset<Row> vectors) {
        return vectors.selectExpr(
                "id", "vector", "cast(null as string) label", "cast(map() as map<string, double>) values");
    }

    private static Dataset<Row> table(Rows<Row> rows, Table table, SparkSession spark) {
        StructType columns = StructType.fromDDL(table.ddl());
        return rows instanceof SparkRows<Row> distributed
                ? spark.createDataFrame(distributed.rdd(), columns)
                : spark.createDataFrame(rows.collect(), columns);
    }

    private static Row row(String method, SampledRow row) {
        return RowFactory.create(
                row.id(),
                method,
                row.density(),
                row.samplingWeight(),
                row.key(),
                row.inclusionProb(),
                row.score(),
                row.stratum(),
                row.weight());
    }

    private static Row row(DroppedRow row) {
        return RowFactory.create(row.id(), row.reason(), row.score(), row.evidenceId());
    }

    private static JavaRDD<Candidate> rows(Dataset<Row> candidates) {
        return candidates
                .select(Columns.ID.name(), Columns.VECTOR.name(), Columns.LABEL.name(), "values")
                .queryExecution()
                .toRdd()
                .toJavaRDD()
                .map(SampledTable::candidate);
    }

    private static Candidate candidate(InternalRow row) {
        if (row.isNullAt(0)) {
            throw new UserException("Cannot sample: id = null, expected a text; give every row an id");
        }
        String id = row.getString(0);
        if (row.isNullAt(1)) {
            throw new UserException("Cannot sample: vector = null of row id = " + id + ", expected a vector");
        }
        try {
            Facts facts = new Facts(row.isNullAt(2) ? null : row.getString(2), values(row.getMap(3)));
            return new Candidate(id, VectorColumn.read(row.getStruct(1, 3)), facts);
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new UserException("Cannot sample: the vector of row id = " + id + " is none: " + e.getMessage(), e);
        }
    }

    private static Map<String, Double> values(MapData map) {
        Map<String, Double> values = new HashMap<>();
        for (int i = 0; i < map.numElements(); i++) {
            if (!map.valueArray().isNullAt(i)) {
                values.put(
                        map.keyArray().getUTF8String(i).toString(),
                        map.valueArray().getDouble(i));
            }
        }
        return values;
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

    /** Lets go of what was held for the choice; the rows must have been written by then. */
    @Override
    public void close() {
        sample.release();
    }
}
