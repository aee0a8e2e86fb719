package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Noise;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.influence.Evidence;
import org.oatmill.influence.EvidenceRow;
import org.oatmill.influence.Glosses;
import org.oatmill.influence.InfluenceMethod;
import org.oatmill.influence.Linfik;
import org.oatmill.influence.Measuring;
import org.oatmill.influence.RowLoss;
import org.oatmill.influence.RowSelection;
import org.oatmill.influence.SeedLinfik;
import org.oatmill.influence.Top;
import org.oatmill.influence.TopPerLabel;
import org.oatmill.model.BigramLm;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.sampling.InfluencePerDensity;
import org.oatmill.sampling.UniformSampling;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.influence.GlossesSource;
import org.oatmill.spark.model.ModelSource;
import org.oatmill.spark.rows.VectorColumn;

/** Documents in, scores and a choice out: artifacts whose digests do not depend on partitions. */
class InfluenceJobTest {
    private static final int ROWS = 100;

    @TempDir
    Path temporary;

    /** The small model under whatever name. */
    private record Small() implements ModelChoice {
        @Override
        public ModelSource of(String name, Optional<Artifact> pretrained, SparkSession spark) {
            return new GlossesSource();
        }

        @Override
        public Map<String, String> external(String name, SparkSession spark) {
            return Map.of("model", "glosses");
        }
    }

    private static String split(int i) {
        return i % 5 == 4 ? "target" : "pool";
    }

