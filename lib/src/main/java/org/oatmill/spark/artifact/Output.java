package org.oatmill.spark.artifact;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Table;

/** What a stage writes, committed as a whole when its job returns. */
public interface Output {

    /** Writes a table; the rows' columns must be the table's, in any order. Returns it as written, so that reading it computes nothing again. */
    Dataset<Row> table(Table table, Dataset<Row> rows);

    /** As {@link #table(Table, Dataset)}, of rows that the driver holds, their values in the order of the table's columns; one file. */
    default Dataset<Row> table(Table table, List<Row> rows, SparkSession spark) {
        return table(
                table,
                spark.createDataFrame(rows, StructType.fromDDL(table.ddl())).coalesce(1));
    }

    /** A file below {@code files/}. */
    OutputStream file(String path) throws IOException;

    /** The root of the workspace, where what outlives the stage may be put below a directory that starts with {@code _}; empty where there is none. */
    default String root() {
        return "";
    }

    /** How far it is, for whoever watches: {@code step 120 of 2,000, loss 3.21}. */
    default void progress(String text) {}

    /** Says something of the result, for manifest and report: a number, a word, a list or a record. */
    void note(String name, Object value);

    /** Something the operator should know; printed, and kept in the manifest. */
    void warn(String message);
}
