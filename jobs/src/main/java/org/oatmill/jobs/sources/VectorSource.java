package org.oatmill.jobs.sources;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Methods;

/** Where vectors come from that are there already. Two readings of unchanged data give equal rows, however Spark cuts them. */
public interface VectorSource {

    Methods<VectorSource> METHODS = Methods.of(VectorSource.class)
            .row("vector-column", VectorFiles::typical)
            .row("count-columns", CountColumns::typical)
            .row("matrix-market", MatrixMarket::typical);

    /** As {@link Source#fingerprints}. */
    Map<String, String> fingerprints(SparkSession spark);

    /** One row per vector, with the columns of {@link org.oatmill.core.Tables#VECTORS}; what cannot be one stops the reading, by id. */
    Dataset<Row> vectors(SparkSession spark);

    /** Names of the dimensions, in order; empty where they have none. */
    List<String> features(SparkSession spark);
}
