package org.oatmill.jobs;

import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.djl.TinyModel;
import org.oatmill.sampling.Deita;
import org.oatmill.sampling.DensitySketch;
import org.oatmill.sampling.DiversifiedSampling;
import org.oatmill.sampling.Floor;
import org.oatmill.sampling.InfluencePerDensity;
import org.oatmill.sampling.LabelStratified;
import org.oatmill.sampling.Sampler;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.SkillIt;
import org.oatmill.sampling.Strata;
import org.oatmill.sampling.UniformSampling;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.embed.FittedEmbedder;
import org.oatmill.spark.embed.HiddenStates;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.rows.VectorColumn;

/** Documents in, vectors and a sample out: artifacts whose digests do not depend on partitions. */
class EmbedAndSampleJobTest {
    @TempDir
    Path temporary;

    private static Dataset<Row> documents(JobHarness harness, int parts) {
        Random random = new Random(2);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder();
            int topic = (int) (10 * Math.pow(random.nextDouble(), 2));
            for (int k = 0; k < 7; k++) {
                text.append(" topic").append(topic).append("word").append(random.nextInt(4 + topic));
            }
            String split = i % 10 == 0 ? "test" : "pool";
            rows.add(RowFactory.create("d" + i, text.toString(), null, Map.of(), split, "d" + i, 1f, "memory", null));
        }
        return harness.spark()
                .createDataFrame(rows, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                .repartition(parts);
    }

    private record Digests(String vectors, String sample) {}

