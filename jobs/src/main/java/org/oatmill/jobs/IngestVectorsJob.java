package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Describe;
import org.oatmill.core.Required;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.sources.VectorSource;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;

/** Reads vectors that are there already: embeddings made elsewhere, or counts such as those of single cells. */
public final class IngestVectorsJob implements Job<IngestVectorsJob.Config> {

    /** @param source where the vectors are */
    public record Config(@Required @Describe("where the vectors are") VectorSource source) {}

    @Override
    public String name() {
        return "ingest-vectors";
    }

    @Override
    public String purpose() {
        return "Reads vectors that are there already: embeddings made elsewhere, or counts.";
    }

    @Override
    public Config typical() {
        return new Config(VectorSource.METHODS.typical("vector-column"));
    }

    @Override
    public int resultVersion() {
        return 1;
    }

    @Override
    public List<Role> reads() {
        return List.of();
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.VECTORS, Tables.FEATURES);
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return config.source().fingerprints(spark);
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) {
        Map<String, String> fingerprints = config.source().fingerprints(spark);
        Dataset<Row> vectors = out.table(Tables.VECTORS, config.source().vectors(spark));
        List<Row> features = new ArrayList<>();
        for (String feature : config.source().features(spark)) {
            features.add(RowFactory.create(features.size(), feature));
        }
        out.table(Tables.FEATURES, features, spark);
        if (!config.source().fingerprints(spark).equals(fingerprints)) {
            throw new UserException("Cannot ingest vectors: the files changed while they were read, expected them to"
                    + " stay; run again when nobody writes them");
        }
        Row totals = vectors.agg(count(lit(1)), min("vector.size"), max("vector.size"), sum(size(col("vector.values"))))
                .first();
        if (totals.getLong(0) == 0) {
            throw new UserException("Cannot ingest vectors: the source holds 0 rows, expected at least one");
        }
        if (totals.getInt(1) != totals.getInt(2)) {
            throw new UserException("Cannot ingest vectors: their sizes are " + totals.getInt(1) + " to "
                    + totals.getInt(2) + ", expected one size for all rows; look at the rows of the lesser size");
        }
        out.note("rows", totals.getLong(0));
        out.note("dimensions", totals.getInt(1));
        out.note("stored_values", totals.getLong(3));
        long empty = vectors.where(size(col("vector.values")).equalTo(0)).count();
        out.note("empty_rows", empty);
        if (empty > 0) {
            out.warn(empty + " of " + totals.getLong(0) + " rows have no value but zero");
        }
        out.note("read", fingerprints);
        out.note("config", config); // with the paths, which the recipe leaves out
    }
}
