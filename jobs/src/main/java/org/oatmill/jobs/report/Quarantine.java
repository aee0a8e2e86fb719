package org.oatmill.jobs.report;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Columns;
import org.oatmill.core.Tables;
import org.oatmill.report.Block;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Column;
import org.oatmill.report.Numbers;

/** Records that could not be read: why, and the first of each source. */
final class Quarantine {
    private static final int REASONS = 20;
    private static final int RECORDS = 8;

    private Quarantine() {}

    /** @param redact places only */
    static List<Block> blocks(MadeStages stages, boolean redact) {
        List<Block> blocks = new ArrayList<>();
        for (MadeStages.Made made : stages.with(Tables.QUARANTINE)) {
            Dataset<Row> records = made.artifact().table(Tables.QUARANTINE);
            List<Row> reasons = records.groupBy(col(Columns.REASON.name()))
                    .agg(count(lit(1)).as("n"))
                    .orderBy(col("n").desc(), col(Columns.REASON.name()))
                    .limit(REASONS)
                    .collectAsList();
            if (reasons.isEmpty()) {
                continue;
            }
            String name = made.stage().name();
            blocks.add(new DataTable(
                    "Records that " + name + " could not read",
                    List.of(Column.text("Reason"), Column.number("Records")),
                    reasons.stream()
                            .map(row -> DataTable.row(row.getString(0), Numbers.count(row.getLong(1))))
                            .toList(),
                    reasons.size() < REASONS ? "" : "The " + REASONS + " most frequent reasons."));
            blocks.add(records(name, records, redact));
        }
        return blocks;
    }

    private static DataTable records(String stage, Dataset<Row> records, boolean redact) {
        List<Column> columns =
                new ArrayList<>(List.of(Column.code("Source"), Column.number("Record"), Column.text("Reason")));
        if (!redact) {
            columns.add(Column.prose("As it was read"));
        }
        List<Row> first = records.orderBy(col(Columns.SOURCE.name()), col(Columns.RECORD.name()))
                .limit(RECORDS)
                .collectAsList();
        return new DataTable(
                "The first of them",
                columns,
                first.stream()
                        .map(row -> {
                            List<DataTable.Cell> cells = new ArrayList<>(DataTable.row(
                                    Examples.text(row, Columns.SOURCE),
                                    Examples.text(row, Columns.RECORD),
                                    Examples.text(row, Columns.REASON)));
                            if (!redact) {
                                cells.add(DataTable.Cell.of(Examples.excerpt(Examples.text(row, Columns.RAW))));
                            }
                            return cells;
                        })
                        .toList(),
                "All of them: oatmill show <root>/" + stage + "/… --table quarantine");
    }
}
