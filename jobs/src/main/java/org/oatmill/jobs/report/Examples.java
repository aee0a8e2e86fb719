package org.oatmill.jobs.report;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Columns;
import org.oatmill.core.Tables;
import org.oatmill.report.Block;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Cell;
import org.oatmill.report.DataTable.Column;

/** A few rows of each kind that the first choosing stage kept, a few it dropped, and what the other stages did with them. */
final class Examples {
    private static final int EACH = 2;
    private static final int CHARACTERS = 240;

    private Examples() {}

    /**
     * The same rows whenever the report is made: those whose ids have the smallest hashes.
     *
     * @param choices from one population
     * @param kinds of planted trouble
     * @param redact ids only
     */
    static List<Block> blocks(List<Choice> choices, List<String> kinds, boolean redact) {
        if (choices.isEmpty()) {
            return List.of();
        }
        Choice first = choices.get(0);
        List<Row> rows = first(first, kinds.isEmpty() ? List.of("") : kinds);
        Object[] ids = rows.stream().map(row -> text(row, Columns.ID)).toArray();
        List<Column> columns = new ArrayList<>();
        if (first.planted()) {
            columns.add(Column.text("Kind"));
        }
        Map<String, String> texts = Map.of();
        if (!redact) {
            columns.add(Column.prose("Text"));
            columns.add(Column.text("Class"));
            Optional<Dataset<Row>> documents = first.documents().map(made -> made.table(Tables.DOCUMENTS));
            texts = documents.isEmpty() ? texts : strings(documents.get(), ids, Columns.TEXT.name());
        }
        List<Map<String, String>> fates = new ArrayList<>();
        for (Choice choice : choices) {
            columns.add(Column.text(choice.stage()));
            fates.add(strings(choice.rows(), ids, Choice.KEPT));
        }
        columns.add(Column.code("Id"));
        List<List<Cell>> table = new ArrayList<>();
        for (Row row : rows) {
            String id = text(row, Columns.ID);
            List<String> cells = new ArrayList<>();
            if (first.planted()) {
                cells.add(KeptByKind.named(text(row, Columns.KIND)));
            }
            if (!redact) {
                cells.add(excerpt(texts.getOrDefault(id, "")));
                cells.add(label(row));
            }
            fates.forEach(fate -> cells.add("1".equals(fate.get(id)) ? "kept" : "dropped"));
            cells.add(id);
            table.add(DataTable.row(cells.toArray(String[]::new)));
        }
        String note = redact ? "Redacted: ids only." : "";
        return List.of(new DataTable("Rows that " + first.stage() + " kept and dropped", columns, table, note));
    }

    /** Of each kind a few kept and a few dropped rows. */
    private static List<Row> first(Choice choice, List<String> kinds) {
        List<Row> rows = new ArrayList<>();
        for (String kind : kinds) {
            for (int kept : new int[] {1, 0}) {
                rows.addAll(choice.rows()
                        .filter(coalesce(col(Columns.KIND.name()), lit("")).equalTo(kind))
                        .filter(col(Choice.KEPT).equalTo(kept))
                        .orderBy(xxhash64(col(Columns.ID.name())), col(Columns.ID.name()))
                        .limit(EACH)
                        .collectAsList());
            }
        }
        return rows;
    }

    /** A column's value by id. */
    private static Map<String, String> strings(Dataset<Row> rows, Object[] ids, String column) {
        Map<String, String> values = new HashMap<>();
        rows.filter(col(Columns.ID.name()).isin(ids))
                .select(col(Columns.ID.name()), col(column).cast("string"))
                .collectAsList()
                .forEach(row -> values.put(row.getString(0), row.isNullAt(1) ? "" : row.getString(1)));
        return values;
    }

    private static String label(Row row) {
        String label = text(row, Columns.LABEL);
        String before = text(row, Columns.TRUE_LABEL);
        return before.isEmpty() || before.equals(label) ? label : label + ", truly " + before;
    }

    static String text(Row row, org.oatmill.core.Column column) {
        Object value = row.getAs(column.name());
        return value == null ? "" : value.toString();
    }

    static String excerpt(String text) {
        return text.codePointCount(0, text.length()) <= CHARACTERS
                ? text
                : text.substring(0, text.offsetByCodePoints(0, CHARACTERS - 1)) + "…";
    }
}
