package org.oatmill.spark.embed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.ml.feature.CountVectorizer;
import org.apache.spark.ml.feature.IDF;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.djl.TinyModel;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.rows.VectorColumn;

class EmbedderTest {
    @TempDir
    Path directory;

    private static Dataset<Row> texts(int parts, String... texts) {
        List<Row> rows = new ArrayList<>();
        for (String text : texts) {
            rows.add(RowFactory.create("r" + rows.size(), text));
        }
        return SharedSpark.session()
                .createDataFrame(rows, StructType.fromDDL("id STRING NOT NULL, text STRING NOT NULL"))
                .repartition(parts);
    }

    /** Many words of equal frequency, so that their order has to be decided. */
    private static Dataset<Row> tied(int parts) {
        Random random = new Random(4);
        String[] texts = new String[120];
        for (int i = 0; i < texts.length; i++) {
            StringBuilder text = new StringBuilder("common");
            for (int k = 0; k < 6; k++) {
                text.append(" w").append(random.nextInt(200));
            }
            texts[i] = text.toString();
        }
        return texts(parts, texts);
    }

    private static List<String> lines(Dataset<Row> vectors) {
        return vectors.orderBy("id").collectAsList().stream()
                .map(row -> row.getString(0) + VectorColumn.vector(row.getStruct(1)))
                .toList();
    }

    @Test
    void everyEmbedderGivesTheSameVectorsForOneFourAndSevenPartitionsAndWhenReadAgain() throws Exception {
        for (Map.Entry<String, Embedder> row : Embedder.METHODS.rows().entrySet()) {
            // Fewer terms than there are, so that the cut falls into a tie.
            Embedder embedder = row.getValue() instanceof TfIdf
                    ? new TfIdf(90, 1, true, StopWords.NONE, Words.PATTERN)
                    : row.getValue() instanceof HiddenStates
                            ? new HiddenStates(TinyModel.write(directory).toString(), 64)
                            : row.getValue();
            FittedEmbedder one = FittedEmbedder.fit(embedder, tied(1));
            List<String> expected = lines(one.vectors(tied(1)));
            for (int parts : new int[] {4, 7}) {
                FittedEmbedder fitted = FittedEmbedder.fit(embedder, tied(parts));
                assertEquals(one.json(), fitted.json(), row.getKey());
                assertEquals(expected, lines(fitted.vectors(tied(parts))), row.getKey());
            }
            FittedEmbedder read =
                    FittedEmbedder.read(new ByteArrayInputStream(one.json().getBytes(StandardCharsets.UTF_8)));
            assertEquals(expected, lines(read.vectors(tied(4))), row.getKey());
        }
    }

    /** The peer: MLlib's own CountVectorizer and IDF give each word the same weight, at another position. */
    @Test
    void tfIdfWeighsWordsAsMllibDoes() {
        Dataset<Row> texts = texts(2, "red red blue", "red green", "blue yellow yellow", "red");
        Dataset<Row> words = new Words(Words.PATTERN, true, StopWords.NONE).of(texts);
        var counter = new CountVectorizer()
                .setInputCol(Words.WORDS)
                .setOutputCol("counts")
                .fit(words);
        Dataset<Row> counts = counter.transform(words);
        Dataset<Row> peer = new IDF()
                .setInputCol("counts")
                .setOutputCol("weighted")
                .fit(counts)
                .transform(counts);

        TfIdf ours = new TfIdf(100, 1, true, StopWords.NONE, Words.PATTERN);
        var fitted = ours.fit(texts);
        List<Row> vectors = ours.vectors(texts, fitted).orderBy("id").collectAsList();
        List<Row> expected = peer.orderBy("id").collectAsList();
        for (int i = 0; i < 4; i++) {
            Vector vector = VectorColumn.vector(vectors.get(i).getStruct(1));
            org.apache.spark.ml.linalg.Vector mllib = expected.get(i).getAs("weighted");
            for (int k = 0; k < counter.vocabulary().length; k++) {
                String term = counter.vocabulary()[k];
                int at = -1;
                for (int t = 0; t < fitted.get("terms").size(); t++) {
                    at = fitted.get("terms").get(t).asText().equals(term) ? t : at;
                }
                assertEquals((float) mllib.apply(k), value(vector, at), 1e-7, term);
            }
        }
    }

    private static float value(Vector vector, int at) {
        for (int k = 0; k < vector.stored(); k++) {
            if (vector.index(k) == at) {
                return vector.values()[k];
            }
        }
        return 0;
    }

    @Test
    void termsAreOrderedByRowsThatHaveThemThenByTerm() {
        var fitted = new TfIdf(3, 1, true, StopWords.NONE, Words.PATTERN).fit(texts(2, "b A a a", "c b", "b a", "d c"));
        assertEquals("[\"b\",\"a\",\"c\"]", fitted.get("terms").toString());
        assertEquals("[3,2,2]", fitted.get("document_frequencies").toString());
    }

    @Test
    void stopWordsAndRareTermsAreLeftOutAndATextWithoutAnyWordStays() {
        Dataset<Row> texts = texts(2, "The cat of the house", "a cat", "the, of!", "");
        var fitted = new TfIdf(100, 2, true, StopWords.ENGLISH, Words.PATTERN).fit(texts);
        assertEquals("[\"cat\"]", fitted.get("terms").toString());
        List<String> lines = lines(new TfIdf(100, 2, true, StopWords.ENGLISH, Words.PATTERN).vectors(texts, fitted));
        assertEquals(List.of("r2(1,[],[])", "r3(1,[],[])"), lines.subList(2, 4));
    }

    @Test
    void wordsOfAnyScriptAreWords() {
        Dataset<Row> texts = texts(1, "Ünïcode straße 東京 2nd");
        var fitted = new TfIdf(100, 1, true, StopWords.NONE, Words.PATTERN).fit(texts);
        assertEquals(
                "[\"2nd\",\"straße\",\"ünïcode\",\"東京\"]", fitted.get("terms").toString());
    }

    @Test
    void settingsThatCannotWorkAreRefused() {
        assertRefused("word_pattern = [", "regular expression", () -> new Hashing(16, true, StopWords.NONE, "["));
        assertRefused("dimensions = 0", "1 or more", () -> new Hashing(0, true, StopWords.NONE, Words.PATTERN));
        assertRefused(
                "min_document_frequency = 9", "lower it", () -> new TfIdf(10, 9, true, StopWords.NONE, Words.PATTERN)
                        .fit(texts(1, "a b", "b c")));
    }

    private static void assertRefused(String value, String help, org.junit.jupiter.api.function.Executable attempt) {
        String message = assertThrows(UserException.class, attempt).getMessage();
        assertTrue(message.contains(value) && message.contains(help), message);
    }

    @Test
    void aTemplateJoinsFieldsAndNamesTheRowThatLacksOne() {
        Dataset<Row> documents = SharedSpark.session()
                .createDataFrame(
                        List.of(
                                RowFactory.create("b", "text b", Map.of("title", "B")),
                                RowFactory.create("a", "text a", Map.of("title", "A"))),
                        StructType.fromDDL("id STRING, text STRING, fields MAP<STRING, STRING>"));
        List<Row> texts = new TextTemplate("<{title}> {text}.")
                .of(documents)
                .orderBy("id")
                .collectAsList();
        assertEquals("<A> text a.", texts.get(0).getString(1));
        assertRefused("{author}", "row id = a", () -> new TextTemplate("{author}").of(documents));
        assertRefused("no braces", "at least one", () -> new TextTemplate("no braces").of(documents));
    }
}
