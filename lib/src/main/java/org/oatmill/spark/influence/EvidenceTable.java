package org.oatmill.spark.influence;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Columns;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.influence.EvidenceRow;
import org.oatmill.influence.Measuring;
import org.oatmill.influence.Need;
import org.oatmill.model.Example;
import org.oatmill.model.Task;
import org.oatmill.spark.rows.VectorColumn;

/**
 * Documents as evidence, with as much of each as a method needs: it is all held by the driver.
 *
 * @param needs what the method must be shown
 * @param task how rows become examples; null where no model is asked
 * @param measuring has the tokenizer
 * @param vectors a table with the columns of {@link Tables#VECTORS}; null where no vector is needed
 * @param probabilities by id and class; empty where none are needed
 */
public record EvidenceTable(
        Set<Need> needs,
        @Nullable Task task,
        Measuring measuring,
        @Nullable Dataset<Row> vectors,
        Map<String, Map<String, Double>> probabilities) {

    private static final int ROWS_AT_ONCE = 1024;

    /** A document on its way to the tokenizer. */
    private record Shown(String id, Map<String, String> fields, @Nullable String label, float weight)
            implements Serializable {}

    /** The evidence of some documents, in the order of their ids. */
    public List<EvidenceRow> rows(Dataset<Row> documents) {
        Dataset<Row> table = documents.select(
                Columns.ID.name(),
                Columns.TEXT.name(),
                Columns.LABEL.name(),
                Columns.FIELDS.name(),
                Columns.WEIGHT.name());
        table = vectors == null
                ? table.withColumn(Columns.VECTOR.name(), lit(null))
                : table.join(vectors, table.col("id").equalTo(vectors.col("id")), "left")
                        .drop(vectors.col("id"));
        List<Row> rows = table.orderBy(col(Columns.ID.name())).collectAsList();
        boolean labels = needs.contains(Need.LABELS) || (task != null && task.target() == null);
        List<Example> examples = needs.contains(Need.MODEL) ? examples(rows, labels) : List.of();
        return IntStream.range(0, rows.size())
                .mapToObj(i -> {
                    Row row = rows.get(i);
                    return new EvidenceRow(
                            row.getString(0),
                            row.getString(1),
                            labels ? label(row) : row.getString(2),
                            examples.isEmpty() ? null : examples.get(i),
                            vectors == null ? null : vector(row),
                            probabilities.get(row.getString(0)));
                })
                .toList();
    }

    private List<Example> examples(List<Row> rows, boolean labels) {
        Task shownAs = task;
        if (shownAs == null) {
            throw new IllegalArgumentException("A model is asked and there is no task");
        }
        List<List<Shown>> blocks = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += ROWS_AT_ONCE) {
            blocks.add(new ArrayList<>(rows.subList(from, Math.min(rows.size(), from + ROWS_AT_ONCE)).stream()
                    .map(row -> {
                        Map<String, String> fields = new HashMap<>(row.getJavaMap(3));
                        fields.put(Columns.TEXT.name(), row.getString(1));
                        return new Shown(
                                row.getString(0), fields, labels ? label(row) : row.getString(2), row.getFloat(4));
                    })
                    .toList()));
        }
        return measuring
                .each(
                        blocks,
                        (model, block) -> new ArrayList<>(block.stream()
                                .map(row -> shownAs.example(
                                        row.id(), row.fields(), row.label(), row.weight(), model.tokenizer()))
                                .toList()))
                .stream()
                .flatMap(List::stream)
                .toList();
    }

    private static String label(Row row) {
        if (row.isNullAt(2)) {
            throw new UserException("Cannot value rows: row id = " + row.getString(0)
                    + " has label = null, expected a label on every row; leave such rows out, or choose a method that"
                    + " needs none");
        }
        return row.getString(2);
    }

    private static Vector vector(Row row) {
        if (row.isNullAt(5)) {
            throw new UserException("Cannot value rows: row id = " + row.getString(0)
                    + " has no vector, expected one for every row of the pool and the target; embed both: splits ="
                    + " [pool, target]");
        }
        return VectorColumn.vector(row.getStruct(5));
    }
}