    @Test
    void oneFourAndSevenPartitionsGiveOneDigest() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        SampleJob.Config config = new SampleJob.Config(new DiversifiedSampling(32, 1 << 10, 2), 40L, null);
        List<Digests> digests = new ArrayList<>();
        for (int parts : new int[] {1, 4, 7}) {
            Artifact documents = harness.given(Tables.DOCUMENTS, documents(harness, parts));
            EmbedJob embed = new EmbedJob();
            Artifact vectors = harness.run(embed, embed.typical(), 5, Map.of("documents", documents));
            Artifact sample = harness.run(new SampleJob(), config, 6, Map.of("vectors", vectors));
            digests.add(new Digests(
                    vectors.manifest().contentDigest(), sample.manifest().contentDigest()));
            if (parts == 4) {
                theArtifactsHoldWhatTheySay(documents, vectors, sample);
            }
        }
        assertEquals(digests.get(0), digests.get(1));
        assertEquals(digests.get(0), digests.get(2));
    }

    private static void theArtifactsHoldWhatTheySay(Artifact documents, Artifact vectors, Artifact sample)
            throws Exception {
        assertEquals(270, vectors.table(Tables.VECTORS).count());
        assertEquals(270, vectors.manifest().notes().get("rows").asLong());
        FittedEmbedder embedder = FittedEmbedder.read(vectors.file(FittedEmbedder.FILE));
        Dataset<Row> d1 = documents.table(Tables.DOCUMENTS).where("id = 'd1'");
        assertEquals(
                VectorColumn.vector(
                        vectors.table(Tables.VECTORS).where("id = 'd1'").first().getStruct(1)),
                VectorColumn.vector(
                        embedder.vectors(d1.select("id", "text")).first().getStruct(1)));

        List<Row> kept = sample.table(Tables.SAMPLE)
                .join(vectors.table(Tables.VECTORS), "id")
                .collectAsList();
        assertEquals(40, kept.size());
        DensitySketch sketch = DensitySketch.read(sample.file(SampleJob.SKETCH));
        for (Row row : kept) {
            assertEquals(sketch.density(VectorColumn.vector(row.getAs("vector"))), row.<Double>getAs("density"));
            assertEquals("wds", row.getAs("method"));
        }
        assertEquals(270, sample.manifest().notes().get("population").asLong());
        assertEquals(40, sample.manifest().notes().get("size").asLong());
    }

    @Test
    void hiddenStatesAreOfTheModelOfTheRoleAndOtherEmbeddersRefuseOne() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, documents(harness, 2));
        Path directory = TinyModel.write(temporary.resolve("tiny"));
        Artifact pretrained = harness.given(
                Tables.CURVE,
                harness.spark().createDataFrame(List.of(), StructType.fromDDL(Tables.CURVE.ddl())),
                ModelFiles.IN_ARTIFACT.substring("files/".length()),
                directory);
        EmbedJob embed = new EmbedJob();
        EmbedJob.Config named =
                new EmbedJob.Config(new HiddenStates(directory.toString(), 64), "{text}", List.of("pool"));
        Artifact byName = harness.run(embed, named, 5, Map.of("documents", documents));
        Artifact byRole = harness.run(embed, named, 5, Map.of("documents", documents, "model", pretrained));
        assertEquals(byName.manifest().contentDigest(), byRole.manifest().contentDigest(), "one model, two ways to it");
        assertEquals(270, byName.table(Tables.VECTORS).count());
        assertEquals(32, byName.manifest().notes().get("dimensions").asInt());
        assertEquals(
                ModelFiles.of(pretrained, harness.spark()).digest(),
                byName.manifest().recipe().external().get("model"));
        assertTrue(embed.memory(named, Inputs.of(5, Map.of("model", pretrained)), harness.spark())
                .matches("1 MiB \\+ [0-9]+ MiB a task"));
        String message = assertThrows(
                        UserException.class,
                        () -> harness.run(
                                embed, embed.typical(), 5, Map.of("documents", documents, "model", pretrained)))
                .getMessage();
        assertTrue(message.contains("tf-idf uses no model"), message);
    }

    @Test
    void uniformKeepsAOnePercentSampleUnlessToldOtherwise() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, documents(harness, 2));
        EmbedJob embed = new EmbedJob();
        Artifact vectors = harness.run(embed, embed.typical(), 5, Map.of("documents", documents));
        Artifact sample = harness.run(
                new SampleJob(),
                new SampleJob.Config(new UniformSampling(), null, null),
                6,
                Map.of("vectors", vectors));
        List<Row> kept = sample.table(Tables.SAMPLE).collectAsList();
        assertEquals(3, kept.size());
        assertTrue(sample.manifest().warnings().isEmpty());
    }

    private static Dataset<Row> known(JobHarness harness, int parts) {
        return documents(harness, parts)
                .withColumn("label", functions.expr("substring_index(text, 'word', 1)"))
                .withColumn("group", functions.expr("concat('g', length(id))"))
                .withColumn(
                        "fields", functions.expr("map('quality', cast(cast(substring(id, 2) as int) % 7 as string))"))
                .withColumn("split", functions.expr("if(id like '%4', 'target', 'pool')"));
    }

    /** By group, with a floor, estimates and weights; rows of the split target are not candidates. */
    @Test
    void documentsTellStrataFloorsAndNumbersToCompare() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        SampleJob.Config config = new SampleJob.Config(
                new DiversifiedSampling(32, 1 << 10, 2),
                null,
                null,
                Sampler.BOTTOM_K,
                new SampleJob.Parts("group", null, Map.of("g2", 4L, "g3", 1L, "g4", 5L)),
                new Floor("quality", 2),
                List.of("characters", "vector_sum", "vector_nonzeros"),
                SampleJob.Weighting.INVERSE_PROBABILITY,
                5.0);
        EmbedJob embed = new EmbedJob();
        EmbedJob.Config both = new EmbedJob.Config(embed.typical().embedder(), "{text}", List.of("pool", "target"));
        TreeSet<String> digests = new TreeSet<>();
        for (int parts : new int[] {1, 4}) {
            Artifact documents = harness.given(Tables.DOCUMENTS, known(harness, parts));
            Artifact vectors = harness.run(embed, both, 5, Map.of("documents", documents));
            Artifact sample =
                    harness.run(new SampleJob(), config, 6, Map.of("vectors", vectors, "documents", documents));
            digests.add(sample.manifest().contentDigest());
            Dataset<Row> kept = sample.table(Tables.SAMPLE)
                    .join(documents.table(Tables.DOCUMENTS).drop("weight"), "id");
            assertEquals(10, kept.count());
            assertEquals(
                    10,
                    kept.where("stratum = group and weight > 0 and split = 'pool'")
                            .count());
            assertEquals(10, kept.where("fields['quality'] >= 2").count());
            assertEquals(
                    documents
                            .table(Tables.DOCUMENTS)
                            .where("split = 'pool' and fields['quality'] >= 2")
                            .count(),
                    sample.manifest().notes().get("population").asLong());
            assertEquals(4, sample.manifest().notes().get("estimates").size());
            assertEquals(3, sample.manifest().notes().get("strata").size());
            assertEquals(5.0, sample.manifest().notes().get("weight_clip").asDouble());
        }
        assertEquals(1, digests.size());
    }

    @Test
    void whatASampleMustKnowAndDoesNotIsNamedWithTheInputToAdd() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, known(harness, 2));
        EmbedJob embed = new EmbedJob();
        Artifact vectors = harness.run(embed, embed.typical(), 5, Map.of("documents", documents));
        SampleJob.Config labels = new SampleJob.Config(new LabelStratified(Strata.Quota.EQUAL), 20L, null);
        SampleJob.Config scores =
                new SampleJob.Config(new InfluencePerDensity("depth", 1, 0.1, new UniformSampling()), 20L, null);
        String without = assertThrows(
                        UserException.class, () -> harness.run(new SampleJob(), labels, 6, Map.of("vectors", vectors)))
                .getMessage();
        assertTrue(without.contains("label") && without.contains("documents = …"), without);
        Map<String, Artifact> given = Map.of("vectors", vectors, "documents", documents);
        String missing = assertThrows(UserException.class, () -> harness.run(new SampleJob(), scores, 6, given))
                .getMessage();
        assertTrue(missing.contains("no depth") && missing.contains("row id = d0"), missing);
        assertEquals(
                20,
                harness.run(new SampleJob(), labels, 6, given)
                        .table(Tables.SAMPLE)
                        .count());
    }

    @Test
    void settingsThatContradictAreRefused() {
        UniformSampling uniform = new UniformSampling();
        SampleJob.Parts sizes = new SampleJob.Parts("label", null, Map.of("a", 3L));
        assertThrows(UserException.class, () -> new SampleJob.Parts("label", Strata.Quota.SIZES, null));
        assertThrows(UserException.class, () -> new SampleJob.Parts("label", Strata.Quota.EQUAL, Map.of("a", 3L)));
        assertThrows(
                UserException.class,
                () -> new SampleJob.Config(
                        uniform, 5L, null, Sampler.BOTTOM_K, sizes, null, List.of(), SampleJob.Weighting.NONE, null));
        assertThrows(
                UserException.class,
                () -> new SampleJob.Config(
                        uniform, 5L, null, Sampler.BOTTOM_K, null, null, List.of(), SampleJob.Weighting.NONE, 3.0));
        assertThrows(
                UserException.class,
                () -> new InfluencePerDensity("score", 1, 0.1, SamplingMethod.METHODS.typical("deita")));
    }

    @Test
    void splitsThatNoDocumentHasAreNamed() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, documents(harness, 2));
        EmbedJob embed = new EmbedJob();
        EmbedJob.Config config = new EmbedJob.Config(embed.typical().embedder(), "{text}", List.of("train"));
        String message = assertThrows(
                        UserException.class, () -> harness.run(embed, config, 5, Map.of("documents", documents)))
                .getMessage();
        assertTrue(message.contains("splits = [train]") && message.contains("pool, test"), message);
    }

    @Test
    void planSaysWhatASketchWillTake() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, documents(harness, 2));
        EmbedJob embed = new EmbedJob();
        Artifact vectors = harness.run(embed, embed.typical(), 5, Map.of("documents", documents));
        SampleJob job = new SampleJob();
        Inputs inputs = Inputs.of(6, Map.of("vectors", vectors));
        String said = job.outlook(job.typical(), inputs, harness.spark());
        // 270 rows of 128 x 8 hashes, four sketches.
        assertTrue(
                said.matches("sketch 128 MiB a task at most; 2\\.76e\\+05 hashes, cells held between the passes;"
                        + " [0-9]+ MiB to merge, as a tree of the counters that are not zero; hashing about [0-9]+ s"),
                said);
        assertEquals("", job.outlook(new SampleJob.Config(new UniformSampling(), 5L, null), inputs, harness.spark()));
    }

    @Test
    void aSizeAndAFractionTogetherAreRefused() {
        assertThrows(UserException.class, () -> new SampleJob.Config(new UniformSampling(), 5L, 0.1));
        assertThrows(UserException.class, () -> new SampleJob.Config(new UniformSampling(), null, 2.0));
    }

    private static Artifact table(JobHarness harness, String... lines) throws Exception {
        List<Row> rows = new ArrayList<>();
        for (String line : lines) {
            Map<String, String> fields = new TreeMap<>();
            for (String field : line.split(" ")) {
                fields.put(field.split("=")[0], field.split("=")[1].replace('_', ' '));
            }
            String id = "row" + rows.size();
            rows.add(RowFactory.create(id, id, fields.remove("label"), fields, "pool", id, 1f, "memory", null));
        }
        return harness.given(
                Tables.DOCUMENTS,
                harness.spark()
                        .createDataFrame(rows, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                        .repartition(3));
    }

    /** Two evaluations, the latest first in the table; the graph in the run file and in a table. */
    @Test
    void lossesOfSkillsByATableDrawWhatTheRunFileDraws() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, known(harness, 2));
        EmbedJob embed = new EmbedJob();
        Artifact vectors = harness.run(embed, embed.typical(), 5, Map.of("documents", documents));
        Map<String, Map<String, Double>> graph =
                Map.of(" topic0", Map.of(" topic0", 1.0, " topic1", 0.5), " topic1", Map.of(" topic1", 1.0));
        List<Map<String, Double>> losses =
                List.of(Map.of(" topic0", 3.0, " topic1", 0.5), Map.of(" topic0", 1.0, " topic1", 2.0));
        Artifact written = table(
                harness,
                "label=_topic0 loss=1 evaluation=10",
                "label=_topic1 loss=2 evaluation=10",
                "label=_topic1 loss=0.5 evaluation=9",
                "label=_topic0 loss=3 evaluation=9");
        Artifact edges = table(
                harness,
                "label=_topic0 to=_topic0 weight=1",
                "label=_topic0 to=_topic1 weight=0.5",
                "label=_topic1 to=_topic1 weight=1");
        Map<String, Artifact> given = new TreeMap<>(Map.of("vectors", vectors, "documents", documents));
        Artifact expected = harness.run(new SampleJob(), skills(2, graph, losses), 6, given);
        given.put("losses", written);
        Artifact one = harness.run(new SampleJob(), skills(2, graph, List.of()), 6, given);
        given.put("edges", edges);
        Artifact both = harness.run(new SampleJob(), skills(2, Map.of(), List.of()), 6, given);
        assertEquals(expected.manifest().contentDigest(), one.manifest().contentDigest());
        assertEquals(expected.manifest().contentDigest(), both.manifest().contentDigest());
        assertEquals(
                expected.manifest().notes().get("mixture"),
                both.manifest().notes().get("mixture"));
        // The window is what tells the evaluations apart: the latest alone gives another mixture.
        Artifact latest = harness.run(new SampleJob(), skills(1, Map.of(), List.of()), 6, given);
        assertEquals(
                harness.run(
                                new SampleJob(),
                                skills(1, graph, losses.subList(1, 2)),
                                6,
                                Map.of("vectors", vectors, "documents", documents))
                        .manifest()
                        .notes()
                        .get("mixture"),
                latest.manifest().notes().get("mixture"));
        assertNotEquals(
                both.manifest().notes().get("mixture"),
                latest.manifest().notes().get("mixture"));
    }

    private static SampleJob.Config skills(
            int window, Map<String, Map<String, Double>> graph, List<Map<String, Double>> losses) {
        return new SampleJob.Config(new SkillIt(0.5, window, graph, losses), 40L, null);
    }

    @Test
    void tablesOfSkillsThatSayNothingOrTooMuchAreRefused() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Map<String, Map<String, Double>> graph = Map.of("a", Map.of("b", 1.0));
        refused(harness, graph, "losses", "no number, expected a number", "label=a loss=1", "label=b lost=2");
        refused(harness, graph, "losses", "loss = no number", "label=a loss=high");
        refused(harness, graph, "losses", "loss = NaN", "label=a loss=NaN");
        refused(harness, graph, "losses", "loss = -1.0", "label=a loss=-1");
        refused(harness, graph, "losses", "no label", "loss=1");
        refused(harness, graph, "losses", "a skill that another row has", "label=a loss=1", "label=a loss=1");
        refused(harness, graph, "losses", "evaluation = no number", "label=a loss=1 evaluation=1", "label=b loss=1");
        refused(harness, Map.of(), "edges", "no field to", "label=a weight=1");
        refused(harness, Map.of(), "edges", "weight = -2.0", "label=a to=b weight=-2");
        refused(
                harness,
                Map.of(),
                "edges",
                "an edge to b that another row has",
                "label=a to=b weight=1",
                "label=a to=b weight=2");
        refused(harness, graph, "edges", "there is an input edges, expected one of the two", "label=a to=b weight=1");
        Artifact losses = table(harness, "label=a loss=1");
        Inputs both = Inputs.of(6, Map.of("losses", losses, "edges", table(harness, "label=a to=b weight=1")));
        SkillIt lossesTwice = new SkillIt(0.5, 3, Map.of(), List.of(Map.of("a", 2.0)));
        String message = assertThrows(UserException.class, () -> Skills.told(lossesTwice, both))
                .getMessage();
        assertTrue(message.contains("losses = [{a=2.0}] and there is an input losses"), message);
        refused(harness, Map.of(), "edges", "has no row");
        String other = assertThrows(
                        UserException.class,
                        () -> Skills.told(
                                new UniformSampling(),
                                Inputs.of(6, Map.of("losses", table(harness, "label=a loss=1")))))
                .getMessage();
        assertTrue(other.contains("method = uniform and there is an input losses"), other);
    }

    private static void refused(
            JobHarness harness, Map<String, Map<String, Double>> graph, String role, String why, String... lines)
            throws Exception {
        Inputs inputs = Inputs.of(6, Map.of(role, table(harness, lines)));
        String message = assertThrows(
                        UserException.class, () -> Skills.told(new SkillIt(0.5, 3, graph, List.of()), inputs))
                .getMessage();
        assertTrue(message.contains(why) && message.contains("input " + role), message);
    }

    /** Numbers from the documents' fields; of each dropped row the reason, and the kept one that it resembles. */
    @Test
    void aMethodThatPicksCommitsWhatItDroppedAndWhy() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Dataset<Row> scored = documents(harness, 2)
                .withColumn("fields", expr("map('complexity', cast(length(text) as string), 'quality', '2')"));
        Artifact documents = harness.given(Tables.DOCUMENTS, scored);
        EmbedJob embed = new EmbedJob();
        Artifact vectors = harness.run(embed, embed.typical(), 5, Map.of("documents", documents));
        Artifact sample = harness.run(
                new SampleJob(),
                new SampleJob.Config(new Deita("complexity", "quality", 0.9), 270L, null),
                6,
                Map.of("vectors", vectors, "documents", documents));
        Dataset<Row> dropped = sample.table(Tables.DROPPED);
        long kept = sample.table(Tables.SAMPLE).count();
        assertEquals(270, kept + dropped.count());
        assertEquals(kept, sample.manifest().notes().get("size").asLong());
        assertTrue(dropped.count() > 0);
        assertEquals(
                0,
                dropped.join(
                                sample.table(Tables.SAMPLE).selectExpr("id as evidence_id"),
                                new String[] {"evidence_id"},
                                "left_anti")
                        .count());
        assertTrue(sample.manifest().warnings().get(0).contains("size = 270"));
    }
}
