package org.oatmill.jobs.audit;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.oatmill.jobs.sources.ColumnNames;
import org.oatmill.jobs.sources.Csv;
import org.oatmill.jobs.sources.Jsonl;
import org.oatmill.jobs.sources.Parquet;
import org.oatmill.jobs.sources.Source;
import org.oatmill.jobs.sources.Tsv;

/**
 * A file as rows to look at, held by the driver.
 *
 * @param rows documents, in the order of the file
 * @param quarantined records that are none
 */
record AuditedFile(List<AuditedRow> rows, List<Finding> quarantined) {
    private static final String SPLIT = "pool";
    private static final int MOST_RAW = 2000;

    /** How records are written. */
    private enum Format {
        CSV(".csv"),
        TSV(".tsv", ".tab"),
        JSONL(".jsonl", ".json", ".ndjson"),
        PARQUET(".parquet", ".parq");

        private final List<String> endings;

        Format(String... endings) {
            this.endings = List.of(endings);
        }

        boolean isDelimited() {
            return this == CSV || this == TSV;
        }
    }

    static AuditedFile read(AuditOptions options, SparkSession spark) {
        refuseMissing(options.file(), spark);
        return of(source(options).records(spark), options, spark);
    }

    /** @param records with the columns of {@link org.oatmill.jobs.sources.Intake#SCHEMA}, in any order */
    static AuditedFile of(Dataset<Row> records, AuditOptions options, SparkSession spark) {
        Format format = format(options);
        List<Row> sorted = records.select(
                        col("id"),
                        col("text"),
                        col("label"),
                        options.id() == null ? lit(null).cast("string") : element_at(col("fields"), options.id()),
                        col("source"),
                        col("record"),
                        col("reason"),
                        expr("substr(raw, 1, " + MOST_RAW + ")"),
                        col("found"),
                        format.isDelimited() ? lineFeeds() : lit(0))
                .orderBy("source", "record")
                .collectAsList();
        refuseMissing(sorted, format, options, spark);

        List<AuditedRow> rows = new ArrayList<>();
        List<Finding> quarantined = new ArrayList<>();
        String source = "";
        long line = 0;
        for (Row row : sorted) {
            if (!source.equals(row.getString(4))) {
                source = row.getString(4);
                line = format.isDelimited() && options.names().isEmpty() ? 1 : 0;
            }
            long here = line + row.getLong(5);
            line += row.getInt(9); // a record that holds line feeds pushes those after it down
            String reason = row.getString(6);
            if (reason != null) {
                String raw = row.isNullAt(7) ? "" : row.getString(7);
                quarantined.add(new Finding(
                        Kind.QUARANTINE,
                        new AuditedRow(source + ":" + here, "", here, raw, null),
                        1,
                        "",
                        "no document: " + reason,
                        List.of()));
            } else {
                String id = row.getString(0);
                rows.add(new AuditedRow(
                        id, row.isNullAt(3) ? id : row.getString(3), here, row.getString(1), row.getString(2)));
            }
        }
        return new AuditedFile(rows, quarantined);
    }

    /** How many lines a record takes more than one. */
    private static Column lineFeeds() {
        String all = "if(reason is null, concat_ws('', text, label, map_values(fields)), coalesce(raw, ''))";
        return expr("length(" + all + ") - length(replace(" + all + ", '\\n', ''))");
    }

    private static Source source(AuditOptions options) {
        List<String> paths = List.of(options.file());
        ColumnNames columns = columns(options.text(), options.label());
        return switch (format(options)) {
            case CSV -> new Csv(paths, columns, SPLIT, options.names(), ",", "\"", "\"", "UTF-8");
            case TSV -> new Tsv(paths, columns, SPLIT, options.names(), "", "UTF-8");
            case JSONL -> new Jsonl(paths, columns, SPLIT, "UTF-8");
            case PARQUET -> new Parquet(paths, columns, SPLIT);
        };
    }

    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    private static ColumnNames columns(String text, @Nullable String label) {
        return new ColumnNames(null, text, null, null, null, label, null, null, null);
    }

