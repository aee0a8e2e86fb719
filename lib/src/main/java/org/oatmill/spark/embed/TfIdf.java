package org.oatmill.spark.embed;

import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import org.apache.spark.ml.feature.CountVectorizerModel;
import org.apache.spark.ml.feature.ElementwiseProduct;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Describe;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;

/**
 * Term frequency times inverse document frequency: a term that stands in d of m rows has weight
 * ln((m + 1) / (d + 1)), as in MLlib's IDF. Dimensions are the terms that most rows have, most
 * frequent first.
 *
 * <p>The vocabulary is counted here, because MLlib's CountVectorizer orders terms of equal frequency
 * as the partitions happen to deliver them: ties are ordered by term. Cutting, counting and weighting
 * of texts is MLlib's.
 *
 * @param vocabularySize most terms
 * @param minDocumentFrequency rows that must have a term
 * @param lowerCase whether letter case is ignored
 * @param stopWords the language whose stop words are left out
 * @param wordPattern what a word is
 */
@Describe("words, weighted by how few rows have them")
public record TfIdf(
        @Describe("most terms; those that most rows have are kept") int vocabularySize,
        @Describe("rows that must have a term") int minDocumentFrequency,
        @Describe("whether letter case is ignored") boolean lowerCase,
        @Describe("language whose stop words are left out") StopWords stopWords,
        @Describe("what a word is, as a regular expression") String wordPattern)
        implements Embedder {

    /**
     * What was learned.
     *
     * @param documents rows there were
     * @param terms in the order of the dimensions
     * @param documentFrequencies rows that have the term
     */
    record Vocabulary(long documents, List<String> terms, List<Long> documentFrequencies) {}

    public TfIdf {
        new Words(wordPattern, lowerCase, stopWords);
        if (vocabularySize < 1) {
            throw new UserException("Cannot embed: vocabulary_size = " + vocabularySize + ", expected 1 or more terms");
        }
        if (minDocumentFrequency < 1) {
            throw new UserException(
                    "Cannot embed: min_document_frequency = " + minDocumentFrequency + ", expected 1 or more rows");
        }
    }

    private Words words() {
        return new Words(wordPattern, lowerCase, stopWords);
    }

    @Override
    public JsonNode fit(Dataset<Row> texts) {
        List<Row> terms = words().of(texts)
                .select(explode(array_distinct(col(Words.WORDS))).as("term"))
                .groupBy("term")
                .agg(count(lit(1)).as("documents"))
                .where(col("documents").geq(minDocumentFrequency))
                .orderBy(col("documents").desc(), col("term"))
                .limit(vocabularySize)
                .collectAsList();
        if (terms.isEmpty()) {
            throw new UserException("Cannot embed: no term stands in min_document_frequency = " + minDocumentFrequency
                    + " rows, expected some; lower it, or look at the texts");
        }
        return Json.tree(new Vocabulary(
                texts.count(),
                terms.stream().map(row -> row.getString(0)).toList(),
                terms.stream().map(row -> row.getLong(1)).toList()));
    }

    @Override
    public Dataset<Row> vectors(Dataset<Row> texts, JsonNode fitted) {
        Vocabulary vocabulary = vocabulary(fitted);
        Dataset<Row> counts = new CountVectorizerModel(vocabulary.terms.toArray(new String[0]))
                .setInputCol(Words.WORDS)
                .setOutputCol("counts")
                .transform(words().of(texts));
        double[] weights = vocabulary.documentFrequencies.stream()
                .mapToDouble(d -> StrictMath.log((vocabulary.documents + 1.0) / (d + 1.0)))
                .toArray();
        return Words.table(new ElementwiseProduct()
                .setScalingVec(Vectors.dense(weights))
                .setInputCol("counts")
                .setOutputCol(Words.FEATURES)
                .transform(counts));
    }

    private static Vocabulary vocabulary(JsonNode fitted) {
        try {
            return Json.read(fitted, Vocabulary.class);
        } catch (IOException e) {
            throw new UserException("Cannot read the fitted tf-idf embedder: " + e.getMessage(), e);
        }
    }
}
