package org.oatmill.spark.artifact;

import java.util.Map;
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

    /** Artifacts by role. */
    static Inputs of(long seed, Map<String, Artifact> artifacts) {
        Map<String, Artifact> byRole = Map.copyOf(artifacts);
        return new Inputs() {
            @Override
            public long seed() {
                return seed;
            }

            @Override
            public Artifact artifact(String role) {
                return optional(role)
                        .orElseThrow(() ->
                                new IllegalArgumentException("Cannot read input: role = " + role + ", expected one of "
                                        + byRole.keySet().stream().sorted().toList()));
            }

            @Override
            public Optional<Artifact> optional(String role) {
                return Optional.ofNullable(byRole.get(role));
            }
        };
    }
}
