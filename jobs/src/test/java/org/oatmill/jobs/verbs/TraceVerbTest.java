package org.oatmill.jobs.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Recipe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.Jobs;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.RunResults.Outcome;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Artifacts;
import org.oatmill.spark.artifact.Draft;
import org.oatmill.spark.artifact.HadoopStore;

/** A run with every kind of table, whose rows are known. */
class TraceVerbTest {
    @TempDir
    private static Path root;

    private static final SparkSession SPARK = SharedSpark.session();
    private static final List<RunResults.Stage> STAGES = new ArrayList<>();
    private static Artifacts artifacts;

    private static Row document(String id, String split, String parent) {
        return RowFactory.create(id, "text of " + id, "cat", Map.of(), split, id, 1f, "test", parent);
    }

    private static Artifact made(
            String stage, String job, Map<String, ?> config, Map<String, Artifact> inputs, Map<Table, List<Row>> tables)
            throws Exception {
        Recipe recipe = new Recipe(job, 1, Json.tree(config), 0, Map.of("stage", stage), Map.of());
        Map<String, Manifest.Parent> parents = new LinkedHashMap<>();
        inputs.forEach((role, artifact) -> parents.put(role, artifact.asParent()));
        Artifact artifact;
        try (Draft draft = artifacts.begin(stage, recipe, parents)) {
            tables.forEach(
                    (table, rows) -> draft.table(table, SPARK.createDataFrame(rows, StructType.fromDDL(table.ddl()))));
            if (tables.containsKey(Tables.SAMPLE)) {
                draft.note("tau", 0.75);
                draft.note("population", 4);
            }
            artifact = draft.commit();
        }
        STAGES.add(new RunResults.Stage(
                stage,
                job,
                Outcome.SUCCEEDED,
                Map.of(),
                artifact.path(),
                null,
                null,
                1,
                null,
                Map.of(),
                List.of(),
                null));
        return artifact;
    }

    @BeforeAll
    static void run() throws Exception {
        Workspace workspace = new Workspace(
                new HadoopStore(root.toString(), SPARK.sparkContext().hadoopConfiguration()));
        artifacts = new Artifacts(workspace, SPARK);
        List<Row> rows = List.of(
                document("a", "pool", null),
                document("b", "pool", null),
                document("ab", "pool", null),
                document("t", "test", null));
        Artifact documents = made("documents", "ingest", Map.of(), Map.of(), Map.of(Tables.DOCUMENTS, rows));
        List<Row> more = new ArrayList<>(rows);
        more.add(document("a#1", "pool", "a"));
        Artifact planted = made(
                "planted",
                "plant",
                Map.of(),
                Map.of("documents", documents),
                Map.of(
                        Tables.DOCUMENTS,
                        more,
                        Tables.PLANTED,
                        List.of(
                                RowFactory.create("a#1", "near-duplicate", "a", "cat"),
                                RowFactory.create("b", "flipped-label", "b", "dog"))));
        Row vector = RowFactory.create(1, null, List.of(1f));
        Artifact vectors = made(
                "vectors",
                "embed",
                Map.of("splits", List.of("pool")),
                Map.of("documents", planted),
                Map.of(
                        Tables.VECTORS,
                        List.of("a", "b", "ab", "a#1").stream()
                                .map(id -> RowFactory.create(id, vector))
                                .toList()));
        Artifact sample = made(
                "sample",
                "sample",
                Map.of(),
                Map.of("vectors", vectors),
                Map.of(
                        Tables.SAMPLE,
                        List.of(RowFactory.create("a", "density", 1.5, 0.5, 0.25, 0.125, null, null, null)),
                        Tables.DROPPED,
                        List.of(RowFactory.create("ab", "near-duplicate", 0.5, "a"))));
        Artifact none =
                made("curve", "tune", Map.of(), Map.of("documents", planted), Map.of(Tables.METRICS, List.of()));
        assertFalse(none.has(Tables.DOCUMENTS));
        made(
                "tune",
                "tune",
                Map.of(),
                Map.of("documents", planted, "chosen", sample),
                Map.of(
                        Tables.PROBE_ROWS,
                        IntStream.range(0, 12)
                                .mapToObj(i -> RowFactory.create(30 - 3 * (i / 2), i % 2, "train", "a", 1.0 + i, 0.5))
                                .toList()));
        made(
                "test",
                "evaluate",
                Map.of(),
                Map.of("documents", planted),
                Map.of(Tables.PREDICTIONS, List.of(RowFactory.create("t", List.of(0.25, 0.75), "dog", "cat", 1.5))));
        RunResults results = new RunResults(
                RunResults.SCHEMA,
                "run-1",
                "mine",
                "mine.conf",
                root.toString(),
                0,
                List.of("oatmill", "run", "mine.conf"),
                "2026-11-21T19:04:12Z",
                1,
                Outcome.SUCCEEDED,
                0,
                null,
                STAGES,
                "local[2]",
                2,
                Manifest.Tool.current("3.5.5"));
        Path file = root.resolve("_runs/run-1").resolve(RunResults.FILE);
        Files.createDirectories(file.getParent());
        Files.writeString(file, Json.pretty(Json.tree(results)));
    }

