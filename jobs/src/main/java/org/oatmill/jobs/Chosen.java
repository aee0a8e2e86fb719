package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Columns;
import org.oatmill.core.Tables;
import org.oatmill.spark.artifact.Inputs;

/** The optional input {@code chosen}: of the split pool, only rows that an earlier stage kept. */
final class Chosen {
    private Chosen() {}

    static Dataset<Row> of(Dataset<Row> documents, Inputs in) {
        if (in.optional("chosen").isEmpty()) {
            return documents;
        }
        Dataset<Row> ids = in.table("chosen", Tables.SAMPLE).select(Columns.ID.name());
        Dataset<Row> pool = documents.where(col(Columns.SPLIT.name()).equalTo("pool"));
        Dataset<Row> others = documents.where(col(Columns.SPLIT.name()).notEqual("pool"));
        return pool.join(ids, new String[] {Columns.ID.name()}, "left_semi").unionByName(others);
    }
}
