package org.oatmill.spark.artifact;

import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Table;

/** What a stage reads: its seed, and an artifact for each role its job declares. */
public interface Inputs {

    /** The stage's seed, derived from the run's seed and the stage's name. */
    long seed();

    Artifact artifact(String role);

    /** The artifact of a role that need not be given. */
    Optional<Artifact> optional(String role);

    /** Short for {@code artifact(role).table(table)}. */
    default Dataset<Row> table(String role, Table table) {
        return artifact(role).table(table);
    }
}
