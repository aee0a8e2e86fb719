package org.oatmill.spark.embed;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Describe;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;

/**
 * Term frequencies at hashed positions (MLlib's HashingTF): learns nothing, so it needs no reading
 * beforehand; words that fall on one position are taken for one word.
 *
 * @param dimensions positions
 * @param lowerCase whether letter case is ignored
 * @param stopWords the language whose stop words are left out
 * @param wordPattern what a word is
 */
@Describe("words at hashed positions; learns nothing")
public record Hashing(
        @Describe("positions that words are hashed to") int dimensions,
        @Describe("whether letter case is ignored") boolean lowerCase,
        @Describe("language whose stop words are left out") StopWords stopWords,
        @Describe("what a word is, as a regular expression") String wordPattern)
        implements Embedder {

    public Hashing {
        new Words(wordPattern, lowerCase, stopWords);
        if (dimensions < 1) {
            throw new UserException("Cannot embed: dimensions = " + dimensions + ", expected 1 or more");
        }
    }

    @Override
    public JsonNode fit(Dataset<Row> texts) {
        return Json.tree(Map.of());
    }

    @Override
    public Dataset<Row> vectors(Dataset<Row> texts, JsonNode fitted) {
        return Words.table(new HashingTF()
                .setNumFeatures(dimensions)
                .setInputCol(Words.WORDS)
                .setOutputCol(Words.FEATURES)
                .transform(new Words(wordPattern, lowerCase, stopWords).of(texts)));
    }
}
