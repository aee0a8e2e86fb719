package org.oatmill.spark.zo;

import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Columns;
import org.oatmill.model.Example;
import org.oatmill.model.Task;
import org.oatmill.model.Tokenizer;

/**
 * A document as a task reads it.
 *
 * @param fields the row's fields, its text among them
 * @param label its class, or null
 * @param weight training weight
 */
public record TaskRow(String id, Map<String, String> fields, @Nullable String label, float weight)
        implements Serializable {

    /** What a model is asked of it. */
    public Example example(Task task, Tokenizer tokenizer) {
        return task.example(id, fields, label, weight, tokenizer);
    }

    /** The same row, counted once whatever its training weight. */
    public TaskRow unweighted() {
        return new TaskRow(id, fields, label, 1);
    }

    /** All rows of a documents table, by id. */
    public static List<TaskRow> all(Dataset<Row> documents) {
        return collect(documents.orderBy(Columns.ID.name()));
    }

    /** The rows with the smallest u(seed, purpose, id): at most {@code limit}, in that order. */
    public static List<TaskRow> some(Dataset<Row> documents, long seed, String purpose, long limit) {
        UDF1<String, Double> u = id -> Chance.u(seed, purpose, id);
        return collect(documents
                .withColumn("u", functions.udf(u, DataTypes.DoubleType).apply(functions.col(Columns.ID.name())))
                .orderBy("u", Columns.ID.name())
                .limit(Math.toIntExact(Math.min(Integer.MAX_VALUE, limit))));
    }

    private static List<TaskRow> collect(Dataset<Row> documents) {
        return documents
                .select(
                        Columns.ID.name(),
                        Columns.TEXT.name(),
                        Columns.FIELDS.name(),
                        Columns.LABEL.name(),
                        Columns.WEIGHT.name())
                .collectAsList()
                .stream()
                .map(row -> {
                    Map<String, String> fields = new HashMap<>(row.getJavaMap(2));
                    fields.put(Columns.TEXT.name(), row.getString(1));
                    return new TaskRow(row.getString(0), fields, row.getString(3), row.getFloat(4));
                })
                .toList();
    }
}