    private static Dataset<Row> documents(JobHarness harness, int parts) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            String label = Glosses.label(i, split(i).equals("pool"));
            rows.add(RowFactory.create(
                    "d" + i, Glosses.text(i), label, Map.of(), split(i), "g" + i, 1f + i % 2, "memory", null));
        }
        return harness.spark()
                .createDataFrame(rows, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                .repartition(parts);
    }

    private static Dataset<Row> vectors(JobHarness harness, int parts) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            Random random = new Random(i);
            float[] at = new float[3];
            for (int d = 0; d < 3; d++) {
                at[d] = (float) random.nextGaussian() + (Glosses.LABELS.indexOf(Glosses.label(i, false)) == d ? 3 : 0);
            }
            rows.add(RowFactory.create("d" + i, VectorColumn.row(Vector.dense(at))));
        }
        return harness.spark()
                .createDataFrame(rows, StructType.fromDDL(Tables.VECTORS.ddl()))
                .repartition(parts);
    }

    private static InfluenceJob.Config config(InfluenceMethod method) {
        return new InfluenceJob.Config(
                method,
                "wordnet",
                Glosses.TASK,
                new Objective.OptionCrossEntropy(),
                new Subspace.Full(),
                "pool",
                "target",
                null);
    }

    private static Map<String, Artifact> inputs(JobHarness harness, int parts) throws Exception {
        Map<String, Artifact> inputs = new HashMap<>();
        inputs.put("documents", harness.given(Tables.DOCUMENTS, documents(harness, parts)));
        inputs.put("vectors", harness.given(Tables.VECTORS, vectors(harness, parts)));
        return inputs;
    }

    private static Artifact influence(JobHarness harness, InfluenceMethod method, Map<String, Artifact> inputs)
            throws Exception {
        return harness.run(new InfluenceJob(new Small()), config(method), 5, inputs);
    }

    static Stream<InfluenceMethod> methods() {
        return InfluenceMethod.METHODS.rows().values().stream()
                .map(method -> method instanceof SeedLinfik ? new SeedLinfik(8, Noise.Law.GAUSSIAN, 1e-3) : method);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void oneAndFourPartitionsGiveOneDigestAndARowForEveryRowOfThePool(InfluenceMethod method) throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact one = influence(harness, method, inputs(harness, 1));
        Artifact four = influence(harness, method, inputs(harness, 4));

        assertEquals(one.manifest().contentDigest(), four.manifest().contentDigest());
        assertEquals(80, one.table(Tables.INFLUENCE).select("id").distinct().count());
        Row row = one.table(Tables.INFLUENCE).first();
        assertEquals(InfluenceMethod.METHODS.name(method), row.getAs("engine"));
        assertEquals(
                method.question().words(),
                one.manifest().notes().get("question").asText());
    }

    @Test
    void theTableHoldsWhatAListSays() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Map<String, Artifact> inputs = inputs(harness, 3);
        Artifact made = influence(harness, new Linfik(1e-3), inputs);
        BigramLm model = Glosses.model().fork(new Subspace.Full());
        List<EvidenceRow> rows = IntStream.range(0, ROWS)
                .mapToObj(i -> {
                    String label = Glosses.label(i, split(i).equals("pool"));
                    return new EvidenceRow(
                            "d" + i,
                            Glosses.text(i),
                            label,
                            Glosses.TASK.example(
                                    "d" + i, Map.of("text", Glosses.text(i)), label, 1f + i % 2, model.tokenizer()),
                            null,
                            null);
                })
                .toList();
        Evidence evidence = new Evidence(
                rows.stream()
                        .filter(row -> split(number(row.id())).equals("pool"))
                        .toList(),
                rows.stream()
                        .filter(row -> split(number(row.id())).equals("target"))
                        .toList(),
                Measuring.by(model),
                new Objective.OptionCrossEntropy(),
                5);

        assertArrayEquals(
                new Linfik(1e-3).values(evidence).scores(),
                made.table(Tables.INFLUENCE).orderBy("id").collectAsList().stream()
                        .mapToDouble(row -> row.<Double>getAs("score"))
                        .toArray());
        assertEquals(20, made.manifest().notes().get("backwards").asLong());
        assertEquals(20 + 2 * 80, made.manifest().notes().get("forwards").asLong());
        assertEquals(model.digest() + "@0", made.table(Tables.INFLUENCE).first().getAs("checkpoint"));
    }

    private static int number(String id) {
        return Integer.parseInt(id.substring(1));
    }

    @Test
    void whatIsSelectedCanBeChosen() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Map<String, Artifact> inputs = inputs(harness, 2);
        Artifact scores = influence(harness, new Linfik(1e-3), inputs);
        for (RowSelection method : List.of(new Top(), new TopPerLabel())) {
            Artifact sample = harness.run(
                    new SelectJob(),
                    new SelectJob.Config(method, 30, null),
                    6,
                    Map.of("influence", scores, "documents", inputs.get("documents")));
            Set<String> kept = ids(sample.table(Tables.SAMPLE));
            assertEquals(30, kept.size());
            Map<String, Artifact> restricted = new HashMap<>(inputs);
            restricted.put("chosen", sample);
            assertEquals(kept, ids(influence(harness, new RowLoss(), restricted).table(Tables.INFLUENCE)));
        }
    }

    private static Set<String> ids(Dataset<Row> table) {
        return table.select("id").collectAsList().stream()
                .map(row -> row.getString(0))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void ofSuspicionsTheLowestAreKept() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact scores = influence(harness, new RowLoss(), inputs(harness, 2));
        Artifact sample =
                harness.run(new SelectJob(), new SelectJob.Config(new Top(), 10, null), 6, Map.of("influence", scores));
        List<Row> ascending =
                scores.table(Tables.INFLUENCE).orderBy("score", "id").limit(10).collectAsList();
        assertEquals(
                ascending.stream().map(row -> row.<String>getAs("id")).collect(Collectors.toCollection(TreeSet::new)),
                ids(sample.table(Tables.SAMPLE)));
    }

    @Test
    void worthIsDrawnByAndASuspicionIsNone() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Map<String, Artifact> inputs = inputs(harness, 2);
        SampleJob.Config config =
                new SampleJob.Config(new InfluencePerDensity("score", 8, 1e-9, new UniformSampling()), 10L, null);
        assertTrue(refused(harness, config, Map.of("vectors", inputs.get("vectors")))
                .contains("scores = …"));
        inputs.put("scores", influence(harness, new RowLoss(), inputs));
        assertTrue(refused(harness, config, inputs).contains("a suspicion"));

        Artifact worth = influence(harness, new Linfik(1e-3), inputs);
        inputs.put("scores", worth);
        Dataset<Row> chosen = harness.run(new SampleJob(), config, 6, inputs).table(Tables.SAMPLE);
        assertEquals(10, chosen.count());
        Dataset<Row> table = worth.table(Tables.INFLUENCE);
        double mean = table.agg(functions.avg("score")).first().getDouble(0);
        double kept = table.join(chosen.select("id"), "id")
                .agg(functions.avg("score"))
                .first()
                .getDouble(0);
        assertTrue(kept > mean, mean + " " + kept);
    }

    private static String refused(JobHarness harness, SampleJob.Config config, Map<String, Artifact> inputs) {
        return assertThrows(UserException.class, () -> harness.run(new SampleJob(), config, 6, inputs))
                .getMessage();
    }

    @Test
    void atMostTheRowsAskedForAreValued() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        InfluenceJob.Config all = config(new RowLoss());
        InfluenceJob.Config few = new InfluenceJob.Config(
                all.method(), all.model(), all.task(), all.objective(), all.subspace(), "pool", "target", 7);
        assertEquals(
                7,
                harness.run(new InfluenceJob(new Small()), few, 5, inputs(harness, 2))
                        .table(Tables.INFLUENCE)
                        .count());
    }

    @Test
    void mistakesOfTheOperatorAreNamed() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Map<String, Artifact> inputs = inputs(harness, 2);
        refused(
                "no input of that name",
                () -> influence(
                        harness,
                        InfluenceMethod.METHODS.typical("knn-shapley"),
                        Map.of("documents", inputs.get("documents"))));
        Map<String, Artifact> unlabelled = new HashMap<>(inputs);
        Dataset<Row> rows = documents(harness, 2);
        unlabelled.put(
                "documents",
                harness.given(
                        Tables.DOCUMENTS,
                        rows.withColumn(
                                "label",
                                org.apache.spark.sql.functions.when(
                                        rows.col("id").notEqual("d7"), rows.col("label")))));
        refused("row id = d7 has label = null", () -> influence(harness, new Linfik(1e-3), unlabelled));
        InfluenceJob.Config all = config(new Linfik(1e-3));
        InfluenceJob.Config dev = new InfluenceJob.Config(
                all.method(), all.model(), all.task(), all.objective(), all.subspace(), "pool", "dev", null);
        refused("target = dev", () -> harness.run(new InfluenceJob(new Small()), dev, 5, inputs));
    }

    private interface Attempt {
        Object make() throws Exception;
    }

    private static void refused(String part, Attempt attempt) {
        String message = assertThrows(UserException.class, attempt::make).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void gradientsThatAreForbiddenAreRefusedBeforeTheRunBegins() throws Exception {
        Path file = temporary.resolve("run.conf");
        for (String method : List.of("linfik", "seeds")) {
            Files.writeString(
                    file,
                    """
                    root = target/x
                    gradients = forbid
                    stages {
                      documents { job = ingest, source { name = wordnet, pos = [noun] } }
                      influence { job = influence, input = documents, method = %s }
                    }
                    """
                            .formatted(method));
            if (method.equals("seeds")) {
                assertEquals(
                        2,
                        RunFile.read(file.toString(), List.of(), Jobs.JOBS)
                                .stages()
                                .size());
            } else {
                refused("gradients = forbid", () -> RunFile.read(file.toString(), List.of(), Jobs.JOBS));
            }
        }
    }
}
