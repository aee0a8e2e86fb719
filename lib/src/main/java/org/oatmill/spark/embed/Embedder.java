package org.oatmill.spark.embed;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Methods;
import org.oatmill.spark.model.ModelFiles;

/** A way to make vectors of texts: learns from texts first, then embeds each text by itself. */
public interface Embedder {

    Methods<Embedder> METHODS = Methods.of(Embedder.class)
            .row("tf-idf", () -> new TfIdf(1 << 18, 1, true, StopWords.NONE, Words.PATTERN))
            .row("hashing", () -> new Hashing(1 << 18, true, StopWords.NONE, Words.PATTERN))
            .row("hidden-states", () -> new HiddenStates(ModelFiles.SHIPPED, 128));

    /** Whatever {@link #vectors} needs to know of the texts (columns {@code id, text}); equal for any partitioning of them. */
    JsonNode fit(Dataset<Row> texts);

    /** A vector for each text (columns {@code id, text}), as a table with the columns of {@link org.oatmill.core.Tables#VECTORS}. */
    Dataset<Row> vectors(Dataset<Row> texts, JsonNode fitted);

    /** {@link #fit} and {@link #vectors} of the same texts, with what both need done once. */
    default Learned learn(Dataset<Row> texts) {
        JsonNode fitted = fit(texts);
        return new Learned(fitted, vectors(texts, fitted), () -> {});
    }

    /**
     * What was learned from texts, and their vectors.
     *
     * @param release lets go of what is kept for the vectors
     */
    record Learned(JsonNode fitted, Dataset<Row> vectors, Runnable release) implements AutoCloseable {
        @Override
        public void close() {
            release.run();
        }
    }
}
