package org.oatmill.spark.artifact;

import java.io.IOException;
import java.io.OutputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Table;

/** What a stage writes, committed as a whole when its job returns. */
public interface Output {

    /** Writes a table; the rows' columns must be the table's, in any order. Returns it as written, so that reading it computes nothing again. */
    Dataset<Row> table(Table table, Dataset<Row> rows);

    /** A file below {@code files/}. */
    OutputStream file(String path) throws IOException;

    /** How far it is, for whoever watches: {@code step 120 of 2,000, loss 3.21}. */
    default void progress(String text) {}

    /** Says something of the result, for manifest and report: a number, a word, a list or a record. */
    void note(String name, Object value);

    /** Something the operator should know; printed, and kept in the manifest. */
    void warn(String message);
}
