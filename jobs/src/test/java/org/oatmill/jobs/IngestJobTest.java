package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;

/** Run files' blocks in, artifacts out. */
class IngestJobTest {
    private static final SparkSession SPARK = SharedSpark.session();

    @TempDir
    private Path temporary;

    private Path data;
    private JobHarness harness;

    @BeforeEach
    void prepare() throws IOException {
        data = Files.createDirectories(temporary.resolve("data"));
        harness = new JobHarness(temporary);
    }

    /** {@code DIR} in the block stands for the directory of the data. */
    private IngestJob.Config config(String block) {
        var config = ConfigFactory.parseString(block.replace("DIR", data.toString()));
        return new Binding(new Places())
                .bind(config.root(), new IngestJob().typical(), List.of("stages", "documents"), List.of());
    }

    private Artifact ingest(String block) throws Exception {
        return harness.run(new IngestJob(), config(block), 0, Map.of());
    }

    private String refusal(String block) {
        return assertThrows(UserException.class, () -> ingest(block)).getMessage();
    }

    private void write(String name, String content) throws IOException {
        Path file = data.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private static List<Row> documents(Artifact artifact) {
        return artifact.table(Tables.DOCUMENTS).orderBy("id").collectAsList();
    }

    private static Map<String, String> fields(Row row) {
        return row.getJavaMap(row.fieldIndex("fields"));
    }

    private static List<String> column(Artifact artifact, String name) {
        return documents(artifact).stream()
                .map(row -> String.valueOf(row.<Object>getAs(name)))
                .toList();
    }

    @Test
    void namedColumnsBecomeTheDocumentAndOthersItsFields() throws Exception {
        write(
                "a.jsonl",
                """
                {"key": "x", "sentence": "first", "class": 1, "for": "dev", "doc": 7, "w": "0.5", "more": [1, {"a": null}], "no": null}
                {"key": "y", "sentence": "second", "class": true, "for": "test", "w": 2}
                """);
        Artifact artifact = ingest(
                """
                source { name = jsonl, paths = ["DIR/a.jsonl"], columns {
                  id = key, text = sentence, label = class, split = for, group = doc, weight = w } }
                """);
        Row x = documents(artifact).get(0);
        assertEquals(
                List.of("x", "first", "1", "dev", "7", 0.5f, "a.jsonl"),
                List.of("id", "text", "label", "split", "group", "weight", "source").stream()
                        .map(x::<Object>getAs)
                        .toList());
        assertEquals(Map.of("more", "[1,{\"a\":null}]"), fields(x));
        assertEquals(List.of("7", "y"), column(artifact, "group"), "a group defaults to the id");
        assertEquals(List.of("1", "true"), column(artifact, "label"));
    }

    @Test
    void promptsAndConversationsAreTextAndStayInFields() throws Exception {
        write(
                "a.jsonl",
                """
                {"id": 1, "prompt": "The sky is", "completion": "blue."}
                {"id": 2, "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [{"type": "text", "text": "Ho"}]}]}
                {"id": 3, "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}], "lang": "en"}
                {"id": 4, "prompt": [{"role": "user", "content": "Hi"}], "completion": [{"role": "assistant", "content": "Ho"}]}
                {"id": 5, "messages": "[{\\"role\\": \\"user\\", \\"content\\": \\"Hi\\", \\"name\\": \\"Al\\"}]"}
                {"id": 6, "messages": []}
                {"id": 7, "messages": [{"content": "Hi"}]}
                {"id": 8, "messages": [{"role": "user", "content": " "}]}
                {"id": 9, "messages": [{"role": "user", "content": [{"type": "image_url"}]}]}
                """);
        Artifact artifact = ingest("source { name = jsonl, paths = [DIR], columns.id = id }, max_quarantined = 0.5");
        assertEquals(
                List.of(
                        "The sky is blue.",
                        "user: Hi\nassistant: Ho",
                        "user: Hi\nassistant: Ho",
                        "user: Hi\nassistant: Ho",
                        "user: Hi"),
                column(artifact, "text"));
        String openAi = "[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Ho\"}]";
        List<Row> rows = documents(artifact);
        assertEquals(Map.of("prompt", "The sky is", "completion", "blue."), fields(rows.get(0)));
        assertEquals(Map.of("messages", openAi), fields(rows.get(1)));
        assertEquals(Map.of("messages", openAi, "lang", "en"), fields(rows.get(2)));
        assertEquals(Map.of("messages", openAi), fields(rows.get(3)));
        assertEquals(
                Map.of("messages", "[{\"role\":\"user\",\"content\":\"Hi\",\"name\":\"Al\"}]"), fields(rows.get(4)));
        assertEquals(
                List.of(
                        "6 no message",
                        "7 a message without role",
                        "8 blank text",
                        "9 a message with a part that is no text"),
                quarantine(artifact));
    }

    private static List<String> quarantine(Artifact artifact) {
        return artifact.table(Tables.QUARANTINE).orderBy("record").collectAsList().stream()
                .map(row -> row.getAs("record") + " " + row.getAs("reason"))
                .toList();
    }

    @Test
    void everyFormatGivesTheSameDocuments() throws Exception {
        write(
                "a.jsonl",
                "{\"text\": \"one\", \"label\": \"a\", \"n\": 1}\n{\"text\": \"two, \\\"2\\\"\", \"label\": \"b\", \"n\": 2}\n");
        write("a.csv", "text,label,n\none,a,1\n\"two, \"\"2\"\"\",b,2\n");
        write("a.tsv", "one\ta\t1\ntwo, \"2\"\tb\t2\n");
        Dataset<Row> rows = SPARK.read().json(data.resolve("a.jsonl").toString());
        rows.coalesce(1).write().parquet(data.resolve("parquet").toString());
        rows.createOrReplaceTempView("ingested");

        String columns = ", columns { text = text, label = label } }";
        List<String> blocks = List.of(
                "source { name = jsonl, paths = [\"DIR/*.jsonl\"]" + columns,
                "source { name = csv, paths = [\"DIR/*.csv\"]" + columns,
                "source { name = tsv, paths = [\"DIR/*.tsv\"], names = [text, label, n]" + columns,
                "source { name = parquet, paths = [\"DIR/parquet\"]" + columns,
                "source { name = table, table = ingested" + columns);
        for (String block : blocks) {
            List<String> documents = records(block).stream()
                    .map(row -> row.getAs("text") + " " + row.getAs("label") + " " + fields(row) + " "
                            + row.getAs("split") + " " + row.getAs("weight"))
                    .sorted()
                    .toList();
            assertEquals(List.of("one a {n=1} pool 1.0", "two, \"2\" b {n=2} pool 1.0"), documents, block);
        }
    }

    @Test
    void parquetRowsAreNumberedInTheirFile() throws Exception {
        SPARK.range(0, 3000, 1, 1)
                .selectExpr("concat('text ', id) text", "timestamp_seconds(id) at", "array(struct(id as role)) nested")
                .write()
                .option("parquet.block.size", 4096)
                .parquet(data.toString() + "/p");
        SPARK.conf().set("spark.sql.files.maxPartitionBytes", "10000");
        SPARK.conf().set("spark.sql.session.timeZone", "Asia/Tokyo");
        try {
            Artifact artifact = ingest("source { name = parquet, paths = [\"DIR/p\"] }");
            Map<String, String> texts = documents(artifact).stream()
                    .collect(Collectors.toMap(
                            row -> row.<String>getAs("id").replaceFirst(".*-", ""), row -> row.getAs("text")));
            assertEquals(3000, texts.size());
            texts.forEach((number, text) -> assertEquals("text " + (Integer.parseInt(number) - 1), text));
            Row last = artifact.table(Tables.DOCUMENTS)
                    .filter("text = 'text 2999'")
                    .first();
            assertEquals(Map.of("at", "1970-01-01T00:49:59.000Z", "nested", "[{\"role\":2999}]"), fields(last));
        } finally {
            SPARK.conf().unset("spark.sql.files.maxPartitionBytes");
            SPARK.conf().set("spark.sql.session.timeZone", "UTC");
        }
    }

    @Test
    void filesThatAreNoParquetAreRefusedByName() throws Exception {
        write("a.parquet", "text");
        assertTrue(refusal("source { name = parquet, paths = [DIR] }")
                .contains("paths means a.parquet, expected Parquet"));
    }

    @Test
    void hubFoldersSplitByCardAndByName() throws Exception {
        write(
                "README.md",
                "---\r\nlicense: mit\r\nconfigs:\r\n- config_name: default\r\n  data_files:\r\n"
                        + "  - split: train\r\n    path: \"data/part-*\"\r\n  - split: validation\r\n    path:\r\n    - held/out.csv\r\n"
                        + "- config_name: other\r\n  data_files: \"**/*.csv\"\r\n---\r\n# Card\r\n");
        write("data/part-0.jsonl", "{\"text\": \"a\"}\n");
        write("data/part-1.jsonl", "{\"text\": \"b\"}\n");
        write("held/out.csv", "text\nc\n");
        write("extra.csv", "text\nd\n");
        String source = "source { name = hugging-face, path = DIR";
        assertEquals(List.of("a pool", "b pool", "c dev"), textAndSplit(source + " }"));
        assertEquals(
                List.of("c pretrain", "d pretrain"),
                textAndSplit(source + ", config = other, splits { train = pretrain } }"));
        assertTrue(refusal(source + ", config = othr }").contains("did you mean 'other'?"));

        Files.delete(data.resolve("README.md"));
        write("train-00000-of-00001.jsonl", "{\"text\": \"e\"}\n");
        write("test/rows.csv", "text\nf\n");
        assertEquals(List.of("e pool", "f test"), textAndSplit(source + " }"));

        write("data/prefs-00000-of-00001.jsonl", "{\"text\": \"g\"}\n");
        assertTrue(refusal(source + " }").contains("says nothing of prefs"));
        assertEquals(
                List.of("f test"), textAndSplit(source + ", splits { train = skip, test = test, prefs = skip } }"));

        write("dev.tsv", "h \"quoted\t1\n");
        assertEquals(
                List.of("h \"quoted dev"),
                textAndSplit(source + ", names = [text, label]"
                        + ", splits { train = skip, test = skip, prefs = skip, validation = dev } }"));
    }

    /** Without an artifact, which takes ten times as long. */
    private List<Row> records(String block) {
        return config(block).source().records(SPARK).orderBy("source", "record").collectAsList();
    }

    private List<String> textAndSplit(String block) {
        return records(block).stream()
                .map(row -> row.getAs("text") + " " + row.getAs("split"))
                .sorted()
                .toList();
    }

    @Test
    void tablesAreFilteredAndEqualRowsKeptApart() throws Exception {
        SPARK.sql(
                "CREATE OR REPLACE TEMP VIEW ingested AS SELECT * FROM VALUES ('a', 1), ('a', 1), ('b', 2) AS t(text, n)");
        List<Row> rows = records("source { name = table, table = ingested, filter = \"n < 2\" }");
        assertEquals(
                List.of("a", "a"), rows.stream().map(row -> row.getAs("text")).toList());
        assertEquals(2, rows.stream().map(row -> row.getAs("id")).distinct().count());
        assertTrue(refusal("source { name = table, table = ingested, filter = \"m < 2\" }")
                .contains("filter = m < 2"));
        assertTrue(refusal("source { name = table, table = ingestd }").contains("table = ingestd"));
        assertTrue(refusal("source { name = table, table = ingested, columns.label = m }")
                .contains("one of text, n"));

        Map<String, String> before =
                new IngestJob().external(config("source { name = table, table = ingested }"), SPARK);
        SPARK.sql(
                "CREATE OR REPLACE TEMP VIEW ingested AS SELECT * FROM VALUES ('a', 1), ('a', 1), ('b', 3) AS t(text, n)");
        assertFalse(
                before.equals(new IngestJob().external(config("source { name = table, table = ingested }"), SPARK)));
    }

    @Test
    void movedDataIsTheSameRecipeAndOneByteIsAnother() throws Exception {
        write("a/x.jsonl", "{\"text\": \"one\"}\n");
        write("b/y.jsonl", "{\"text\": \"two\"}\n");
        Artifact here = ingest("source { name = jsonl, paths = [\"DIR/a\", \"DIR/b/*.jsonl\"] }");

        Path elsewhere = temporary.resolve("else where");
        Files.move(data, elsewhere);
        data = elsewhere;
        Artifact there = ingest("source { name = jsonl, paths = [\"DIR/a\", \"DIR/b/*.jsonl\"] }");
        assertEquals(here.manifest().recipeDigest(), there.manifest().recipeDigest());
        assertEquals(here.manifest().contentDigest(), there.manifest().contentDigest());
        assertEquals(
                List.of("a/x.jsonl", "b/y.jsonl"),
                List.copyOf(there.manifest().recipe().external().keySet()));

        write("b/y.jsonl", "{\"text\": \"twO\"}\n");
        Artifact changed = ingest("source { name = jsonl, paths = [\"DIR/a\", \"DIR/b/*.jsonl\"] }");
        assertFalse(here.manifest().recipeDigest().equals(changed.manifest().recipeDigest()));
    }

    @Test
    void fourPartitionsReadTheSameArtifact() throws Exception {
        StringBuilder content = new StringBuilder("text,label\n");
        for (int i = 0; i < 500; i++) {
            content.append("\"row ")
                    .append(i)
                    .append("\nof many\",")
                    .append(i % 3)
                    .append('\n');
        }
        write("a.csv", content.toString());
        String block = "source { name = csv, paths = [DIR], columns.label = label }";
        Artifact one = ingest(block);
        SPARK.conf().set("spark.sql.files.maxPartitionBytes", content.length() / 4 + 1);
        try {
            assertEquals(
                    one.manifest().contentDigest(), ingest(block).manifest().contentDigest());
        } finally {
            SPARK.conf().unset("spark.sql.files.maxPartitionBytes");
        }
        assertEquals(500, one.table(Tables.DOCUMENTS).count());
    }

    @Test
    void repeatedKeysStopWithBothPlaces() throws Exception {
        write("a.jsonl", "{\"id\": \"k\", \"text\": \"one\"}\n{\"id\": \"l\", \"text\": \"two\"}\n");
        write("b.jsonl", "{\"id\": \"m\", \"text\": \"three\"}\n{\"id\": \"k\", \"text\": \"four\"}\n");
        String message = refusal("source { name = jsonl, paths = [DIR], columns.id = id }");
        assertTrue(message.contains("id = k stands at a.jsonl, record 1 and at b.jsonl, record 2"), message);
    }

    @Test
    void filesOfEqualContentAreRefusedWithoutAKey() throws Exception {
        write("a.jsonl", "{\"id\": \"k\", \"text\": \"one\"}\n");
        write("b.jsonl", "{\"id\": \"k\", \"text\": \"one\"}\n");
        assertTrue(refusal("source { name = jsonl, paths = [DIR] }")
                .contains("a.jsonl and b.jsonl have the same content"));
    }

    @Test
    void quarantineStopsTheRunPastItsShareAndNamesReasonsAndPlaces() throws Exception {
        write("a.jsonl", "{\"text\": \"x\"}\n".repeat(97) + "{\"text\": \"\"}\n{\"text\": \"\"}\noops secret\n");
        String block = "source { name = jsonl, paths = [DIR] }";
        Artifact artifact = ingest(block + ", max_quarantined = 0.03");
        assertEquals(97, artifact.table(Tables.DOCUMENTS).count());
        assertEquals(List.of("98 blank text", "99 blank text", "100 invalid JSON"), quarantine(artifact));
        assertEquals(
                "oops secret",
                artifact.table(Tables.QUARANTINE)
                        .orderBy("record")
                        .collectAsList()
                        .get(2)
                        .getAs("raw"));
        assertEquals(
                "{\"blank text\":2,\"invalid JSON\":1}",
                String.valueOf(artifact.manifest().notes().get("quarantined")));

        String message = refusal(block);
        assertTrue(message.contains("3 of 100 records (3.00 %)"), message);
        assertTrue(message.contains("blank text: 2, invalid JSON: 1"), message);
        assertTrue(message.contains("a.jsonl, record 98: blank text"), message);
    }

    @Test
    void badSplitsAndWeightsAreQuarantined() throws Exception {
        write(
                "a.jsonl",
                """
                {"text": "a", "s": "pool", "w": "NaN", "l": "x"}
                {"text": "a", "s": "pool", "w": 1e39, "l": "x"}
                {"text": "a", "s": "pool", "w": -1, "l": "x"}
                {"text": "a", "s": "pool", "w": "much", "l": "x"}
                {"text": "a", "s": "train", "w": 1, "l": "x"}
                {"text": "a", "w": 1, "l": "x"}
                {"text": "a", "s": "pool", "w": 1, "l": ["x"]}
                {"text": "a", "s": "pool", "w": 0, "l": "x"}
                """);
        Artifact artifact = ingest(
                "source { name = jsonl, paths = [DIR], columns { split = s, weight = w, label = l } }, max_quarantined = 0.9");
        assertEquals(
                List.of(
                        "1 weight is not finite",
                        "2 weight is not finite",
                        "3 weight is negative",
                        "4 weight is no number",
                        "5 split is none of pretrain, pool, target, dev and test",
                        "6 missing split",
                        "7 label is no word"),
                quarantine(artifact));
    }

    @Test
    void aColumnThatNoRecordHasIsRefused() throws Exception {
        write("a.jsonl", "{\"text\": \"a\", \"label\": 1}\n");
        assertTrue(refusal("source { name = jsonl, paths = [DIR], columns.label = lable }")
                .contains("columns names lable"));
    }

    @Test
    void whatIsNotThereIsRefused() throws Exception {
        write("notes.txt", "no data");
        assertTrue(refusal("source { name = jsonl, paths = [\"DIR/none*.jsonl\"] }")
                .contains("matches nothing"));
        assertTrue(
                refusal("source { name = jsonl, paths = [\"DIR/none.jsonl\"] }").contains("matches nothing"));
        assertTrue(refusal("source { name = jsonl, paths = [DIR] }").contains("holds no file of this format"));
        assertTrue(
                refusal("source { name = jsonl, paths = [\"nosuch://x/y\"] }").contains("cannot be listed"));
        assertTrue(refusal("source { name = csv, paths = [DIR], charset = utf-99 }")
                .contains("charset = utf-99"));
        write("empty.jsonl", "");
        assertTrue(refusal("source { name = jsonl, paths = [DIR] }").contains("0 records"));
    }

    @Test
    void anUnreadableRestStopsTheRunWhateverTheShare() throws Exception {
        write("a.csv", "text\n" + "row\n".repeat(500) + "\"open\nrow\n");
        String message = refusal("source { name = csv, paths = [DIR] }, max_quarantined = 1");
        assertTrue(message.contains("a.csv, record 501: a quote that never closes"), message);
    }

    /** The Stanford Sentiment Treebank, where it lies beside the checkout; {@code awk 'END{print NR}'} says 6920, 872 and 1821. */
    @Test
    void sentimentTreebankIsReadWhole() throws Exception {
        Path treebank = Path.of("").toAbsolutePath().getParent().resolveSibling("shared/data/sst2");
        if (!Files.isDirectory(treebank)) {
            System.err.println("SKIPPED IngestJobTest.sentimentTreebankIsReadWhole: no directory " + treebank);
        }
        assumeTrue(Files.isDirectory(treebank), "no directory " + treebank);
        data = treebank;
        Map<String, Long> expected = Map.of("train", 6920L, "dev", 872L, "test", 1821L);
        for (Map.Entry<String, Long> file : expected.entrySet()) {
            List<Row> records = records("source { name = tsv, paths = [\"DIR/" + file.getKey()
                    + ".tsv\"], names = [text, label], columns { text = text, label = label } }");
            assertEquals(file.getValue(), records.size());
            assertEquals(
                    Set.of("0", "1"),
                    records.stream().map(row -> row.getAs("label")).collect(Collectors.toSet()));
        }
    }
}
