package org.oatmill.spark.embed;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Json;

/**
 * An embedder and what it learned: embeds any text as it embedded those it learned from. Stored as
 * JSON, so that it can be read without Spark and after MLlib has changed its formats.
 *
 * @param embedder the method with its settings
 * @param fitted what it learned
 */
public record FittedEmbedder(Embedder embedder, JsonNode fitted) {

    /** Where an artifact of the job {@code embed} keeps it, below {@code files/}. */
    public static final String FILE = "embedder/embedder.json";

    public static FittedEmbedder fit(Embedder embedder, Dataset<Row> texts) {
        return new FittedEmbedder(embedder, embedder.fit(texts));
    }

    /** A vector for each text: columns {@code id, text} in, {@code id, vector} out. */
    public Dataset<Row> vectors(Dataset<Row> texts) {
        return embedder.vectors(texts, fitted);
    }

    /** Reads what {@link #json} wrote. */
    public static FittedEmbedder read(InputStream in) throws IOException {
        return Json.read(in, FittedEmbedder.class);
    }

    public String json() {
        return Json.pretty(Json.tree(this));
    }
}