    private static Format format(AuditOptions options) {
        String given = options.format();
        String name = options.file().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|bz2|zst)$", "");
        for (Format format : Format.values()) {
            boolean is = given != null
                    ? given.equalsIgnoreCase(format.name())
                    : format.endings.stream().anyMatch(name::endsWith);
            if (is) {
                return format;
            }
        }
        throw new UserException("Cannot audit " + options.file() + ": "
                + (given != null ? "--format = " + given : "its name has no known ending")
                + ", expected csv, tsv, jsonl or parquet" + (given == null ? "; say which with --format" : ""));
    }

    private static void refuseMissing(String file, SparkSession spark) {
        try {
            Path path = new Path(file);
            FileSystem system = path.getFileSystem(spark.sparkContext().hadoopConfiguration());
            if (system.exists(path)) {
                return;
            }
            Path beside = Objects.requireNonNullElse(system.makeQualified(path).getParent(), path);
            List<String> names = system.exists(beside)
                    ? Arrays.stream(system.listStatus(beside))
                            .map(FileStatus::getPath)
                            .map(Path::getName)
                            .toList()
                    : List.of();
            throw new UserException("Cannot audit " + file + ": there is no such file, expected one that exists"
                    + Nearest.hint(path.getName(), names));
        } catch (IOException | IllegalArgumentException e) {
            throw new UserException("Cannot audit " + file + ": it cannot be looked at: " + e.getMessage(), e);
        }
    }

    /** A column that no record has is a misspelt one. */
    private static void refuseMissing(List<Row> records, Format format, AuditOptions options, SparkSession spark) {
        if (records.isEmpty()) {
            throw new UserException("Cannot audit " + options.file() + ": it holds 0 records, expected at least one");
        }
        int found = records.stream().mapToInt(row -> row.getInt(8)).reduce(0, (a, b) -> a | b);
        boolean keyed = options.id() == null || records.stream().anyMatch(row -> !row.isNullAt(3));
        boolean labelled = options.label() == null || (found & 2) != 0;
        if ((found & 1) != 0 && labelled && keyed) {
            return;
        }
        List<String> columns = columns(format, options, spark);
        Stream.of(
                        Map.entry("--text", options.text()),
                        Map.entry("--label", Objects.requireNonNullElse(options.label(), options.text())),
                        Map.entry("--id", Objects.requireNonNullElse(options.id(), options.text())))
                .filter(option -> !columns.contains(option.getValue()))
                .findFirst()
                .ifPresent(option -> {
                    throw new UserException("Cannot audit " + options.file() + ": " + option.getKey() + " = "
                            + option.getValue() + ", expected one of its columns: " + String.join(", ", columns)
                            + Nearest.hint(option.getValue(), columns)
                            + (format.isDelimited() && options.names().isEmpty()
                                    ? "; where the first line names no columns, say them: --names a,b"
                                    : ""));
                });
        Row first = records.get(0);
        throw new UserException("Cannot audit " + options.file() + ": none of its " + records.size()
                + " records is a row, or a named column is empty throughout; record " + first.getLong(5) + ": "
                + (first.isNullAt(6) ? "a document" : first.getString(6)) + "; look at --format and the columns");
    }

    private static List<String> columns(Format format, AuditOptions options, SparkSession spark) {
        if (!options.names().isEmpty()) {
            return options.names();
        }
        String file = options.file();
        String[] columns =
                switch (format) {
                    case CSV -> spark.read().option("header", "true").csv(file).columns();
                    case TSV ->
                        spark.read()
                                .option("header", "true")
                                .option("sep", "\t")
                                .option("quote", "")
                                .csv(file)
                                .columns();
                    case JSONL -> spark.read().json(file).columns();
                    case PARQUET -> spark.read().parquet(file).columns();
                };
        return Arrays.stream(columns)
                .filter(name -> !name.equals("_corrupt_record"))
                .toList();
    }
}
