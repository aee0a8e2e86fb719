package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;

class ContinuationTest {

    private static final WordTokenizer WORDS = new WordTokenizer(List.of("a", "b", "c", "stop", "now"), 1);
    private static final int[] PROMPT = {1, 4};

    @Test
    void greedyTakesTheLikeliestOfEqualsTheFirst() {
        Decoding greedy = Decoding.greedy(5);
        assertEquals(1, greedy.next(new float[] {0, 3, 2, 3}, PROMPT, 0));
    }

    @Test
    void endOfTextEndsItAndIsNoPartOfIt() {
        Continuation some = new Continuation(PROMPT, Decoding.greedy(5), WORDS);
        some.next(likely(5));
        some.next(likely(WORDS.eos()));
        assertTrue(some.done());
        assertArrayEquals(new int[] {5}, some.tokens());
    }

    @Test
    void lengthAndStopTextEndIt() {
        Continuation two = new Continuation(PROMPT, Decoding.greedy(2), WORDS);
        two.next(likely(5));
        assertTrue(!two.done());
        two.next(likely(6));
        assertTrue(two.done());

        Continuation stopped = new Continuation(PROMPT, new Decoding(9, 0, 1, List.of("now", "stop now"), 0), WORDS);
        stopped.next(likely(5));
        stopped.next(likely(7));
        assertTrue(!stopped.done());
        stopped.next(likely(8));
        assertTrue(stopped.done());
        assertEquals("b", WORDS.decode(stopped.tokens()));
    }

    /**
     * 20,000 draws at logits ln(1..4), temperature 1: a count's standard deviation is sqrt(n p (1-p)); six of
     * them on either side in 2e-9 of runs each.
     */
    @Test
    void drawsHaveTheProbabilitiesOfTheSoftmax() {
        float[] logits = {0, (float) Math.log(2), (float) Math.log(3), (float) Math.log(4)};
        int n = 20_000;
        frequencies(new Decoding(1, 1, 1, List.of(), 3), logits, n, 0.1, 0.2, 0.3, 0.4);
        // Temperature 1/2 squares them; a nucleus of 0.65 holds the two likeliest, 0.4 + 0.3.
        frequencies(new Decoding(1, 0.5f, 1, List.of(), 3), logits, n, 1 / 30.0, 4 / 30.0, 9 / 30.0, 16 / 30.0);
        frequencies(new Decoding(1, 1, 0.65f, List.of(), 3), logits, n, 0, 0, 3 / 7.0, 4 / 7.0);
    }

    private static void frequencies(Decoding how, float[] logits, int n, double... expected) {
        int[] counts = new int[expected.length];
        for (int i = 0; i < n; i++) {
            counts[how.next(logits, new int[] {i}, 0)]++;
        }
        for (int v = 0; v < counts.length; v++) {
            assertEquals(n * expected[v], counts[v], 6 * Math.sqrt(n * expected[v] * (1 - expected[v])), "token " + v);
        }
    }

    /** Of 1,000 equal tokens eight agree in 1e-21 of runs. */
    @Test
    void everyPositionPromptAndSeedHasItsOwnDraw() {
        float[] flat = new float[1000];
        Decoding how = new Decoding(8, 1, 1, List.of(), 3);
        int[] here = new int[8];
        int[] otherPrompt = new int[8];
        int[] otherSeed = new int[8];
        for (int position = 0; position < 8; position++) {
            here[position] = how.next(flat, PROMPT, position);
            otherPrompt[position] = how.next(flat, new int[] {1, 5}, position);
            otherSeed[position] = new Decoding(8, 1, 1, List.of(), 4).next(flat, PROMPT, position);
        }
        assertTrue(Arrays.stream(here).distinct().count() > 1);
        assertTrue(!Arrays.equals(here, otherPrompt));
        assertTrue(!Arrays.equals(here, otherSeed));
    }

    @Test
    void mistakesAreNamed() {
        assertThrows(UserException.class, () -> new Decoding(-1, 0, 1, List.of(), 0));
        assertThrows(UserException.class, () -> new Decoding(1, -1, 1, List.of(), 0));
        assertThrows(UserException.class, () -> new Decoding(1, 0, 0, List.of(), 0));
        assertThrows(UserException.class, () -> new Decoding(1, 0, 1, List.of(""), 0));
    }

    private static float[] likely(int token) {
        float[] logits = new float[WORDS.size()];
        logits[token] = 1;
        return logits;
    }
}
