package org.oatmill.jobs.report;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Recipe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.RunResults.Outcome;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Artifacts;
import org.oatmill.spark.artifact.Draft;
import org.oatmill.spark.artifact.HadoopStore;

/** A workspace with a run whose numbers are known: 400 rows, of which 100 are kept. */
final class ReportedRun {

    static final String HOSTILE = "</td><script>alert('row')</script>";

    final Path root;
    final Artifacts artifacts;
    private final SparkSession spark = SharedSpark.session();
    private final List<RunResults.Stage> stages = new ArrayList<>();

    ReportedRun(Path root) {
        this.root = root;
        this.artifacts = new Artifacts(
                new Workspace(new HadoopStore(
                        root.toUri().toString(), spark.sparkContext().hadoopConfiguration())),
                spark);
    }

    /** Stages documents, planted, vectors, sample and even; the second of these two keeps every fourth row. */
    ReportedRun whole() throws Exception {
        List<Row> documents = new ArrayList<>();
        List<Row> planted = new ArrayList<>();
        List<Row> vectors = new ArrayList<>();
        List<Row> sample = new ArrayList<>();
        List<Row> even = new ArrayList<>();
        Row vector = RowFactory.create(2, new int[] {0}, new float[] {1});
        for (int i = 0; i < 400; i++) {
            String id = String.format("row-%03d", i);
            // 0..39 fragments, 40..79 near-duplicates, the rest as it was.
            String kind = i < 40 ? "fragment" : i < 80 ? "near-duplicate" : null;
            String label = i % 4 < 2 ? "animal" : "plant";
            documents.add(document(id, "secret words " + i + (i == 0 ? HOSTILE : ""), label));
            vectors.add(RowFactory.create(id, vector));
            if (kind != null) {
                planted.add(RowFactory.create(id, kind, null, "fungus"));
            }
            // All fragments, no near-duplicate, and the first sixty of the others.
            if (i < 40 || i >= 80 && i < 140) {
                sample.add(RowFactory.create(id, "wds", 2.0, 0.5, 0.1, 0.25, null, null, null));
            }
            if (i % 4 == 0) {
                even.add(RowFactory.create(id, "uniform", 1.0, 1.0, 0.1, 0.25, null, null, null));
            }
        }
        Artifact read = stage("documents", "ingest", Map.of(), draft -> {
            draft.table(Tables.DOCUMENTS, table(Tables.DOCUMENTS, documents));
            draft.table(
                    Tables.QUARANTINE,
                    table(
                            Tables.QUARANTINE,
                            List.of(RowFactory.create("words.csv", 7L, "too few columns", "secret record"))));
        });
        Artifact plants = stage("planted", "plant", Map.of("documents", read), draft -> {
            draft.table(Tables.DOCUMENTS, table(Tables.DOCUMENTS, documents));
            draft.table(Tables.PLANTED, table(Tables.PLANTED, planted));
        });
        Artifact embedded = stage(
                "vectors",
                "embed",
                Map.of("documents", plants),
                draft -> draft.table(Tables.VECTORS, table(Tables.VECTORS, vectors)));
        stage("sample", "sample", Map.of("vectors", embedded), draft -> {
            draft.table(Tables.SAMPLE, table(Tables.SAMPLE, sample));
            draft.note("effective_sample_size", 0.0321);
            draft.warn("effective sample size = 0.032 of the rows, below 0.05: this collects outliers");
        });
        stage(
                "even",
                "sample",
                Map.of("vectors", embedded),
                draft -> draft.table(Tables.SAMPLE, table(Tables.SAMPLE, even)));
        return this;
    }

    /** A stage that failed. */
    static RunResults.Stage failed() {
        return new RunResults.Stage(
                "rephrased",
                "rephrase",
                Outcome.FAILED,
                Map.of("sample", "sample"),
                null,
                null,
                null,
                3.25,
                900L,
                Map.of(),
                List.of(),
                "Cannot rephrase: model = tiny, expected a model");
    }

    /** A stage that was made, and whose artifact was removed since. */
    static RunResults.Stage removed() {
        return new RunResults.Stage(
                "old",
                "sample",
                Outcome.REUSED,
                Map.of(),
                "old/0123456789ab",
                null,
                null,
                0,
                null,
                Map.of(),
                List.of(),
                null);
    }

    /** Stages of {@link #whole}, by name. */
    List<RunResults.Stage> stages(String... names) {
        return stages.stream()
                .filter(stage -> List.of(names).contains(stage.name()))
                .toList();
    }

    List<RunResults.Stage> stages() {
        return stages;
    }

    /** Writes results, as {@code run} does at its end, and the report. */
    Written report(String id, List<RunResults.Stage> of, boolean redact) throws Exception {
        boolean well = of.stream().noneMatch(stage -> stage.outcome() == Outcome.FAILED);
        RunResults results = new RunResults(
                RunResults.SCHEMA,
                id,
                "quickstart",
                "conf/quickstart.conf",
                root.toString(),
                7,
                List.of("oatmill", "run", "conf/quickstart.conf", "--set", "name=two words"),
                "2026-11-21T19:04:12Z",
                102.5,
                well ? Outcome.SUCCEEDED : Outcome.FAILED,
                well ? 0 : 1,
                well ? null : "Stage rephrased: Cannot rephrase: model = tiny, expected a model",
                of,
                "local[2]",
                2,
                Manifest.Tool.current(spark.version()));
        String run = RunResults.DIRECTORY + "/" + id;
        put(run + "/" + RunResults.FILE, Json.pretty(Json.tree(results)));
        put(run + "/config.resolved.conf", "name = quickstart\nseed = 7\n");
        List<String> paths = RunReport.write(run, artifacts, redact);
        return new Written(Files.readString(root.resolve(paths.get(0))), Files.readString(root.resolve(paths.get(1))));
    }

    /** A report's two files. */
    record Written(String html, String markdown) {}

    private void put(String name, String text) throws Exception {
        artifacts.workspace().store().put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private Artifact stage(String name, String job, Map<String, Artifact> inputs, Consumer<Draft> content)
            throws Exception {
        Map<String, Manifest.Parent> parents = new TreeMap<>();
        Map<String, String> digests = new TreeMap<>();
        inputs.forEach((role, artifact) -> {
            parents.put(role, artifact.asParent());
            digests.put(role, artifact.manifest().contentDigest());
        });
        Recipe recipe = new Recipe(job, 1, Json.tree(Map.of("stage", name)), 7, digests, Map.of());
        try (Draft draft = artifacts.begin(name, recipe, parents)) {
            content.accept(draft);
            Artifact made = draft.commit();
            Map<String, Long> rows = new LinkedHashMap<>();
            made.manifest().tables().forEach(table -> rows.put(table.name(), table.rows()));
            Map<String, String> from = new TreeMap<>();
            inputs.forEach(
                    (role, artifact) -> from.put(role, artifact.manifest().stage()));
            stages.add(new RunResults.Stage(
                    name,
                    job,
                    Outcome.SUCCEEDED,
                    from,
                    made.path(),
                    made.manifest().recipeDigest(),
                    made.manifest().contentDigest(),
                    2.5,
                    1234L,
                    rows,
                    made.manifest().warnings(),
                    null));
            return made;
        }
    }

    private org.apache.spark.sql.Dataset<Row> table(Table table, List<Row> rows) {
        return spark.createDataFrame(rows, StructType.fromDDL(table.ddl()));
    }

    private static Row document(String id, String text, String label) {
        return RowFactory.create(id, text, label, Map.of(), "pool", id, 1f, "test", null);
    }
}
