package org.oatmill.spark.artifact;

import static org.apache.spark.sql.functions.rand;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Manifest.FileContent;
import org.oatmill.core.Manifest.TableContent;
import org.oatmill.spark.SharedSpark;

class ContentDigestTest {
    private final SparkSession spark = SharedSpark.session();

    private Dataset<Row> rows(int n) {
        return spark.range(n)
                .selectExpr(
                        "cast(id as string) id",
                        "if(id % 3 = 0, null, id / 7) number",
                        "map('a', id, 'b', id + 1) map",
                        "named_struct('size', 9, 'values', array(cast(id as float), 0.5f)) vector");
    }

    private static List<Object> sums(Dataset<Row> rows) {
        ContentDigest.Sums sums = ContentDigest.of(rows, List.of());
        return List.of(sums.rows(), sums.digests());
    }

    @Test
    void sumsAreEqualForAnyPartitioningAndOrder() {
        List<Object> expected = sums(rows(300).coalesce(1));

        assertEquals(expected, sums(rows(300).repartition(4)));
        assertEquals(expected, sums(rows(300).repartition(7).orderBy(rand(1))));
    }

    @Test
    void rowsLostDoubledOrExchangedForOneAnotherChangeBothSums() {
        Dataset<Row> rows = rows(50);
        List<String> digests = ContentDigest.of(rows, List.of()).digests();
        List<Dataset<Row>> changes = List.of(
                rows.where("id <> '17'"),
                rows.union(rows.where("id = '17'")),
                rows.where("id <> '17'").union(rows.where("id = '18'")),
                rows.selectExpr("if(id = '17', '18', if(id = '18', '17', id))", "number", "map", "vector"));

        for (Dataset<Row> change : changes) {
            List<String> changed = ContentDigest.of(change, List.of()).digests();
            assertNotEquals(digests.get(0), changed.get(0));
            assertNotEquals(digests.get(1), changed.get(1));
        }
    }

    @Test
    void noRowsHaveSumsOfZero() {
        assertEquals(List.of(0L, List.of("0", "0")), sums(rows(0)));
    }

    /** Every line is another row, and each looks like one of the others to xxhash64 alone, or nearly. */
    @Test
    void rowsThatDifferInAnythingHaveDifferentHashes() {
        List<String> zoo = new ArrayList<>();
        addAll(zoo, "a STRING, b STRING", "'x', null", "null, 'x'", "'', 'x'", "'x', ''", "null, null", "'xx', null");
        addAll(
                zoo,
                "list ARRAY<STRING>",
                "null",
                "array()",
                "array(null)",
                "array(null, null)",
                "array('a')",
                "array('a', null)",
                "array(null, 'a')",
                "array('a', 'b')",
                "array('b', 'a')",
                "array('ab')");
        addAll(
                zoo,
                "p ARRAY<INT>, q ARRAY<INT>",
                "array(1), array(0, 2)",
                "array(1, 0), array(2)",
                "array(1, 0, 2), array()",
                "array(1, 0, 2), null",
                "array(), array(1, 0, 2)",
                "array(null, 2), array()",
                "array(1, 0), array(3)");
        addAll(
                zoo,
                "lists ARRAY<ARRAY<INT>>",
                "array(array(1), array(2))",
                "array(array(1, 2), array())",
                "array(array(), array(1, 2))",
                "array(array(1, 2))",
                "array(null, array(1, 2))",
                "array(array(1, null), array(2))",
                "array(array(null, 1), array(2))");
        addAll(
                zoo,
                "map MAP<STRING, INT>",
                "map()",
                "null",
                "map('a', 1)",
                "map('a', null)",
                "map('b', 1)",
                "map('a', 1, 'b', 2)",
                "map('a', 2, 'b', 1)",
                "map('a', 1, 'b', null)",
                "map('a', null, 'b', 1)");
        addAll(
                zoo,
                "struct STRUCT<x: INT, y: STRUCT<z: STRING>>",
                "null",
                "named_struct('x', null, 'y', null)",
                "named_struct('x', 1, 'y', null)",
                "named_struct('x', null, 'y', named_struct('z', null))",
                "named_struct('x', null, 'y', named_struct('z', 'q'))");
        addAll(
                zoo,
                "maps ARRAY<MAP<STRING, INT>>",
                "array(map('a', 1), map('b', 2))",
                "array(map('a', 1, 'b', 2), map())",
                "array(map('b', 2), map('a', 1))");
        addAll(zoo, "number DOUBLE", "null", "0", "1", "-1", "double('NaN')", "double('Infinity')", "1e-300");
        addAll(zoo, "bytes BINARY", "null", "X''", "X'00'", "X'0000'");
        addAll(zoo, "at TIMESTAMP", "null", "timestamp'1970-01-01 00:00:00'", "timestamp'1970-01-01 00:00:00.000001'");

        for (String group : zoo) {
            Dataset<Row> rows = spark.sql(group);
            for (String hash : List.of(ContentDigest.FIRST, ContentDigest.SECOND)) {
                List<Row> hashes = ContentDigest.hashed(rows).select(hash).collectAsList();
                Set<Row> different = new HashSet<>(hashes);
                assertEquals(hashes.size(), different.size(), group);
            }
        }
    }

