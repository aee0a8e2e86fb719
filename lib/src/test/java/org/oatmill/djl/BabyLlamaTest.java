package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.oatmill.model.Batch;
import org.oatmill.model.Decoding;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;

/**
 * Known answers of a trained model of 936,448 parameters, EN10/BabyLlama on TinyStories, which lies
 * beside the repository and is no part of it. The numbers come from the C program that trained it
 * and from an independent float64 implementation, which agree.
 */
class BabyLlamaTest {
    private static final String TEXT = "Once upon a time, there was a little girl named Lily.";
    private static DjlLm model;

    @BeforeAll
    static void open() {
        Path directory = Path.of("").toAbsolutePath();
        while (directory != null && !Files.exists(directory.resolve("shared/models/babyllama-105"))) {
            directory = directory.getParent();
        }
        assumeTrue(
                directory != null,
                "SKIPPED, known answers are not checked: shared/models/babyllama-105 lies beside no parent directory");
        model = DjlLm.open(directory.resolve("shared/models/babyllama-105"));
    }

    @AfterAll
    static void close() {
        if (model != null) {
            model.close();
        }
    }

    private static int[] tokens(String text) {
        return IntStream.concat(
                        IntStream.of(model.tokenizer().bos()),
                        Arrays.stream(model.tokenizer().encode(text)))
                .toArray();
    }

    private static Batch text() {
        int[] tokens = tokens(TEXT);
        Sequence sequence = new Sequence(tokens, 1);
        return new Batch(List.of(new Example("a", List.of(sequence), 0, 1)), 64);
    }

    @Test
    void meanNegativeLogLikelihood() {
        assertEquals(0.03207919, model.losses(text())[0][0], 1e-5);
    }

    @Test
    void logitsOfTheLastPosition() {
        int[] tokens = Arrays.copyOf(tokens(TEXT), tokens(TEXT).length + 1); // any last token: it is only predicted
        Batch batch = new Batch(List.of(new Example("a", List.of(new Sequence(tokens, tokens.length - 1)), 0, 1)), 64);
        float[] logits = model.logits(batch)[0];
        assertEquals(105, logits.length);
        assertArrayEquals(
                new float[] {4.34185f, -0.90898f, -16.43530f, 11.73103f, 2.07054f}, Arrays.copyOf(logits, 5), 1e-4f);
    }

    @Test
    void greedyContinuation() {
        int[] prompt = tokens("Lily was sad because");
        int[] made = model.generate(List.of(prompt), Decoding.greedy(60)).get(0);
        assertEquals(60, made.length);
        int[] whole =
                IntStream.concat(Arrays.stream(prompt), Arrays.stream(made)).toArray();
        assertEquals(
                "Lily was sad because she wanted to play with her toys. She was very happy and th",
                model.tokenizer().decode(whole).strip());
    }
}
