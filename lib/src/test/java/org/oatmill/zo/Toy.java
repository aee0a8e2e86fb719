package org.oatmill.zo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Noise;
import org.oatmill.model.BigramLm;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Task;

/** Two classes that the last word tells apart, and a model of random weights. */
public final class Toy {
    private Toy() {}

    private static final List<String> ANIMALS = List.of("fish", "dog", "cat", "horse", "cow");
    private static final List<String> FOODS = List.of("bread", "soup", "cake", "cheese", "rice");

    public static final Task TASK = new Task("{text}", Map.of("animal", " animal", "food", " food"), null, 32, false);

    /** Text of row i, and its class by the parity of i. */
    public static String text(int i) {
        List<String> words = i % 2 == 0 ? ANIMALS : FOODS;
        return "a thing".repeat(i % 3) + " such as " + words.get((i / 2 + i / 10) % words.size());
    }

    public static String label(int i) {
        return i % 2 == 0 ? "animal" : "food";
    }

    public static BigramLm model() {
        List<String> texts = new ArrayList<>(List.of("animal food"));
        for (int i = 0; i < 20; i++) {
            texts.add(text(i));
        }
        return BigramLm.random(BigramLm.fit(texts, 40, 4).tokenizer(), 8, 3);
    }

    static List<Example> rows(int from, int to) {
        BigramLm model = model();
        List<Example> rows = new ArrayList<>();
        for (int i = from; i < to; i++) {
            String id = String.format("r%03d", i);
            rows.add(TASK.example(id, Map.of("text", text(i)), label(i), 1 + i % 3, model.tokenizer()));
        }
        return rows;
    }

    static Tuning tuning(int queries, int steps, double rate) {
        return tuning(new Estimator.Spsa(queries, 1e-3f, Noise.Law.GAUSSIAN), steps, rate, 0, 0, null);
    }

    static Tuning tuning(
            Estimator estimator, int steps, double rate, double decay, int target, @Nullable Integer patience) {
        return new Tuning(
                new Objective.OptionCrossEntropy(),
                estimator,
                steps,
                8,
                target,
                rate,
                new Schedule.Constant(),
                decay,
                10,
                Tuning.Keep.LOWEST_LOSS,
                patience);
    }
}
