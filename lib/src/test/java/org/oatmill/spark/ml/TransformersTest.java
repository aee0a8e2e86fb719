package org.oatmill.spark.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.UserException;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.Models;
import org.oatmill.djl.TinyModel;
import org.oatmill.djl.TinyNetwork;
import org.oatmill.model.BatchPlan;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.model.Texts;

class TransformersTest {
    @TempDir
    Path directory;

    private final SparkSession spark = SharedSpark.session();

    private Dataset<Row> texts(int parts) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            rows.add(RowFactory.create(
                    i, i % 13 == 5 ? null : "abcdefghij".repeat(4).substring(0, 1 + i % 30)));
        }
        return spark.createDataFrame(rows, StructType.fromDDL("n INT, text STRING"))
                .repartition(parts);
    }

    private static TreeMap<Integer, Row> answers(Dataset<Row> rows) {
        TreeMap<Integer, Row> answers = new TreeMap<>();
        rows.collectAsList().forEach(row -> answers.put(row.getInt(0), row));
        return answers;
    }

    private static float[] floats(Row row, String column) {
        List<Float> list = row.getList(row.fieldIndex(column));
        float[] floats = new float[list.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = list.get(i);
        }
        return floats;
    }

    private static String refusal(org.junit.jupiter.api.function.Executable attempt) {
        return assertThrows(UserException.class, attempt).getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {"net.pt", "net.onnx"})
    void aNetworkDoublesArraysAndVectorsInAPipelineThatIsSavedAndRead(String file) throws Exception {
        List<Row> rows = List.of(
                RowFactory.create(0, 1.0, 2.0, List.of(1, 2, 3)),
                RowFactory.create(1, -1.0, 0.5, List.of(4, 5, 6)),
                RowFactory.create(2, 0.0, 7.0, null));
        Dataset<Row> table =
                spark.createDataFrame(rows, StructType.fromDDL("n INT, a DOUBLE, b DOUBLE, array ARRAY<INT>"));
        Path net = directory.resolve("net");
        String model = (file.endsWith(".pt") ? TinyNetwork.doubling(net) : TinyNetwork.doublingOnnx(net)).toString();
        PipelineStage[] stages = {
            new VectorAssembler().setInputCols(new String[] {"a", "b"}).setOutputCol("vector"),
            new DjlTransformer().setInputCol("vector").setOutputCol("twice").setModelUrl(model),
            new DjlTransformer()
                    .setInputCol("array")
                    .setOutputCol("twice_array")
                    .setModelUrl(model + "/" + file)
                    .setBatchSize(2)
        };
        PipelineModel fitted = new Pipeline().setStages(stages).fit(table);
        String saved = directory.resolve("saved").toString();
        fitted.save(saved);
        for (PipelineModel pipeline : List.of(fitted, PipelineModel.load(saved))) {
            TreeMap<Integer, Row> answers = answers(pipeline.transform(table));
            assertArrayEquals(new float[] {2, 4}, floats(answers.get(0), "twice"));
            assertArrayEquals(new float[] {8, 10, 12}, floats(answers.get(1), "twice_array"));
            assertNull(answers.get(2).getAs("twice_array"));
            assertEquals(
                    2,
                    ((DjlTransformer) pipeline.stages()[2])
                            .getOrDefault(((DjlTransformer) pipeline.stages()[2]).batchSize()));
        }
    }

    @Test
    void tokensOfANetworkArePooledAndTextsAreNeverCutUnlessAsked() throws Exception {
        TextEmbedder embedder = new TextEmbedder()
                .setInputCol("text")
                .setOutputCol("vector")
                .setNormalize(false)
                .setModelUrl(TinyNetwork.tokens(directory).toString());
        for (int parts : new int[] {1, 4}) {
            TreeMap<Integer, Row> answers = answers(embedder.transform(texts(parts)));
            assertEquals(40, answers.size());
            // BOS is token 1; a..j are tokens 3..12.
            assertArrayEquals(new float[] {(1 + 3) / 2f, 1}, floats(answers.get(0), "vector"), 1e-6f);
            float all = 1 + 2 * 75 + 3 + 4 + 5 + 6 + 7 + 8; // 26 letters
            assertArrayEquals(new float[] {all / 27, 1}, floats(answers.get(25), "vector"), 1e-5f);
            assertNull(answers.get(5).getAs("vector"));
        }
        Row cut = answers(embedder.setMaxLength(3).transform(texts(1))).get(25);
        assertArrayEquals(new float[] {(1 + 3 + 4) / 3f, 1}, floats(cut, "vector"), 1e-6f);
    }

    @Test
    void classesComeMostProbableFirst() throws Exception {
        TextClassifier classifier = new TextClassifier()
                .setInputCol("text")
                .setOutputCol("class")
                .setModelUrl(TinyNetwork.isLong(directory).toString());
        TreeMap<Integer, Row> answers = answers(classifier.transform(texts(2)));
        Row one = answers.get(0).getAs("class"); // BOS and a letter: logits 0 and -1.5
        assertEquals(List.of("short", "long"), one.getList(0));
        assertEquals(1 / (1 + Math.exp(-1.5)), one.<Double>getList(1).get(0), 1e-6);
        assertEquals("long", answers.get(10).<Row>getAs("class").getList(0).get(0));
    }

    @Test
    void aHuggingFaceDirectoryGivesMeanHiddenStatesAndOpensOncePerJvm() throws Exception {
        Path model = TinyModel.write(directory.resolve("hf"));
        TextEmbedder embedder = new TextEmbedder()
                .setInputCol("text")
                .setOutputCol("vector")
                .setNormalize(false)
                .setModelUrl(model.toString());
        String key = "causal-lm " + ModelFiles.of(model.toString(), spark).digest();
        int before = Models.ofThisJvm().openings(key);
        TreeMap<Integer, Row> one = answers(embedder.transform(texts(1)));
        TreeMap<Integer, Row> four = answers(embedder.transform(texts(4)));
        // Another test of this JVM may have left it open.
        assertTrue(Models.ofThisJvm().openings(key) <= before + 1);
        try (DjlLm lm = DjlLm.open(model)) {
            int[] tokens = Texts.tokens(one.get(20).getString(1), lm.tokenizer(), 99);
            float[] expected = lm.hidden(BatchPlan.of(List.of(Texts.example("", tokens)))
                    .batches()
                    .get(0))[0];
            assertArrayEquals(expected, floats(one.get(20), "vector"), 1e-5f);
        }
        for (int n : one.keySet()) {
            if (!one.get(n).isNullAt(1)) {
                assertArrayEquals(floats(one.get(n), "vector"), floats(four.get(n), "vector"), 1e-5f);
            }
        }
    }

    @Test
    void everyParamIsFoundCopiedAndSaved() throws Exception {
        for (ModelTransformer<?> t : List.of(new DjlTransformer(), new TextEmbedder(), new TextClassifier())) {
            Set<String> names = Arrays.stream(t.params()).map(Param::name).collect(Collectors.toSet());
            assertTrue(names.containsAll(
                    List.of("inputCol", "outputCol", "modelUrl", "engine", "device", "batchSize", "maxLength")));
        }
        TextEmbedder set = new TextEmbedder()
                .setInputCol("a")
                .setOutputCol("b")
                .setModelUrl("hdfs:///m")
                .setEngine("PyTorch")
                .setDevice("gpu1")
                .setBatchSize(7)
                .setMaxLength(9)
                .setPooling("cls")
                .setNormalize(false);
        set.save(directory.resolve("embedder").toString());
        Transformer copy = set.copy(new org.apache.spark.ml.param.ParamMap());
        TextEmbedder read = TextEmbedder.load(directory.resolve("embedder").toString());
        assertEquals(set.uid(), read.uid());
        for (Param<?> param : set.params()) {
            assertEquals(set.getOrDefault(param), read.getOrDefault(read.getParam(param.name())), param.name());
            assertEquals(set.getOrDefault(param), copy.getOrDefault(copy.getParam(param.name())), param.name());
        }
        assertThrows(IllegalArgumentException.class, () -> set.setPooling("sum"));
        assertThrows(IllegalArgumentException.class, () -> set.setBatchSize(0));
    }

    @Test
    void whatCannotWorkIsRefusedBeforeAnyTaskRuns() throws Exception {
        Dataset<Row> texts = texts(1);
        TextEmbedder embedder = new TextEmbedder();
        assertTrue(refusal(() -> embedder.transform(texts)).contains("setInputCol"));
        embedder.setInputCol("txt").setOutputCol("vector").setModelUrl("no-such-model");
        String column = refusal(() -> embedder.transform(texts));
        assertTrue(column.contains("inputCol = txt") && column.contains("n, text"), column);
        embedder.setInputCol("n");
        assertTrue(refusal(() -> embedder.transformSchema(texts.schema())).contains("of type int, expected string"));
        embedder.setInputCol("text").setOutputCol("n");
        assertTrue(refusal(() -> embedder.transformSchema(texts.schema())).contains("outputCol = n"));
        embedder.setOutputCol("vector");
        assertTrue(refusal(() -> embedder.transform(texts)).contains("no-such-model"));
        DjlTransformer numbers = new DjlTransformer().setInputCol("text").setOutputCol("x");
        assertTrue(refusal(() -> numbers.transformSchema(texts.schema())).contains("TextEmbedder"));
    }
}
