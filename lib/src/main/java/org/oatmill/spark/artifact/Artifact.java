package org.oatmill.spark.artifact;

import java.io.IOException;
import java.io.InputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Manifest;
import org.oatmill.core.Table;

/** A committed artifact: its manifest, its tables, its files. */
public interface Artifact {

    /** Where it lies, below the workspace's root: {@code <stage>/<recipe12>}. */
    String path();

    /** Where its tables and files lie: a URI that every node of the cluster can open. */
    String location();

    Manifest manifest();

    boolean has(Table table);

    /** A table, with the columns that {@link org.oatmill.core.Tables} gives it; a {@code UserException} where it has none. */
    Dataset<Row> table(Table table);

    /** A table, cut so that no partition has rows of two files, nor of more than 128 MiB of one; the same cut every time. */
    Dataset<Row> tableByFile(Table table);

    /** A file below {@code files/}. */
    InputStream file(String path) throws IOException;

    /** How a child's manifest names this artifact. */
    default Manifest.Parent asParent() {
        return new Manifest.Parent(path(), manifest().recipeDigest(), manifest().contentDigest());
    }
}
