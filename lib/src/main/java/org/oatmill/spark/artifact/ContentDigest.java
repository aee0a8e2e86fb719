package org.oatmill.spark.artifact;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.isnull;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map_entries;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.transform;
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

    private ContentDigest() {}

    /** The two sums, and rows. */
    record Sums(long rows, List<String> digests) {}

    static Sums of(Dataset<Row> rows) {
        List<Column> values = new ArrayList<>();
        for (StructField field : rows.schema().fields()) {
            addSeen(col(quoted(field.name())), field.dataType(), field.nullable(), values);
        }
        List<Column> named = new ArrayList<>();
        List<Column> first = new ArrayList<>();
        List<Column> second = new ArrayList<>(List.of(lit(MARKER)));
        for (int i = 0; i < values.size(); i++) {
            named.add(values.get(i).as("v" + i));
            first.add(col("v" + i));
            second.add(col("v" + i));
        }
        Row sums = rows.select(columns(named))
                .agg(count(lit(1)), exactSum(xxhash64(columns(first))), exactSum(xxhash64(columns(second))))
                .head();
        return new Sums(sums.getLong(0), List.of(decimal(sums, 1), decimal(sums, 2)));
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
            seen.add(size(value));
            seen.add(transform(value, element -> hash(element, array.elementType(), array.containsNull())));
        } else if (type instanceof MapType map) {
            StructType entry = new StructType()
                    .add("key", map.keyType(), false)
                    .add("value", map.valueType(), map.valueContainsNull());
            seen.add(size(value));
            seen.add(array_sort(transform(map_entries(value), element -> hash(element, entry, false))));
        } else {
            seen.add(value);
        }
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