    /** One statement for the rows of a table that has an int before the columns and one after. */
    private static void addAll(List<String> zoo, String ddl, String... rows) {
        List<String> selects = new ArrayList<>();
        for (String row : rows) {
            selects.add("SELECT 1 before, " + row + ", 2 after");
        }
        StructType columns = StructType.fromDDL(ddl);
        StringBuilder casts = new StringBuilder();
        for (StructField column : columns.fields()) {
            casts.append("CAST(%1$s AS %2$s) %1$s, "
                    .formatted(column.name(), column.dataType().sql()));
        }
        zoo.add("SELECT before, " + casts + "after FROM (" + String.join(" UNION ALL ", selects) + ") AS t(before, "
                + String.join(", ", columns.fieldNames()) + ", after)");
    }

    @Test
    void mapsAreEqualInWhateverOrderTheirEntriesStand() {
        List<Object> oneWay = sums(spark.sql("SELECT map('a', array(1), 'b', array(2), 'c', null) m"));

        assertEquals(oneWay, sums(spark.sql("SELECT map('c', null, 'b', array(2), 'a', array(1)) m")));
    }

    @Test
    void sumsAreEqualWhateverTheSessionSays() {
        Dataset<Row> rows = spark.sql("SELECT cast(null as array<int>) a, cast(null as map<string, array<int>>) m");
        List<Object> expected = sums(rows);
        spark.conf().set("spark.sql.ansi.enabled", "true");
        try {
            assertEquals(expected, sums(rows));
        } finally {
            spark.conf().unset("spark.sql.ansi.enabled");
        }
    }

    @Test
    void artifactsDigestTakesEachTablesNameSchemaRowsAndSumsAndEachFilesPathAndBytes() {
        TableContent table = new TableContent("t", "id STRING", 3, List.of("1", "2"), List.of());
        TableContent other = new TableContent("u", "id STRING", 3, List.of("1", "2"), List.of());
        FileContent file = new FileContent("files/a", 1, "aa", -1);
        FileContent second = new FileContent("files/b", 1, "bb", -1);
        String digest = ContentDigest.of(List.of(table, other), List.of(file, second));

        Set<String> changed = new HashSet<>();
        for (TableContent t : List.of(
                new TableContent("v", "id STRING", 3, List.of("1", "2"), List.of()),
                new TableContent("t", "id INT", 3, List.of("1", "2"), List.of()),
                new TableContent("t", "id STRING", 4, List.of("1", "2"), List.of()),
                new TableContent("t", "id STRING", 3, List.of("2", "2"), List.of()),
                new TableContent("t", "id STRING", 3, List.of("1", "1"), List.of()))) {
            changed.add(ContentDigest.of(List.of(t, other), List.of(file, second)));
        }
        changed.add(ContentDigest.of(List.of(table), List.of(file, second)));
        changed.add(ContentDigest.of(List.of(table, other), List.of(file)));
        changed.add(ContentDigest.of(List.of(table, other), List.of(new FileContent("files/c", 1, "aa", -1), second)));
        changed.add(ContentDigest.of(List.of(table, other), List.of(new FileContent("files/a", 1, "ab", -1), second)));
        changed.add(digest);
        assertEquals(10, changed.size());

        TableContent cutOtherwise = new TableContent("t", "id STRING", 3, List.of("1", "2"), List.of(file, second));
        assertEquals(digest, ContentDigest.of(List.of(other, cutOtherwise), List.of(second, file)));
    }
}
