package org.oatmill.jobs.sources;

import static org.apache.spark.sql.functions.col;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Describe;
import org.oatmill.core.Location;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;

/** Parquet files. The names of the directories they lie in are no columns. */
@Describe("Parquet files")
public record Parquet(
        @Required @Location @Describe("files, directories or globs, on any file system that Hadoop knows")
                List<String> paths,
        @Describe("which column means what") ColumnNames columns,
        @Describe("split of all rows, unless columns.split names one") String split)
        implements Source {

    static final List<String> ENDINGS = List.of(".parquet", ".parq");

    static Parquet typical() {
        return new Parquet(List.of("data/*.parquet"), ColumnNames.USUAL, "pool");
    }

    public Parquet {
        Splits.require(split);
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        return DataFiles.fingerprints(DataFiles.list(spark, paths, ENDINGS));
    }

    @Override
    public Dataset<Row> records(SparkSession spark) {
        List<DataFile> files = DataFiles.list(spark, paths, ENDINGS);
        if (!hasUserKeys()) {
            DataFiles.refuseTwins(files);
        }
        return read(spark, files, new DocumentMaker(columns, split));
    }

    /** Rows are numbered by their place in the file, which Parquet's reader knows wherever Spark cuts. */
    static Dataset<Row> read(SparkSession spark, List<DataFile> files, DocumentMaker maker) {
        Map<String, DataFile> byPath = new HashMap<>();
        files.forEach(file -> byPath.put(file.path(), file));
        String[] paths = files.stream().map(DataFile::path).toArray(String[]::new);
        Dataset<Row> rows;
        try {
            rows = spark.read().option("mergeSchema", "true").parquet(paths);
        } catch (Exception e) { // Spark declares none of what this throws
            throw new UserException(
                    "Cannot read Parquet: paths means " + names(files)
                            + ", expected Parquet files whose columns agree: "
                            + rootCause(e).getMessage(),
                    e);
        }
        return rows.select(col("_metadata.file_path"), col("_metadata.row_index"), JsonText.of(rows))
                .map(
                        (MapFunction<Row, Row>) row -> {
                            String path = new Path(new URI(row.getString(0))).toString();
                            DataFile file = Objects.requireNonNull(byPath.get(path), path);
                            long record = row.getLong(1) + 1;
                            String json = row.getString(2);
                            return maker.row(
                                    new Intake.Place(file.name(), record),
                                    file.id(record),
                                    JsonText.object(json),
                                    json);
                        },
                        Encoders.row(Intake.SCHEMA));
    }

    private static String names(List<DataFile> files) {
        return files.stream().limit(3).map(DataFile::name).collect(Collectors.joining(", "))
                + (files.size() > 3 ? " …" : "");
    }

    private static Throwable rootCause(Throwable e) {
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    @Override
    public List<String> namedColumns() {
        return columns.named();
    }

    @Override
    public boolean hasUserKeys() {
        return columns.id() != null;
    }
}
