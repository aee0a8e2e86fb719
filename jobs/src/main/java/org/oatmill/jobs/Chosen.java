package org.oatmill.jobs;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Columns;
import org.oatmill.core.Tables;
import org.oatmill.spark.artifact.Inputs;

/** The optional input {@code chosen}: of the split pool, only rows that an earlier stage kept, with the weights it gave. */
final class Chosen {
    private static final String KEPT = "weight of the kept row";

    private Chosen() {}

    static Dataset<Row> of(Dataset<Row> documents, Inputs in) {
        if (in.optional("chosen").isEmpty()) {
            return documents;
        }
        Dataset<Row> pool = documents.where(col(Columns.SPLIT.name()).equalTo("pool"));
        Dataset<Row> others = documents.where(col(Columns.SPLIT.name()).notEqual("pool"));
        return kept(pool, in.table("chosen", Tables.SAMPLE)).unionByName(others);
    }

    /** Those that a sample kept; its weight multiplies their training weight, where it has one. */
    static Dataset<Row> kept(Dataset<Row> documents, Dataset<Row> sample) {
        String weight = Columns.WEIGHT.name();
        Dataset<Row> kept = sample.select(
                col(Columns.ID.name()), col(Columns.SAMPLE_WEIGHT.name()).as(KEPT));
        Column[] columns = Arrays.stream(documents.columns())
                .map(name -> name.equals(weight)
                        ? col(weight).multiply(coalesce(col(KEPT), lit(1f))).as(weight)
                        : col("`" + name + "`"))
                .toArray(Column[]::new);
        return documents.join(kept, new String[] {Columns.ID.name()}).select(columns);
    }
}
