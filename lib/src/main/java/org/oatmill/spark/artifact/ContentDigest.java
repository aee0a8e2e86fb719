package org.oatmill.spark.artifact;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.exists;
import static org.apache.spark.sql.functions.isnull;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.transform;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Digest;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest.FileContent;
import org.oatmill.core.Manifest.TableContent;

/**
 * What an artifact holds, in one number that any partitioning and any order of rows leaves alone.
 *
 * <p>Each row is hashed twice by Spark's xxhash64, over its values and over a marker and its values; both are summed as
 * exact decimals, so a row that is lost, doubled or changed changes the sums, and a change that leaves one of them alone
 * by chance (2<sup>−64</sup>) does not leave the other.
 *
 * <p>xxhash64 by itself passes over nulls, flattens nested lists and refuses maps: (a, null) and (null, a), or ((a), (b))
 * and ((a, b), ()), would be one. So each value that may be missing has a marker beside it, each list its length, and
 * what a list or a map holds is hashed value by value. As for Spark's {@code =}, 0.0 and −0.0 are one value, and so are
 * all NaN.
 */
final class ContentDigest {
    /** Any constant: it moves the second hash away from the first. */
    private static final String MARKER = "oatmill";

    static final String FIRST = "_first_hash";
    static final String SECOND = "_second_hash";

    private ContentDigest() {}

    /**
     * @param rows row count
     * @param digests the two sums
     * @param others the other aggregates, from position 3 on
     */
    record Sums(long rows, List<String> digests, Row others) {}

    /** Reads the rows once, and asks them in passing for other aggregates of their columns. */
    static Sums of(Dataset<Row> rows, List<Column> others) {
        List<Column> asked = new ArrayList<>(List.of(exactSum(col(FIRST)), exactSum(col(SECOND))));
        asked.addAll(others);
        Row row = hashed(rows).agg(count(lit(1)), columns(asked)).head();
        return new Sums(row.getLong(0), List.of(decimal(row, 1), decimal(row, 2)), row);
    }

    /** The rows, each with its two hashes beside its columns. */
    static Dataset<Row> hashed(Dataset<Row> rows) {
        List<Column> values = new ArrayList<>();
        for (StructField field : rows.schema().fields()) {
            addSeen(col(quoted(field.name())), field.dataType(), field.nullable(), values);
        }
        List<Column> all = new ArrayList<>(List.of(col("*")));
        List<Column> seen = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            // By name, so that what is costly is computed once for both hashes.
            all.add(values.get(i).as("_seen" + i));
            seen.add(col("_seen" + i));
        }
        List<Column> marked = new ArrayList<>(seen);
        marked.add(0, lit(MARKER));
        return rows.select(columns(all))
                .withColumn(FIRST, xxhash64(columns(seen)))
                .withColumn(SECOND, xxhash64(columns(marked)));
    }

    /** The digest of a whole artifact. */
    static String of(List<TableContent> tables, List<FileContent> files) {
        List<Map<String, Object>> tableSums = tables.stream()
                .sorted(Comparator.comparing(TableContent::name))
                .map(t -> Map.<String, Object>of(
                        "name", t.name(), "schema", t.schema(), "rows", t.rows(), "digests", t.digests()))
                .toList();
        List<Map<String, Object>> fileSums = files.stream()
                .sorted(Comparator.comparing(FileContent::path))
                .map(f -> Map.<String, Object>of("path", f.path(), "sha256", f.sha256()))
                .toList();
        return Digest.of(Json.canonical(Json.tree(Map.of("tables", tableSums, "files", fileSums))));
    }

    /** Adds what xxhash64 has to see so that different values stay different. */
    private static void addSeen(Column value, DataType type, boolean nullable, List<Column> seen) {
        if (nullable) {
            seen.add(isnull(value));
        }
        if (type instanceof StructType struct) {
            for (StructField field : struct.fields()) {
                addSeen(value.getField(field.name()), field.dataType(), field.nullable(), seen);
            }
        } else if (type instanceof ArrayType array) {
            seen.add(length(value));
            if (!(array.elementType() instanceof StructType
                    || array.elementType() instanceof ArrayType
                    || array.elementType() instanceof MapType)) {
                // What xxhash64 does by itself, and where the nulls were: several times faster than value by value.
                seen.add(exists(value, Column::isNull));
                seen.add(value);
                seen.add(when(exists(value, Column::isNull), transform(value, Column::isNull)));
                return;
            }
            seen.add(transform(value, element -> hash(element, array.elementType(), array.containsNull())));
        } else if (type instanceof MapType map) {
            StructType entry = new StructType()
                    .add("key", map.keyType(), false)
                    .add("value", map.valueType(), map.valueContainsNull());
            seen.add(length(value));
            seen.add(array_sort(transform(map_entries(value), element -> hash(element, entry, false))));
        } else {
            seen.add(value);
        }
    }

    /** The length of null is −1 in one session and null in another (ANSI). */
    private static Column length(Column value) {
        return coalesce(size(value), lit(-1));
    }

    private static Column hash(Column value, DataType type, boolean nullable) {
        List<Column> seen = new ArrayList<>();
        addSeen(value, type, nullable, seen);
        return xxhash64(columns(seen));
    }

    /** 38 digits hold the sum of 10<sup>18</sup> hashes. */
    private static Column exactSum(Column hash) {
        return sum(hash.cast("decimal(28,0)"));
    }

    private static String decimal(Row row, int i) {
        BigDecimal value = row.isNullAt(i) ? BigDecimal.ZERO : row.getDecimal(i);
        return value.toBigIntegerExact().toString();
    }

    static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    private static Column[] columns(List<Column> columns) {
        return columns.toArray(Column[]::new);
    }
}
