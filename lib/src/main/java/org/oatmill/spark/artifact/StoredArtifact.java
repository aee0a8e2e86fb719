package org.oatmill.spark.artifact;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Column;
import org.oatmill.core.Manifest;
import org.oatmill.core.Manifest.FileContent;
import org.oatmill.core.Manifest.TableContent;
import org.oatmill.core.Store;
import org.oatmill.core.Table;
import org.oatmill.core.UserException;

/** An artifact in a store. */
final class StoredArtifact implements Artifact {
    private final SparkSession spark;
    private final Store store;
    private final String directory;
    private final String path;
    private final Manifest manifest;

    /**
     * @param directory of the artifact, below the store's root
     * @param path how others name it
     */
    StoredArtifact(SparkSession spark, Store store, String directory, String path, Manifest manifest) {
        this.spark = spark;
        this.store = store;
        this.directory = directory;
        this.path = path;
        this.manifest = manifest;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public String location() {
        return attempt().toString();
    }

    @Override
    public Manifest manifest() {
        return manifest;
    }

    @Override
    public boolean has(Table table) {
        return manifest.table(table.name()).isPresent();
    }

    @Override
    public Dataset<Row> table(Table table) {
        return table(table, spark);
    }

    @Override
    public Dataset<Row> tableByFile(Table table) {
        // A file costs as much as a whole partition, so that none is packed with another.
        SparkSession apart = spark.newSession();
        apart.conf().set("spark.sql.files.maxPartitionBytes", "128m");
        apart.conf().set("spark.sql.files.openCostInBytes", "128m");
        return table(table, apart);
    }

    private Dataset<Row> table(Table table, SparkSession session) {
        TableContent content = manifest.table(table.name())
                .orElseThrow(() -> new UserException("Cannot read table of " + path + ": table = " + table.name()
                        + ", expected one of "
                        + manifest.tables().stream().map(TableContent::name).toList()
                        + ". Name a stage that commits " + table.name() + " as input"));
        Map<String, StructField> written = Arrays.stream(
                        StructType.fromDDL(content.schema()).fields())
                .collect(Collectors.toMap(StructField::name, Function.identity()));
        org.apache.spark.sql.Column[] columns = table.columns().stream()
                .map(column -> column(table, column, written.get(column.name())))
                .toArray(org.apache.spark.sql.Column[]::new);
        return read(session, attempt(), content).select(columns);
    }

    @Override
    public InputStream file(String file) throws IOException {
        String name = "files/" + file;
        if (manifest.files().stream().noneMatch(f -> f.path().equals(name))) {
            throw new UserException("Cannot read file of " + path + ": file = " + file + ", expected one of "
                    + manifest.files().stream()
                            .map(f -> f.path().substring("files/".length()))
                            .toList());
        }
        return store.read(directory + "/" + manifest.attempt() + "/" + name);
    }

    @Override
    public String toString() {
        return path;
    }

    Path attempt() {
        return new Path(store.root() + "/" + directory + "/" + manifest.attempt());
    }

    /** A column that came later than the artifact is null, if it may be. */
    private org.apache.spark.sql.Column column(
            Table table, Column column, @org.jspecify.annotations.Nullable StructField written) {
        String type = StructType.fromDDL(column.name() + " " + column.type())
                .fields()[0]
                .dataType()
                .catalogString();
        if (written == null && column.nullable()) {
            return lit(null).cast(type).as(column.name());
        } else if (written == null || !written.dataType().catalogString().equals(type)) {
            String found = written == null ? "nothing" : written.dataType().catalogString();
            throw new UserException("Cannot read table " + table.name() + " of " + path + ": column " + column.name()
                    + " = " + found + ", expected " + type + ". It was written by Oatmill "
                    + manifest.tool().version() + "; run its stage again with this version");
        }
        return col(column.name());
    }

    /** Exactly the files that the manifest names: what else lies in their directory is no part of the table. */
    static Dataset<Row> read(SparkSession spark, Path attempt, TableContent table) {
        StructType schema = StructType.fromDDL(table.schema());
        if (table.files().isEmpty()) {
            return spark.createDataFrame(List.of(), schema);
        }
        String[] paths = table.files().stream()
                .map(FileContent::path)
                // A root such as data[1] is a name, not a pattern. (Spark's own switch for that, __globPaths__, reads n
                // files n times each.)
                .map(name -> new Path(attempt, name).toString().replaceAll("[\\[\\]{}*?]", "\\\\$0"))
                .toArray(String[]::new);
        return spark.read()
                .schema(schema)
                // A cluster may be set up to pass over files that are missing or damaged; rows must not depend on that.
                .option("ignoreMissingFiles", "false")
                .option("ignoreCorruptFiles", "false")
                .parquet(paths);
    }
}
