package org.oatmill.spark.embed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.TinyModel;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.model.Texts;
import org.oatmill.spark.rows.VectorColumn;

class HiddenStatesTest {
    private static final int LONGEST = 40;

    @TempDir
    static Path directory;

    private static String model;

    @BeforeAll
    static void write() throws Exception {
        model = TinyModel.write(directory.resolve("model")).toString();
    }

    /** More rows than a block of the mean has, of several buckets; every hundredth is empty. */
    private static TreeMap<String, String> texts() {
        Random random = new Random(3);
        TreeMap<String, String> texts = new TreeMap<>();
        for (int i = 0; i < 1100; i++) {
            StringBuilder text = new StringBuilder();
            int length = i % 100 == 7 ? 0 : 1 + random.nextInt(60);
            for (int k = 0; k < length; k++) {
                text.append((char) ('a' + random.nextInt(26)));
            }
            texts.put("r" + i, text.toString());
        }
        return texts;
    }

    private static Dataset<Row> table(TreeMap<String, String> texts, int parts) {
        List<Row> rows = new ArrayList<>();
        texts.forEach((id, text) -> rows.add(RowFactory.create(id, text)));
        return SharedSpark.session()
                .createDataFrame(rows, StructType.fromDDL("id STRING NOT NULL, text STRING NOT NULL"))
                .repartition(parts);
    }

    private static TreeMap<String, Vector> vectors(Dataset<Row> rows) {
        TreeMap<String, Vector> vectors = new TreeMap<>();
        rows.collectAsList().forEach(row -> vectors.put(row.getString(0), VectorColumn.vector(row.getStruct(1))));
        return vectors;
    }

    /** The definition on a list: one batch plan, ids in order, blocks of 1024. */
    private static TreeMap<String, float[]> twin(TreeMap<String, String> texts) {
        TreeMap<String, float[]> hidden = new TreeMap<>();
        try (DjlLm lm = DjlLm.open(Path.of(model))) {
            List<Example> examples = new ArrayList<>();
            texts.forEach((id, text) -> {
                int[] tokens = Texts.tokens(text, lm.tokenizer(), LONGEST);
                if (tokens.length > 1) {
                    examples.add(Texts.example(id, tokens));
                }
            });
            for (Batch batch : BatchPlan.of(examples).batches()) {
                float[][] states = lm.hidden(batch);
                for (int i = 0; i < states.length; i++) {
                    hidden.put(batch.rows().get(i).id(), states[i]);
                }
            }
        }
        int d = hidden.firstEntry().getValue().length;
        double[] total = new double[d];
        double[] block = new double[d];
        int n = 0;
        for (float[] row : hidden.values()) {
            for (int i = 0; i < d; i++) {
                block[i] += row[i];
            }
            if (++n % 1024 == 0 || n == hidden.size()) {
                for (int i = 0; i < d; i++) {
                    total[i] += block[i];
                    block[i] = 0;
                }
            }
        }
        int rows = n;
        hidden.replaceAll((id, row) -> {
            float[] centred = new float[d];
            for (int i = 0; i < d; i++) {
                centred[i] = (float) (row[i] - total[i] / rows);
            }
            return centred;
        });
        return hidden;
    }

    @Test
    void equalsItsTwinOnAListBitForBitForOneAndFourPartitions() {
        TreeMap<String, String> texts = texts();
        TreeMap<String, float[]> expected = twin(texts);
        HiddenStates embedder = new HiddenStates(model, LONGEST);
        for (int parts : new int[] {1, 4}) {
            TreeMap<String, Vector> found;
            try (Embedder.Learned learned = embedder.learn(table(texts, parts))) {
                found = vectors(learned.vectors());
                assertEquals(expected.size(), learned.fitted().get("rows").asInt());
            }
            assertEquals(texts.keySet(), found.keySet());
            assertEquals(1089, expected.size());
            expected.forEach((id, row) -> assertArrayEquals(row, found.get(id).values(), 0, id));
            assertEquals(0, found.get("r7").stored(), "a text without tokens has no hidden state");
            assertEquals(32, found.get("r7").size());
        }
    }

    @Test
    void oneTextAloneIsEmbeddedAsItWasAmongOthersWithin1e5() {
        TreeMap<String, String> texts = texts();
        HiddenStates embedder = new HiddenStates(model, LONGEST);
        FittedEmbedder fitted = FittedEmbedder.fit(embedder, table(texts, 2));
        TreeMap<String, String> one = new TreeMap<>(texts.subMap("r5", true, "r5", true));
        TreeMap<String, float[]> expected = twin(texts);
        vectors(fitted.vectors(table(one, 1)))
                .forEach((id, row) -> assertArrayEquals(expected.get(id), row.values(), 1e-5f, id));
    }

    @Test
    void anotherModelThanItLearnedWithIsRefused() throws Exception {
        Dataset<Row> texts = table(new TreeMap<>(texts().subMap("r5", "r6")), 1);
        var fitted = new HiddenStates(model, LONGEST).fit(texts);
        String other = TinyModel.writeLarger(directory.resolve("other")).toString();
        String message = assertThrows(
                        UserException.class, () -> new HiddenStates(other, LONGEST).vectors(texts, fitted))
                .getMessage();
        assertTrue(message.contains("learned with"), message);
        assertThrows(UserException.class, () -> new HiddenStates(model, 1));
    }
}
