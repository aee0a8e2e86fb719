package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Noise;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.model.Trajectory;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.zo.Checkpoint;
import org.oatmill.zo.Estimator;
import org.oatmill.zo.Schedule;
import org.oatmill.zo.Toy;
import org.oatmill.zo.Tuning;

/** Documents in, a trajectory out that makes the model again, whatever ran side by side. */
class TuneJobTest {
    @TempDir
    Path temporary;

    private static final TuneJob JOB = new TuneJob(new ToyModel());

    static TuneJob.Config config(int steps, List<Double> rates, List<String> splits, TuneJob.Shape shape) {
        return new TuneJob.Config(
                "toy",
                ToyModel.TASK,
                new Objective.OptionCrossEntropy(),
                new Estimator.Spsa(2, 1e-3f, Noise.Law.GAUSSIAN),
                new Subspace.Full(),
                steps,
                8,
                rates,
                new Schedule.Constant(),
                0.01,
                5,
                Tuning.Keep.LOWEST_LOSS,
                null,
                splits,
                10,
                4,
                shape);
    }

    @Test
    void partitionsAndShapeChangeNoByte() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        TreeSet<String> digests = new TreeSet<>();
        for (int parts : new int[] {1, 4}) {
            Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 100, parts));
            for (TuneJob.Shape shape : TuneJob.Shape.values()) {
                Artifact tuned = harness.run(
                        JOB,
                        config(12, List.of(0.02, 0.002), List.of("pool"), shape),
                        3,
                        Map.of("documents", documents));
                digests.add(tuned.manifest().contentDigest());
            }
        }
        assertEquals(1, digests.size());
    }

    @Test
    void theArtifactMakesTheModelAgainAndSaysWhatItCost() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 100, 2));
        Artifact tuned = harness.run(
                JOB,
                config(60, List.of(1e-6, 0.03), List.of("pool", "target"), TuneJob.Shape.RUN),
                3,
                Map.of("documents", documents));

        Checkpoint checkpoint = Checkpoint.read(tuned);
        var notes = tuned.manifest().notes();
        assertEquals(0.03, notes.get("learning_rate").asDouble());
        assertEquals(2, notes.get("grid").size());
        assertEquals(checkpoint.entry(), notes.get("best_entry").asLong());
        // Two rates, 60 steps of 8 rows and 4 target rows on both sides of two directions, 13 evaluations of 10 rows.
        assertEquals(2 * (60 * 12 * 4 + 13 * 10), notes.get("forwards").asLong());
        assertEquals(0, notes.get("backwards").asLong());

        List<Row> lines =
                tuned.table(Tables.TRAJECTORY).orderBy("step", "query").collectAsList();
        assertEquals(120, lines.size());
        for (int i = 0; i < lines.size(); i++) {
            Trajectory.Entry entry = checkpoint.trajectory().entries().get(i);
            assertEquals(entry.coefficient(), lines.get(i).<Float>getAs("coefficient"));
            assertEquals(entry.keep(), lines.get(i).<Float>getAs("keep"));
        }
        Row best = tuned.table(Tables.CURVE)
                .where("metric = 'loss'")
                .orderBy("value")
                .first();
        assertEquals(checkpoint.entry(), best.<Long>getAs("entry"));
        assertEquals(60 * 2 * 12, tuned.table(Tables.PROBE_ROWS).count());
        assertEquals(120, tuned.table(Tables.TARGET).count());
        assertEquals(checkpoint.entry(), checkpoint.of(Toy.model()).entry());
    }

    /** A sample's weight is a factor of the document's own: the run is that of documents which weigh as much. */
    @Test
    void theWeightsOfTheChosenCount() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Dataset<Row> rows = ToyModel.documents(harness.spark(), 100, 2);
        Dataset<Row> heavier = rows.withColumn(
                "weight",
                functions.expr(
                        "cast(if(split = 'pool', if(substring(id, 2) % 20 = 0, 3.5, 0.5), 1) * weight as float)"));
        Dataset<Row> sample = rows.where("split = 'pool'")
                .selectExpr(
                        "id",
                        "'wds' method",
                        "1d density",
                        "1d sampling_weight",
                        "1d key",
                        "1d inclusion_prob",
                        "cast(null as double) score",
                        "cast(null as string) stratum",
                        "cast(if(substring(id, 2) % 20 = 0, 3.5, 0.5) as float) weight");
        TuneJob.Config config = config(10, List.of(0.02), List.of("pool"), TuneJob.Shape.RUN);
        Artifact documents = harness.given(Tables.DOCUMENTS, rows);
        Artifact chosen = harness.given(Tables.SAMPLE, sample);
        Artifact weighted = harness.run(JOB, config, 3, Map.of("documents", harness.given(Tables.DOCUMENTS, heavier)));
        Artifact factor = harness.run(JOB, config, 3, Map.of("documents", documents, "chosen", chosen));
        Artifact unweighted = harness.run(JOB, config, 3, Map.of("documents", documents));
        assertEquals(weighted.manifest().contentDigest(), factor.manifest().contentDigest());
        assertNotEquals(unweighted.manifest().contentDigest(), factor.manifest().contentDigest());
    }

    @Test
    void chosenRestrictsThePoolAlone() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 100, 2));
        List<Row> kept = new ArrayList<>();
        for (int i = 0; i < 100; i += 10) {
            kept.add(RowFactory.create("d" + i, "uniform", 1.0, 1.0, 1.0, 1.0, null, null, null)); // all of the pool
        }
        Artifact chosen = harness.given(
                Tables.SAMPLE, harness.spark().createDataFrame(kept, StructType.fromDDL(Tables.SAMPLE.ddl())));
        Artifact tuned = harness.run(
                JOB,
                config(10, List.of(0.02), List.of("pool", "target"), TuneJob.Shape.RUN),
                3,
                Map.of("documents", documents, "chosen", chosen));

        assertEquals(30, tuned.manifest().notes().get("rows").asInt());
        Dataset<Row> learned = tuned.table(Tables.PROBE_ROWS)
                .where("role = 'train'")
                .select("id")
                .distinct()
                .join(documents.table(Tables.DOCUMENTS), "id");
        assertEquals(10, learned.where("split = 'pool'").count());
        assertEquals(20, learned.where("split = 'target'").count());
    }

    /** Rows past the first epoch need not be sent; what is learned from is the same as if they were. */
    @Test
    void rowsThatNoStepReachesChangeNothing() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 300, 2));
        TuneJob.Config config = config(10, List.of(0.02), List.of("pool"), TuneJob.Shape.RUN);
        Artifact some = harness.run(JOB, config, 3, Map.of("documents", documents));

        assertEquals(80, some.manifest().notes().get("rows").asInt());
        assertEquals(
                80,
                some.table(Tables.PROBE_ROWS)
                        .where("role = 'train'")
                        .select("id")
                        .distinct()
                        .count());
    }

    @Test
    void rowsWithoutLabelAreNamedAndLeftOut() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Dataset<Row> rows = ToyModel.documents(harness.spark(), 100, 2)
                .withColumn(
                        "label",
                        functions.when(functions.col("id").equalTo("d0"), null).otherwise(functions.col("label")));
        Artifact documents = harness.given(Tables.DOCUMENTS, rows);
        Artifact tuned = harness.run(
                JOB, config(10, List.of(0.02), List.of("pool"), TuneJob.Shape.RUN), 3, Map.of("documents", documents));

        assertEquals(39, tuned.manifest().notes().get("rows").asInt());
        assertTrue(tuned.manifest().warnings().get(0).contains("1 rows of [pool] have no label"));
    }

    @Test
    void aGridWithoutDevRowsIsRefused() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(
                Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 100, 2).where("split != 'dev'"));

        assertThrows(
                UserException.class,
                () -> harness.run(
                        JOB,
                        config(5, List.of(0.02, 0.1), List.of("pool"), TuneJob.Shape.RUN),
                        3,
                        Map.of("documents", documents)));
        Artifact tuned = harness.run(
                JOB, config(5, List.of(0.02), List.of("pool"), TuneJob.Shape.RUN), 3, Map.of("documents", documents));
        assertEquals(10, tuned.manifest().notes().get("best_entry").asInt());
        assertNotEquals(0, tuned.manifest().warnings().size());
    }
}
