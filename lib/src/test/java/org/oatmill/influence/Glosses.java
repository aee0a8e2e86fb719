package org.oatmill.influence;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.oatmill.core.Vector;
import org.oatmill.model.BigramLm;
import org.oatmill.model.Objective;
import org.oatmill.model.Task;
import org.oatmill.model.WordTokenizer;

/** Rows whose last word tells their class, a seventh of them with another label, and a model of them: all in milliseconds. */
public final class Glosses {
    public static final List<String> LABELS = List.of("animal", "food", "tool");
    private static final List<String> WORDS =
            IntStream.range(0, 12).mapToObj(i -> "w" + (char) ('a' + i)).toList();
    public static final Task TASK =
            new Task("{text}", Map.of("animal", " animal", "food", " food", "tool", " tool"), null, 64, false);

    private Glosses() {}

    public static BigramLm model() {
        List<String> words = new ArrayList<>(WORDS);
        words.addAll(LABELS);
        return BigramLm.random(new WordTokenizer(words, 1), 6, 5);
    }

    public static boolean isFlipped(int i) {
        return i % 7 == 3;
    }

    /** Label of word w. */
    private static String right(int word) {
        return LABELS.get(word % 3);
    }

    public static String text(int i) {
        Random random = new Random(i);
        return random.ints(2 + i % 3, 0, WORDS.size()).mapToObj(WORDS::get).collect(Collectors.joining(" "));
    }

    public static String label(int i, boolean flips) {
        String text = text(i);
        int word = WORDS.indexOf(text.substring(text.lastIndexOf(' ') + 1));
        return right(word + (flips && isFlipped(i) ? 1 : 0));
    }

    /** Rows number {@code from} to {@code to}, every column of evidence filled. */
    static List<EvidenceRow> rows(BigramLm model, int from, int to, boolean flips) {
        return IntStream.range(from, to)
                .mapToObj(i -> {
                    String id = "r" + i;
                    String label = label(i, flips);
                    Random random = new Random(1000 + i);
                    float[] place = new float[4];
                    for (int d = 0; d < 4; d++) {
                        place[d] = (float) (random.nextGaussian() + (LABELS.indexOf(label(i, false)) == d ? 3 : 0));
                    }
                    double u = 0.5 + 0.4 * random.nextDouble();
                    int guess = LABELS.indexOf(label(i, false));
                    Map<String, Double> probabilities = Map.of(
                            LABELS.get(guess),
                            u,
                            LABELS.get((guess + 1) % 3),
                            (1 - u) / 3,
                            LABELS.get((guess + 2) % 3),
                            (1 - u) * 2 / 3);
                    return new EvidenceRow(
                            id,
                            text(i),
                            label,
                            TASK.example(id, Map.of("text", text(i)), label, 1 + i % 3, model.tokenizer()),
                            Vector.dense(place),
                            probabilities);
                })
                .toList();
    }

    public static Evidence evidence(BigramLm fork) {
        return new Evidence(
                rows(fork, 0, 70, true),
                rows(fork, 100, 125, false),
                Measuring.by(fork),
                new Objective.OptionCrossEntropy(),
                7);
    }
}
