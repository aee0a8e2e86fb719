package org.oatmill.spark.embed;

import com.fasterxml.jackson.databind.JsonNode;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Methods;

/** A way to make vectors of texts: learns from texts first, then embeds each text by itself. */
public interface Embedder {

    Methods<Embedder> METHODS = Methods.of(Embedder.class)
            .row("tf-idf", new TfIdf(1 << 18, 1, true, StopWords.NONE, Words.PATTERN))
            .row("hashing", new Hashing(1 << 18, true, StopWords.NONE, Words.PATTERN));

    /** Whatever {@link #vectors} needs to know of the texts (columns {@code id, text}); equal for any partitioning of them. */
    JsonNode fit(Dataset<Row> texts);

    /** A vector for each text (columns {@code id, text}), as a table with the columns of {@link org.oatmill.core.Tables#VECTORS}. */
    Dataset<Row> vectors(Dataset<Row> texts, JsonNode fitted);
}
