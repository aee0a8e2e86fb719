package org.oatmill.spark.artifact;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Column;
import org.oatmill.core.Columns;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Manifest.FileContent;
import org.oatmill.core.Manifest.TableContent;
import org.oatmill.core.Recipe;
import org.oatmill.core.Table;
import org.oatmill.core.Workspace;

/**
 * An attempt at an artifact: written into a directory of its own, and nobody sees it until {@link #commit()}. Closed
 * without that, it is removed.
 */
public final class Draft implements Output, AutoCloseable {
    private final Workspace workspace;
    private final SparkSession spark;
    private final String stage;
    private final Recipe recipe;
    private final Map<String, Manifest.Parent> parents;
    private final String attempt;
    private final Instant startedAt = Instant.now();

    private final Map<String, TableContent> tables = new TreeMap<>();
    private final Set<String> files = new HashSet<>();
    private final Set<String> openFiles = Collections.synchronizedSet(new HashSet<>());
    private final Map<String, JsonNode> notes = new TreeMap<>();
    private final List<String> warnings = new ArrayList<>();
    private volatile Consumer<String> watcher = text -> {};
    private boolean finished;

    Draft(
            Workspace workspace,
            SparkSession spark,
            String stage,
            Recipe recipe,
            Map<String, Manifest.Parent> parents,
            String attempt) {
        this.workspace = workspace;
        this.spark = spark;
        this.stage = stage;
        this.recipe = recipe;
        this.parents = new TreeMap<>(parents);
        this.attempt = attempt;
    }

    @Override
    public synchronized Dataset<Row> table(Table table, Dataset<Row> rows) {
        if (tables.containsKey(table.name())) {
            throw new IllegalArgumentException("Cannot write table " + table.name() + " of " + stage + " twice");
        }
        requireColumns(table, rows.schema());
        String directory = "tables/" + table.name();
        rows.select(table.columns().stream().map(c -> col(c.name())).toArray(org.apache.spark.sql.Column[]::new))
                .write()
                .option("compression", "snappy")
                .parquet(new Path(base(), directory).toString());
        List<FileContent> written = list(directory).stream()
                .filter(name -> name.endsWith(".parquet"))
                .map(name -> new FileContent(name, -1, "", -1)) // read at commit, with all others
                .toList();
        TableContent content = new TableContent(table.name(), table.ddl(), -1, List.of(), written);
        Dataset<Row> read = StoredArtifact.read(spark, base(), content);
        ContentDigest.Sums sums = ContentDigest.of(read, nulls(table));
        requireNoNulls(table, sums.others());
        tables.put(table.name(), new TableContent(table.name(), table.ddl(), sums.rows(), sums.digests(), written));
        return read;
    }

