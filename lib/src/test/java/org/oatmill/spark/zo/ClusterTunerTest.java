package org.oatmill.spark.zo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Noise;
import org.oatmill.model.BigramLm;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.spark.SharedSpark;
import org.oatmill.zo.Estimator;
import org.oatmill.zo.Origin;
import org.oatmill.zo.Prober;
import org.oatmill.zo.Schedule;
import org.oatmill.zo.Toy;
import org.oatmill.zo.Tuned;
import org.oatmill.zo.Tuner;
import org.oatmill.zo.Tuning;

/** Whole runs as tasks, probes as tasks, and the loop by itself: one trajectory. */
class ClusterTunerTest {
    private static final Subspace LORA = new Subspace.Lora(2, 4, List.of("v_proj", "o_proj", "lm_head"), 1);

    private static List<TaskRow> rows(int from, int to) {
        List<TaskRow> rows = new ArrayList<>();
        for (int i = from; i < to; i++) {
            rows.add(new TaskRow("r" + i, Map.of("text", Toy.text(i)), Toy.label(i), 1 + i % 3));
        }
        return rows;
    }

    private static final ClusterTuner TUNER =
            new ClusterTuner(new ToySource(), Toy.TASK, LORA, 4, rows(0, 40), rows(40, 50), rows(50, 60));

    private static Tuning tuning(int steps, double rate) {
        return new Tuning(
                new Objective.OptionCrossEntropy(),
                new Estimator.Spsa(2, 1e-3f, Noise.Law.GAUSSIAN),
                steps,
                20,
                5,
                rate,
                new Schedule.Constant(),
                0.01,
                4,
                Tuning.Keep.LOWEST_LOSS,
                null);
    }

    private static Tuned serially(Tuning tuning) {
        BigramLm model = Toy.model();
        BigramLm fork = (BigramLm) model.fork(LORA);
        List<List<Example>> examples = List.of(TUNER.rows(), TUNER.target(), TUNER.dev()).stream()
                .map(rows -> rows.stream()
                        .map(row -> row.example(Toy.TASK, model.tokenizer()))
                        .toList())
                .toList();
        return new Tuner(tuning, Origin.of(fork, LORA), 4, examples.get(0), examples.get(1), examples.get(2))
                .run(Prober.on(fork));
    }

    @Test
    void runsOfAGridAreTheLoopByItself() {
        List<Tuning> grid = List.of(tuning(10, 0.1), tuning(10, 0.01), tuning(10, 0.1));
        List<Tuned> runs = TUNER.runs(grid, SharedSpark.session());

        assertEquals(serially(grid.get(0)), runs.get(0));
        assertEquals(serially(grid.get(1)), runs.get(1));
        assertEquals(runs.get(0), runs.get(2));
        assertNotEquals(runs.get(0).lines(), runs.get(1).lines());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void probesAsTasksAreTheLoopByItself(int tasks) {
        assertEquals(serially(tuning(6, 0.1)), TUNER.steps(tuning(6, 0.1), SharedSpark.session(), tasks));
    }

    /** More lines than travel with a task, so that a broadcast carries the first of them. */
    @Test
    void aForkCatchesUpFromWhatWasBroadcastAndWhatTheTaskBrings() {
        Tuning tuning = tuning(150, 0.1);

        assertEquals(serially(tuning), TUNER.steps(tuning, SharedSpark.session(), 1));
    }
}
