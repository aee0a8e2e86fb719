package org.oatmill.jobs.sources;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Digest;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;

/**
 * A table or view of the session's catalogs: Hive, Iceberg, Delta, whatever its jars are there for.
 *
 * <p>Iceberg's and Delta's snapshot speaks for the content; of other tables, and of views, the rows
 * are digested. Tried by hand with Iceberg 1.12.0 and Delta 3.3.2, whose jars the tests do not have. The rows of a table have no order, so they have no number: without a key, an id is
 * the digest of the row's content and, of equal rows, the how manieth it is.
 */
@Describe("a table or view of the session's catalogs (Hive, Iceberg, Delta)")
public record CatalogTable(
        @Required @Describe("its name, with catalog and database where they are not the current ones") String table,
        @Describe("a condition in SQL that rows must meet; none: all rows") @Nullable String filter,
        @Describe("which column means what") ColumnNames columns,
        @Describe("split of all rows, unless columns.split names one") String split)
        implements Source {

    static CatalogTable typical() {
        return new CatalogTable("database.table", null, ColumnNames.USUAL, "pool");
    }

    public CatalogTable {
        Splits.require(split);
    }

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        Dataset<Row> all = all(spark);
        String snapshot = snapshot(spark);
        return Map.of(table, snapshot != null ? snapshot : contentDigest(rows(all)));
    }

    @Override
    public Dataset<Row> records(SparkSession spark) {
        DocumentMaker maker = new DocumentMaker(columns, split);
        String source = table;
        Dataset<Row> json = rows(all(spark));
        json = hasUserKeys()
                ? json.withColumn("n", lit(0))
                : json.withColumn(
                        "n", row_number().over(Window.partitionBy("json").orderBy("json")));
        return json.map(
                (MapFunction<Row, Row>) row -> maker.row(
                        new Intake.Place(source, 0),
                        Digest.of(row.getString(0)).substring(0, 32) + "-" + row.getInt(1),
                        JsonText.object(row.getString(0)),
                        row.getString(0)),
                Encoders.row(Intake.SCHEMA));
    }

    @Override
    public List<String> namedColumns() {
        return columns.named();
    }

    @Override
    public boolean hasUserKeys() {
        return columns.id() != null;
    }

    private Dataset<Row> all(SparkSession spark) {
        Dataset<Row> all;
        try {
            all = spark.table(table);
        } catch (Exception e) { // an AnalysisException, which Spark's Java face does not declare
            throw new UserException(
                    "Cannot read table: table = " + table + ", expected one that the session's catalogs hold ("
                            + firstLine(e) + "); see SHOW TABLES, and give catalogs in conf/spark",
                    e);
        }
        List<String> there = List.of(all.columns());
        for (String name : columns.named()) {
            if (!there.contains(name)) {
                throw new UserException("Cannot read table " + table + ": columns names " + name + ", expected one of "
                        + String.join(", ", there));
            }
        }
        if (filter == null) {
            return all;
        }
        try {
            return all.filter(filter);
        } catch (Exception e) { // a ParseException or AnalysisException
            throw new UserException(
                    "Cannot read table " + table + ": filter = " + filter + ", expected a condition in SQL ("
                            + firstLine(e) + ")",
                    e);
        }
    }

    /** Each row as JSON. */
    private static Dataset<Row> rows(Dataset<Row> all) {
        return all.select(JsonText.of(all).as("json"));
    }

    /** The table's snapshot, where its format has such a thing and nothing but it decides the rows. */
    private @Nullable String snapshot(SparkSession spark) {
        try {
            String provider = spark
                    .sql("DESCRIBE TABLE EXTENDED " + table)
                    .filter(col("col_name").equalTo("Provider"))
                    .select("data_type")
                    .as(Encoders.STRING())
                    .collectAsList()
                    .stream()
                    .findFirst()
                    .orElse("")
                    .toLowerCase(Locale.ROOT);
            return switch (provider) {
                case "iceberg" ->
                    "iceberg snapshot "
                            + spark.sql("SELECT snapshot_id FROM " + table + ".refs WHERE name = 'main'")
                                    .first()
                                    .getLong(0);
                case "delta" ->
                    "delta "
                            + spark.sql("DESCRIBE DETAIL " + table)
                                    .select("id")
                                    .first()
                                    .getString(0)
                            + " version "
                            + spark.sql("DESCRIBE HISTORY " + table + " LIMIT 1")
                                    .select("version")
                                    .first()
                                    .getLong(0);
                default -> null;
            };
        } catch (Exception e) { // what a catalog does not tell, the rows do
            return null;
        }
    }

    private static String contentDigest(Dataset<Row> json) {
        Row sums = json.agg(
                        count(lit(1)),
                        sum(xxhash64(col("json")).cast("decimal(28,0)")),
                        sum(xxhash64(lit("oatmill"), col("json")).cast("decimal(28,0)")))
                .first();
        return "sha256:" + Digest.of("rows " + sums.get(0) + " sums " + sums.get(1) + " " + sums.get(2));
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
