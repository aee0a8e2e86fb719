package org.oatmill.jobs.sources;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Methods;

/** Where documents come from. Two readings of unchanged data give equal rows, however Spark cuts them. */
public interface Source {

    Methods<Source> METHODS = Methods.of(Source.class)
            .row("parquet", Parquet::typical)
            .row("jsonl", Jsonl::typical)
            .row("csv", Csv::typical)
            .row("tsv", Tsv::typical)
            .row("hugging-face", HuggingFace::typical)
            .row("table", CatalogTable::typical)
            .row("wordnet", WordNet::typical);

    /**
     * A content hash of everything it reads, by names that stay when the data move: the part of a
     * recipe that speaks for the outside. Cheap where nothing changed since the last call.
     */
    Map<String, String> fingerprints(SparkSession spark);

    /** One row per record, with the columns of {@link Intake#SCHEMA}. */
    Dataset<Row> records(SparkSession spark);

    /** The columns that the run file names; the bits of {@code found} are theirs. */
    default List<String> namedColumns() {
        return List.of();
    }

    /** Whether ids are keys of the user, which may repeat; else they are unique by construction. */
    default boolean hasUserKeys() {
        return false;
    }
}
