package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Tables;
import org.oatmill.djl.AdamW;
import org.oatmill.djl.TinyModel;
import org.oatmill.jobs.evaluate.Predictor;
import org.oatmill.model.Objective;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.zo.Tuning;

class FineTuneJobTest {
    @TempDir
    Path temporary;

    private static double accuracy(Artifact evaluated) {
        return evaluated
                .table(Tables.METRICS)
                .where("name = 'accuracy'")
                .first()
                .getAs("value");
    }

    @Test
    void theBestWeightsOnDevRowsAreAModelThatDoesBetterWhateverThePartitions() throws Exception {
        JobHarness harness = new JobHarness(temporary);
        String model = TinyModel.write(temporary.resolve("tiny")).toString();
        FineTuneJob.Config config = new FineTuneJob.Config(
                model,
                ToyModel.TASK,
                new Objective.OptionCrossEntropy(),
                new AdamW(1, 0, 0.1, 0.9, 0.999, 1e-8, 0, 1),
                20,
                8,
                List.of(1e-3, 1e-2),
                10,
                Tuning.Keep.LOWEST_LOSS,
                List.of("target"),
                16);
        List<Artifact> tuned = new ArrayList<>();
        for (int parts : new int[] {1, 4}) {
            Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 200, parts));
            tuned.add(harness.run(new FineTuneJob(), config, 3, Map.of("documents", documents)));
        }
        assertEquals(
                tuned.get(0).manifest().contentDigest(), tuned.get(1).manifest().contentDigest());
        // Two rates of 20 steps of 8 rows; three evaluations of 16 dev rows each, and what is differentiated is
        // measured first.
        assertEquals(
                2 * 20 * 8, tuned.get(0).manifest().notes().get("backwards").asInt());
        assertEquals(
                2 * (20 * 8 + 3 * 16),
                tuned.get(0).manifest().notes().get("forwards").asInt());

        Artifact documents = harness.given(Tables.DOCUMENTS, ToyModel.documents(harness.spark(), 200, 2));
        EvaluateJob.Config asked = new EvaluateJob.Config(
                model, ToyModel.TASK, Predictor.METHODS.typical("zero-shot"), "test", List.of("pool"), 200);
        Artifact before = harness.run(new EvaluateJob(), asked, 5, Map.of("documents", documents));
        Artifact after =
                harness.run(new EvaluateJob(), asked, 5, Map.of("documents", documents, "model", tuned.get(0)));
        assertTrue(accuracy(after) > accuracy(before) + 0.2, accuracy(after) + " after " + accuracy(before));
        assertEquals(320, after.manifest().notes().get("tuning_backwards").asInt());
    }
}
