package org.oatmill.jobs;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Table;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;

/**
 * One step of the pipeline: opens artifacts and commits one. It never stops the session it is given.
 *
 * @param <C> its configuration, a record that run files bind strictly
 */
public interface Job<C extends Record> {

    /** Its name in run files. */
    String name();

    /** One sentence for {@code config reference}. */
    String purpose();

    /** A working configuration: its components are the defaults, save those marked {@link org.oatmill.core.Required}. */
    C typical();

    /** Raised exactly when the bytes of the result change for equal configuration, seed and inputs. */
    int resultVersion();

    /** What it reads; the first role is the one that {@code input = name} means. */
    List<Role> reads();

    /** Tables it always commits; the first is the one it is there for. */
    List<Table> writes();

    /** Tables that it commits besides where its configuration calls for them. */
    default List<Table> mayWrite() {
        return List.of();
    }

    /**
     * Content hashes of whatever it reads that is no artifact, by name; part of the recipe. What has the name of a role
     * is read where the role is not given.
     */
    default Map<String, String> external(C config, SparkSession spark) {
        return Map.of();
    }

    /** Whether it back-propagates under this configuration; a run with {@code gradients = forbid} refuses it then. */
    default boolean callsBackward(C config) {
        return false;
    }

    /** Native memory of the model that it opens, in words for {@code plan}; empty where it opens none. */
    default String memory(C config, Inputs in, SparkSession spark) {
        return "";
    }

    /** What it will take besides, in words for {@code plan}; empty where nobody can say. */
    default String outlook(C config, Inputs in, SparkSession spark) {
        return "";
    }

    void run(C config, Inputs in, Output out, SparkSession spark) throws Exception;

    /**
     * An input.
     *
     * @param name its key in a run file's {@code input}
     * @param table what the artifact must hold
     * @param required whether it must be given
     */
    record Role(String name, Table table, boolean required) {

        /** Any table will do. */
        static final Table ANY = new Table("any table", List.of());

        boolean isHeldBy(Collection<String> tables) {
            return table == ANY || tables.contains(table.name());
        }
    }
}
