package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.evaluate.LogisticRegression;
import org.oatmill.jobs.evaluate.Predictor;
import org.oatmill.model.Batch;
import org.oatmill.model.BigramLm;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Example;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.embed.HiddenStates;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.zo.Checkpoint;
import org.oatmill.zo.Toy;

/** What holds for every predictor, and what each must answer on a model that can be asked by hand. */
class EvaluateJobTest {
    @TempDir
    Path temporary;

    private static final EvaluateJob JOB = new EvaluateJob(new ToyModel());

    private static final Predictor ON_STATES =
            new LogisticRegression(new HiddenStates("wordnet", 64), "{text}", List.of(1e-4, 1e-2));

    private static EvaluateJob.Config config(Predictor predictor) {
        return config(predictor, "pool");
    }

    private static EvaluateJob.Config config(Predictor predictor, String learning) {
        return new EvaluateJob.Config("toy", ToyModel.TASK, predictor, "test", List.of(learning), 200);
    }

    private static Artifact tuned(JobHarness harness, Artifact documents) throws Exception {
        return harness.run(
                new TuneJob(new ToyModel()),
                TuneJobTest.config(40, List.of(0.05), List.of("target"), TuneJob.Shape.RUN),
                3,
                Map.of("documents", documents));
    }

    private static Map<String, double[]> scores(Artifact evaluated) {
        Map<String, double[]> scores = new TreeMap<>();
        evaluated
                .table(Tables.PREDICTIONS)
                .collectAsList()
                .forEach(row -> scores.put(
                        row.getAs("id"),
                        row.<Double>getList(row.fieldIndex("option_scores")).stream()
                                .mapToDouble(Double::doubleValue)
                                .toArray()));
        return scores;
    }

