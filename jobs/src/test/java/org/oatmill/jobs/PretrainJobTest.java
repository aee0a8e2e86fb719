package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.djl.AdamW;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.LlamaShape;
import org.oatmill.spark.artifact.Artifact;

class PretrainJobTest {
    @TempDir
    Path temporary;

    private static final PretrainJob.Config TINY = new PretrainJob.Config(
            "# A model of nothing",
            new LlamaShape(16, 1, 2, 1, 24, 32),
            300,
            List.of(" animal", " plant"),
            Map.of("{text}", 1.0, "{text}. It is {category}.", 1.0),
            4,
            128,
            new AdamW(0.02, 4, 0.1, 0.9, 0.98, 1e-8, 0.1, 1),
            "pretrain",
            "dev",
            "test",
            20,
            10);

    /** Sentences of a few words, which can be learned in seconds. */
    private static Dataset<Row> documents(JobHarness harness, int parts) {
        Random random = new Random(7);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 260; i++) {
            boolean animal = random.nextBoolean();
            String text = (animal ? "a beast that " : "a green thing that ")
                    + List.of("lives", "grows", "is seen").get(random.nextInt(3)) + " in the "
                    + List.of("sea", "woods", "mountains").get(random.nextInt(3));
            String split = i % 10 == 0 ? "dev" : i % 10 == 1 ? "test" : "pretrain";
            Map<String, String> fields = i % 4 == 0 ? Map.of() : Map.of("category", animal ? "animal" : "plant");
            rows.add(RowFactory.create("d" + i, text, null, fields, split, "d" + i, 1f, "memory", null));
        }
        return harness.spark()
                .createDataFrame(rows, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                .repartition(parts);
    }

    private static Artifact train(JobHarness harness, int parts) throws Exception {
        Artifact documents = harness.given(Tables.DOCUMENTS, documents(harness, parts));
        return harness.run(new PretrainJob(), TINY, 5, Map.of("documents", documents));
    }

    @Test
    void oneSeedGivesOneModelWhateverThePartitions() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact once = train(harness, 1);
        Artifact again = train(harness, 4);
        assertEquals(once.manifest().contentDigest(), again.manifest().contentDigest());
        lossFalls(once);
        whatIsWrittenIsWhatTheCardSays(once);
    }

    private static void lossFalls(Artifact model) {
        for (String split : List.of("pretrain", "dev")) {
            List<Row> curve = model.table(Tables.CURVE)
                    .where("split = '" + split + "'")
                    .orderBy("step")
                    .collectAsList();
            double first = curve.get(0).getAs("value");
            double last = curve.get(curve.size() - 1).getAs("value");
            assertTrue(curve.size() > 2 && last < 0.5 * first, split + ": " + first + " to " + last);
            long backwards = curve.get(curve.size() - 1).getAs("backwards");
            // 208 rows in each of four epochs.
            assertEquals(4 * 208, backwards);
            assertEquals(
                    backwards,
                    model.manifest().notes().get("totals").get("backwards").asLong());
        }
    }

    private void whatIsWrittenIsWhatTheCardSays(Artifact artifact) throws Exception {
        Path directory = Files.createDirectory(temporary.resolve("model"));
        for (String file : PretrainJob.FILES) {
            try (InputStream in = artifact.file("model/" + file)) {
                Files.copy(in, directory.resolve(file));
            }
        }
        String card = Files.readString(directory.resolve("README.md"), StandardCharsets.UTF_8);
        try (DjlLm model = DjlLm.open(directory)) {
            List<Corpus.Document> test = Corpus.some(documents(new JobHarness(temporary), 1), "test", 20);
            double perplexity = HeldOut.of(model, test).perplexity();
            assertEquals(
                    perplexity,
                    artifact.manifest().notes().get("held_out_perplexity").asDouble(),
                    1e-9);
            assertTrue(card.contains(String.format("| held-out perplexity | %.2f per token", perplexity)), card);
            assertEquals(1, model.tokenizer().encode(" animal").length);
            assertEquals(32, model.maxTokens());
            assertEquals(16, model.hiddenSize());
        }
        assertTrue(card.startsWith("# A model of nothing\n"), card);
        assertTrue(card.contains("\"hidden\": 16"), card);
    }

    @Test
    void gradientsForbidRefusesItBeforeAnythingIsRead() throws Exception {
        Path file = temporary.resolve("run.conf");
        Files.writeString(
                file,
                """
                gradients = forbid
                root = somewhere
                stages {
                  documents { job = ingest, source { name = wordnet } }
                  model { job = pretrain, input = documents }
                }
                """);
        UserException e = assertThrows(UserException.class, () -> RunFile.read(file.toString(), List.of(), Jobs.JOBS));
        assertTrue(
                e.getMessage().contains("gradients = forbid") && e.getMessage().contains("run.conf:5"), e.getMessage());
        RunFile.read(file.toString(), List.of("gradients=allow"), Jobs.JOBS);
    }

    @Test
    void splitsThatNoDocumentHasAreNamed() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        UserException e = assertThrows(UserException.class, () -> Corpus.documents(documents(harness, 1), "train"));
        assertTrue(e.getMessage().contains("split = train"), e.getMessage());
    }
}