    private record Seen(int exitCode, String out, String err) {}

    private static Seen trace(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        List<String> all = new ArrayList<>(List.of("trace", root.toString()));
        all.addAll(List.of(words));
        int exitCode = Oatmill.run(
                all.toArray(new String[0]),
                Jobs.JOBS,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Seen(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** What is said of a stage, up to the next. */
    private static String stage(Seen seen, String stage) {
        String text = seen.out();
        int from = text.indexOf("\n\n" + stage + "  ") + 2;
        assertTrue(from > 1, text);
        int to = text.indexOf("\n\n", from);
        return text.substring(from, to < 0 ? text.length() : to);
    }

    @Test
    void aKeptRowIsFollowedThroughEveryStage() {
        Seen seen = trace("a");
        assertEquals(0, seen.exitCode(), seen.err());
        assertTrue(seen.out().startsWith("a\n\ndocuments  ingest\n"), seen.out());
        assertTrue(stage(seen, "documents").contains("text text of a, label cat,"), seen.out());
        assertTrue(stage(seen, "documents").contains("split pool"), seen.out());
        assertTrue(stage(seen, "planted").contains("documents, made from it\n    id a#1, "), seen.out());
        assertTrue(
                stage(seen, "planted").contains("planted, made from it\n    id a#1, kind near-duplicate, origin_id a"),
                seen.out());
        assertTrue(stage(seen, "sample").contains("density 1.500, "), seen.out());
        assertTrue(stage(seen, "sample").contains("inclusion_prob 0.1250"), seen.out());
        assertEquals("curve  tune  – holds no rows by id", stage(seen, "curve"));
        assertTrue(
                stage(seen, "tune")
                        .contains("probe_rows, 12 rows, in 6 steps from 15 to 30\n    step 15, query 0, role"),
                seen.out());
        assertTrue(stage(seen, "tune").endsWith("…"), seen.out());
        assertTrue(stage(seen, "test").contains("– not among its rows"), seen.out());
    }

    /** ab, which begins with a, is no copy of a. */
    @Test
    void onlyTheRowAndItsCopiesAreMeant() {
        assertFalse(trace("a").out().contains("text of ab"));
        assertTrue(trace("ab").out().contains("text of ab"));
    }

    @Test
    void aDroppedRowSaysWhereAndWhy() {
        Seen seen = trace("b");
        assertTrue(stage(seen, "planted").contains("kind flipped-label"), seen.out());
        assertTrue(
                stage(seen, "sample")
                        .contains("– dropped by sample: its key is past the last kept (0.75); 1 rows of 4 were kept"),
                seen.out());
        assertTrue(
                stage(seen, "tune").contains("– not among its rows: its input chosen (sample) does not hold it"),
                seen.out());
        Seen resembling = trace("ab");
        assertTrue(
                stage(resembling, "sample").contains("– dropped by sample: near-duplicate, see a"), resembling.out());
        Seen test = trace("t");
        assertTrue(
                stage(test, "vectors").contains("– not among its rows: splits = [pool], and its split is test"),
                test.out());
        assertTrue(stage(test, "sample").contains("– no input holds it"), test.out());
        assertTrue(stage(test, "test").contains("predicted dog, gold cat, loss 1.500"), test.out());
    }

    @Test
    void aCopyIsTracedByItsOwnId() {
        Seen seen = trace("a#1");
        assertTrue(stage(seen, "documents").contains("– does not read it"), seen.out());
        assertTrue(stage(seen, "planted").contains("parent_id a"), seen.out());
    }

    @Test
    void jsonIsAnObjectPerStage() throws Exception {
        List<String> lines = trace("b", "--json").out().lines().toList();
        assertEquals(STAGES.size(), lines.size());
        JsonNode planted = Json.parse(lines.get(1));
        assertEquals("planted", planted.get("stage").textValue());
        assertTrue(planted.get("holds").booleanValue());
        assertEquals(
                "flipped-label",
                planted.get("tables").get("planted").get(0).get("kind").textValue());
        JsonNode sample = Json.parse(lines.get(3));
        assertFalse(sample.get("holds").booleanValue());
        assertTrue(sample.get("why").textValue().startsWith("dropped by sample"));
    }

    @Test
    void anUnknownIdIsRefusedWithTheNearest() {
        Seen seen = trace("bb");
        assertEquals(64, seen.exitCode());
        assertEquals(
                "Cannot trace: id = bb, which none of 8 tables holds, expected an id such as ab, b, a\n", seen.err());
    }
}
