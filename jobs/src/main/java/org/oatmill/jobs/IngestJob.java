package org.oatmill.jobs;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Required;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.sources.Source;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;

/**
 * Reads documents from files, catalog tables or WordNet. A record that is no document goes to
 * {@code quarantine} with its place and the reason; past a share of such records the run stops,
 * because then the source is not what the run file says it is.
 */
public final class IngestJob implements Job<IngestJob.Config> {

    /**
     * @param source where the documents are
     * @param maxQuarantined largest share of records that may be no documents
     */
    public record Config(
            @Required @Describe("where the documents are") Source source,
            @Describe("largest share of records that may go to quarantine; past it the run stops")
                    double maxQuarantined) {
        public Config {
            if (!(maxQuarantined >= 0 && maxQuarantined <= 1)) {
                throw new UserException(
                        "Cannot ingest: max_quarantined = " + maxQuarantined + ", expected a share from 0 to 1");
            }
        }
    }

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public String purpose() {
        return "Reads documents from files, catalog tables or WordNet, and puts aside what is no document.";
    }

    @Override
    public Config typical() {
        return new Config(Source.METHODS.rows().values().iterator().next(), 0.01);
    }

    @Override
    public int resultVersion() {
        return 2;
    }

    @Override
    public List<Role> reads() {
        return List.of();
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.DOCUMENTS, Tables.QUARANTINE);
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return config.source().fingerprints(spark);
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) {
        Source source = config.source();
        Map<String, String> fingerprints = source.fingerprints(spark);
        Dataset<Row> records = source.records(spark).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            out.note("quarantined", inspected(records, config.maxQuarantined()));
            refuseEmptyColumns(records, source.namedColumns());
            Dataset<Row> documents = records.filter(col("reason").isNull());
            if (source.hasUserKeys()) {
                refuseRepeatedKeys(documents);
            }
            out.table(Tables.DOCUMENTS, documents.select(columns(Tables.DOCUMENTS)));
            out.table(
                    Tables.QUARANTINE, records.filter(col("reason").isNotNull()).select(columns(Tables.QUARANTINE)));
        } finally {
            records.unpersist();
        }
        Map<String, String> after = source.fingerprints(spark);
        if (!after.equals(fingerprints)) {
            throw new UserException("Cannot ingest: " + firstDifference(fingerprints, after)
                    + " changed while it was read, expected it to stay; run again when nobody writes it");
        }
        out.note("read", fingerprints);
        out.note("config", config); // with the paths, which the recipe leaves out
    }

    private static Column[] columns(Table table) {
        return table.columns().stream().map(c -> col(c.name())).toArray(Column[]::new);
    }

    /** Counts records by reason, or stops. */
    private static Map<String, Long> inspected(Dataset<Row> records, double maxQuarantined) {
        List<Row> counts = records.groupBy(coalesce(col("reason"), lit("")).as("reason"))
                .agg(count(lit(1)), max("fatal"))
                .orderBy("reason")
                .collectAsList();
        long all = counts.stream().mapToLong(row -> row.getLong(1)).sum();
        Map<String, Long> byReason = new LinkedHashMap<>();
        counts.stream()
                .filter(row -> !row.getString(0).isEmpty())
                .forEach(row -> byReason.put(row.getString(0), row.getLong(1)));
        long bad = byReason.values().stream().mapToLong(Long::longValue).sum();

        if (counts.stream().anyMatch(row -> row.getBoolean(2))) {
            throw new UserException("Cannot ingest: the rest of a source is lost.\n"
                    + examples(records.filter(col("fatal")))
                    + "Mend the file, or say in the run file how it is written; its other rows cannot be counted.");
        }
        if (all == 0) {
            throw new UserException("Cannot ingest: the source holds 0 records, expected at least one");
        }
        if (bad == all) {
            throw new UserException("Cannot ingest: none of " + all + " records is a document.\n" + examples(records)
                    + "Mend the source or its columns in the run file.");
        }
        if (bad > maxQuarantined * all) {
            String reasons = byReason.entrySet().stream()
                    .map(reason -> reason.getKey() + ": " + reason.getValue())
                    .collect(Collectors.joining(", "));
            throw new UserException(String.format(
                    Locale.ROOT,
                    "Cannot ingest: %d of %d records (%.2f %%) are no documents (%s), expected max_quarantined = %s at most.%n%s"
                            + "Mend the source or its columns in the run file, or raise max_quarantined.",
                    bad,
                    all,
                    100.0 * bad / all,
                    reasons,
                    maxQuarantined,
                    examples(records.filter(col("reason").isNotNull()))));
        }
        return byReason;
    }

    /** The first five bad records, a line each. */
    private static String examples(Dataset<Row> bad) {
        return bad.orderBy("source", "record").limit(5).collectAsList().stream()
                .map(row -> "  " + place(row.getAs("source"), row.getAs("record")) + ": " + row.getAs("reason")
                        + shown(row.getAs("raw")) + "\n")
                .collect(Collectors.joining());
    }

    private static String shown(@Nullable String raw) {
        if (raw == null || raw.isEmpty()) {
            return "";
        }
        String line = raw.replaceAll("\\p{Cntrl}", " ");
        return " – " + (line.length() <= 100 ? line : line.substring(0, 100) + " …");
    }

    private static String place(String source, long record) {
        return record == 0 ? source : source + ", record " + record;
    }

    /** A column that no record has is a misspelt one. */
    private static void refuseEmptyColumns(Dataset<Row> records, List<String> named) {
        int found = records.agg(expr("bit_or(found)")).first().getInt(0);
        for (int i = 0; i < named.size(); i++) {
            if ((found & 1 << i) == 0) {
                throw new UserException("Cannot ingest: columns names " + named.get(i)
                        + ", expected a column that some document has a value in; look at one record of the source");
            }
        }
    }

    private static void refuseRepeatedKeys(Dataset<Row> documents) {
        Column place = struct(col("source"), col("record"));
        List<Row> repeated = documents
                .groupBy("id")
                .agg(count(lit(1)).as("n"), min(place).as("first"), max(place).as("last"))
                .filter(col("n").gt(1))
                .orderBy("id")
                .limit(1)
                .collectAsList();
        for (Row row : repeated) {
            Row first = row.getStruct(2);
            Row last = row.getStruct(3);
            throw new UserException("Cannot ingest: id = " + row.getString(0) + " stands at "
                    + place(first.getString(0), first.getLong(1)) + " and at "
                    + place(last.getString(0), last.getLong(1))
                    + ", expected a key of one row; name another column, or leave columns.id out");
        }
    }

    private static String firstDifference(Map<String, String> before, Map<String, String> after) {
        return Stream.concat(before.keySet().stream(), after.keySet().stream())
                .filter(name -> !Objects.equals(before.get(name), after.get(name)))
                .sorted()
                .findFirst()
                .orElse("the source");
    }
}