    /** One row per test id, finite, no byte different for 1 and 4 partitions; metrics as the predictions say. */
    @Test
    void everyPredictorAnswersEveryTestRowWhateverThePartitions() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        List<Artifact> documents = List.of(
                harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 100, 1)),
                harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 100, 4)));
        Artifact tuned = tuned(harness, documents.get(0));
        for (var method : Predictor.METHODS.rows().entrySet()) {
            List<String> digests = new ArrayList<>();
            for (Artifact rows : documents) {
                Map<String, Artifact> inputs = new HashMap<>(Map.of("documents", rows));
                if (method.getValue().isTuned()) {
                    inputs.put("trajectory", tuned);
                }
                Artifact evaluated = harness.run(JOB, config(method.getValue()), 5, inputs);
                digests.add(evaluated.manifest().contentDigest());
                check(method.getKey(), rows, evaluated);
            }
            assertEquals(digests.get(0), digests.get(1), method.getKey());
        }
    }

    private static void check(String name, Artifact documents, Artifact evaluated) {
        Map<String, String> labels = new TreeMap<>();
        documents
                .table(Tables.DOCUMENTS)
                .where("split = 'test'")
                .select("id", "label")
                .collectAsList()
                .forEach(row -> labels.put(row.getString(0), row.getString(1)));
        List<Row> predictions = evaluated.table(Tables.PREDICTIONS).collectAsList();
        assertEquals(labels.size(), predictions.size(), name);
        double right = 0;
        for (Row row : predictions) {
            assertEquals(labels.remove(row.<String>getAs("id")), row.getAs("gold"), name);
            assertTrue(Double.isFinite(row.<Double>getAs("loss")), name);
            row.<Double>getList(row.fieldIndex("option_scores"))
                    .forEach(score -> assertTrue(Double.isFinite(score), name));
            right += row.getAs("gold").equals(row.getAs("predicted")) ? 1 : 0;
        }
        Row accuracy =
                evaluated.table(Tables.METRICS).where("name = 'accuracy'").first();
        assertEquals(right / predictions.size(), accuracy.<Double>getAs("value"), 1e-12, name);
        assertTrue(accuracy.<Double>getAs("low") <= accuracy.<Double>getAs("value"));
        assertEquals(
                "95 % paired bootstrap over test rows, 200 replicates",
                evaluated.manifest().notes().get("interval").asText());
        assertEquals(name, evaluated.manifest().notes().get("predictor").asText());
        assertEquals(0, evaluated.manifest().notes().get("backwards").asInt());
    }

    @Test
    void zeroShotTunedAndCalibratedAreWhatTheModelSaysByHand() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 60, 2));
        Artifact tuned = tuned(harness, documents);
        BigramLm base = Toy.model();
        CausalLm after = Checkpoint.read(tuned).of(base);

        Artifact zeroShot =
                harness.run(JOB, config(Predictor.METHODS.typical("zero-shot")), 5, Map.of("documents", documents));
        Artifact trained = harness.run(
                JOB,
                config(Predictor.METHODS.typical("tuned")),
                5,
                Map.of("documents", documents, "trajectory", tuned, "baseline", zeroShot));
        Artifact calibrated =
                harness.run(JOB, config(Predictor.METHODS.typical("calibrated")), 5, Map.of("documents", documents));

        List<Row> pool = documents
                .table(Tables.DOCUMENTS)
                .where("split = 'pool'")
                .orderBy("id")
                .collectAsList();
        double[] prior = new double[2];
        for (Row row : pool) {
            double[] s = byHand(base, row.getAs("text"));
            double all = Math.exp(s[0]) + Math.exp(s[1]);
            prior[0] += Math.exp(s[0]) / all / pool.size();
            prior[1] += Math.exp(s[1]) / all / pool.size();
        }
        Map<String, double[]> before = scores(zeroShot);
        Map<String, double[]> learned = scores(trained);
        Map<String, double[]> even = scores(calibrated);
        for (Row row : documents.table(Tables.DOCUMENTS).where("split = 'test'").collectAsList()) {
            double[] s = byHand(base, row.getAs("text"));
            assertArrayEquals(s, before.get(row.<String>getAs("id")));
            assertArrayEquals(byHand(after, row.getAs("text")), learned.get(row.<String>getAs("id")));
            double[] off = {s[0] - Math.log(prior[0]), s[1] - Math.log(prior[1])};
            assertArrayEquals(off, even.get(row.<String>getAs("id")), 1e-9);
        }
        assertEquals(12, zeroShot.manifest().notes().get("forwards").asInt());
        assertEquals(24 + 12, calibrated.manifest().notes().get("forwards").asInt());
        assertEquals(
                tuned.manifest().notes().get("forwards"),
                trained.manifest().notes().get("tuning_forwards"));
        assertEquals(6, trained.table(Tables.METRICS).count());
        assertTrue(value(trained, "loss-difference") < 0);
        assertEquals(value(trained, "loss") - value(zeroShot, "loss"), value(trained, "loss-difference"), 1e-12);
    }

    private static double value(Artifact evaluated, String metric) {
        return evaluated
                .table(Tables.METRICS)
                .where("name = '" + metric + "'")
                .first()
                .<Double>getAs("value");
    }

    private static double[] byHand(CausalLm model, String text) {
        Example row = ToyModel.TASK.example("x", Map.of("text", text), "food", 1, model.tokenizer());
        float[] losses = model.losses(new Batch(List.of(row), row.longest()))[0];
        return new double[] {-(double) losses[0], -(double) losses[1]};
    }

    @Test
    void wordsTellTheClassesApartAndTheMajorityDoesNot() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 200, 2));
        Artifact words = harness.run(
                JOB, config(Predictor.METHODS.typical("logistic-regression")), 5, Map.of("documents", documents));
        Artifact majority =
                harness.run(JOB, config(Predictor.METHODS.typical("majority")), 5, Map.of("documents", documents));

        // Two of three labels of the pool are right, so most words lean to their class.
        assertTrue(value(words, "accuracy") > 0.7);
        assertEquals(0.5, value(majority, "accuracy"));
        assertEquals(1.0 / 3, value(majority, "macro-f1"), 1e-12);
        assertTrue(words.manifest().files().stream()
                .anyMatch(file -> file.path().equals("files/logistic-regression.json")));
    }

    @Test
    void hiddenStatesTellTheClassesApartToo() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 200, 2));
        Artifact states = harness.run(JOB, config(ON_STATES, "target"), 5, Map.of("documents", documents));

        assertTrue(value(states, "accuracy") > 0.9, "accuracy " + value(states, "accuracy"));
        assertEquals(
                documents
                        .table(Tables.DOCUMENTS)
                        .where("split in ('target', 'dev', 'test')")
                        .count(),
                states.manifest().notes().get("forwards").asLong());
    }

    /** Or a new model would find old predictions, or make those anew that it had no part in. */
    @Test
    void theRecipeNamesTheModelThatIsAskedAndNoOther() {
        EvaluateJob job = new EvaluateJob();
        SparkSession spark = SharedSpark.session();
        assertEquals(ModelFiles.of("wordnet", spark).external(), job.external(config(ON_STATES), spark));
        assertEquals(Map.of(), job.external(config(Predictor.METHODS.typical("logistic-regression")), spark));
        assertEquals(Map.of(), job.external(config(Predictor.METHODS.typical("majority")), spark));
    }

    @Test
    void whatCannotBeEvaluatedIsNamed() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 50, 2));
        String message = assertThrows(
                        UserException.class,
                        () -> harness.run(
                                JOB, config(Predictor.METHODS.typical("tuned")), 5, Map.of("documents", documents)))
                .getMessage();
        assertTrue(message.contains("needs the input trajectory"), message);
        assertFalse(message.contains("null"), message);
        assertThrows(
                UserException.class,
                () -> new EvaluateJob.Config(
                        "toy",
                        ToyModel.TASK,
                        Predictor.METHODS.typical("majority"),
                        "test",
                        List.of("pool", "test"),
                        200));
    }
}