    @Override
    public synchronized OutputStream file(String path) throws IOException {
        boolean plain = Arrays.stream(path.split("/", -1)).allMatch(part -> part.matches("[^._/\\\\][^/\\\\]*"));
        if (!plain || !files.add(path)) {
            throw new IllegalArgumentException("Cannot write file of " + stage + ": path = " + path
                    + (plain ? ", which was written before" : ", expected names without a leading '.' or '_'"));
        }
        Path target = new Path(base(), "files/" + path);
        FileSystem system =
                HadoopStore.unchecked(target.getFileSystem(spark.sparkContext().hadoopConfiguration()));
        openFiles.add(path);
        return new FilterOutputStream(system.create(target, false)) {
            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
                out.write(bytes, from, length); // FilterOutputStream's own writes byte by byte
            }

            @Override
            public void close() throws IOException {
                super.close();
                openFiles.remove(path);
            }
        };
    }

    @Override
    public String root() {
        return workspace.store().root();
    }

    /** Hands what {@link #progress} is told to somebody. */
    public Draft watchedBy(Consumer<String> somebody) {
        watcher = somebody;
        return this;
    }

    @Override
    public void progress(String text) {
        watcher.accept(text);
    }

    @Override
    public synchronized void note(String name, Object value) {
        notes.put(name, Json.tree(value));
    }

    @Override
    public synchronized void warn(String message) {
        warnings.add(message);
    }

    /**
     * Makes the artifact, and with it all that was written here, visible in one step. Where another attempt at the same
     * recipe was faster, that one counts and is returned, and this one is removed.
     */
    public synchronized Artifact commit() throws IOException {
        if (finished || !openFiles.isEmpty()) {
            throw new IllegalStateException("Cannot commit " + stage + ": "
                    + (finished ? "the draft was closed" : "not closed: " + new LinkedHashSet<>(openFiles)));
        }
        Manifest mine = manifest();
        Manifest counts = workspace.commit(mine);
        if (counts.attempt().equals(mine.attempt())) {
            finished = true;
        } else {
            close();
        }
        String path = workspace.path(stage, recipe);
        return new StoredArtifact(spark, workspace.store(), path, path, counts);
    }

    /** Removes the attempt, unless it was committed. */
    @Override
    public synchronized void close() throws IOException {
        if (!finished) {
            finished = true;
            workspace.store().delete(attempt);
        }
    }

    private Manifest manifest() throws IOException {
        List<String> names = new ArrayList<>(list("files"));
        tables.values().forEach(table -> table.files().forEach(file -> names.add(file.path())));
        Map<String, FileContent> contents = FileContents.read(spark, base(), names).stream()
                .collect(Collectors.toMap(FileContent::path, Function.identity()));
        List<TableContent> tableContents = tables.values().stream()
                .map(table -> withFiles(table, contents))
                .toList();
        List<FileContent> fileContents = contents.values().stream()
                .filter(file -> file.path().startsWith("files/"))
                .sorted(Comparator.comparing(FileContent::path))
                .toList();
        return new Manifest(
                Manifest.SCHEMA,
                stage,
                recipe,
                recipe.digest(),
                ContentDigest.of(tableContents, fileContents),
                attempt.substring(attempt.lastIndexOf('/') + 1),
                tableContents,
                fileContents,
                parents,
                notes,
                List.copyOf(warnings),
                Manifest.Tool.current(spark.version()),
                startedAt.truncatedTo(ChronoUnit.SECONDS).toString(),
                ChronoUnit.MILLIS.between(startedAt, Instant.now()) / 1000.0);
    }

    private TableContent withFiles(TableContent table, Map<String, FileContent> contents) {
        List<FileContent> files =
                table.files().stream().map(file -> contents.get(file.path())).toList();
        long rows = files.stream().mapToLong(FileContent::rows).sum();
        if (rows != table.rows()) {
            throw new IllegalStateException("Cannot commit " + stage + ": " + rows + " rows in the files of "
                    + table.name() + ", expected the " + table.rows() + " that were read back");
        }
        return new TableContent(table.name(), table.schema(), table.rows(), table.digests(), files);
    }

    private Path base() {
        return new Path(workspace.store().root() + "/" + attempt);
    }

    private List<String> list(String directory) {
        try {
            return FileContents.list(spark, base(), directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireColumns(Table table, StructType found) {
        StructType expected = StructType.fromDDL(table.ddl());
        List<String> wrong = new ArrayList<>();
        Set<String> names = new HashSet<>(Arrays.asList(expected.fieldNames()));
        for (StructField field : expected.fields()) {
            long times = Arrays.stream(found.fieldNames())
                    .filter(field.name()::equals)
                    .count();
            if (times != 1) {
                wrong.add(field.name() + (times == 0 ? " is missing" : " stands there " + times + " times"));
                continue;
            }
            String type = found.apply(field.name()).dataType().catalogString();
            if (!type.equals(field.dataType().catalogString())) {
                wrong.add(field.name() + " = " + type + ", expected "
                        + field.dataType().catalogString());
            }
        }
        Arrays.stream(found.fieldNames())
                .filter(name -> !names.contains(name))
                .forEach(name -> wrong.add(name + " is no column of it"));
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "Cannot write table " + table.name() + " of " + stage + ": " + String.join("; ", wrong));
        }
    }

    /** For each column that must not be null: rows where it is, and the first id of those. */
    private static List<org.apache.spark.sql.Column> nulls(Table table) {
        List<org.apache.spark.sql.Column> counts = new ArrayList<>();
        for (Column column : required(table)) {
            org.apache.spark.sql.Column missing = col(column.name()).isNull();
            counts.add(count(when(missing, 1)));
            counts.add(table.columns().contains(Columns.ID) ? min(when(missing, col(Columns.ID.name()))) : lit(null));
        }
        return counts;
    }

    private void requireNoNulls(Table table, Row counts) {
        List<Column> required = required(table);
        for (int i = 0; i < required.size(); i++) {
            long nulls = counts.getLong(3 + 2 * i);
            if (nulls > 0) {
                Object id = counts.get(3 + 2 * i + 1);
                throw new IllegalArgumentException("Cannot write table " + table.name() + " of " + stage + ": column "
                        + required.get(i).name() + " = null in " + nulls + " of " + counts.getLong(0) + " rows"
                        + (id == null ? "" : ", such as id = " + id) + ", expected "
                        + required.get(i).type() + " NOT NULL");
            }
        }
    }

    private static List<Column> required(Table table) {
        return table.columns().stream().filter(column -> !column.nullable()).toList();
    }
}
