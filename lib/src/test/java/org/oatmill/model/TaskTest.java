package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;

class TaskTest {

    private static final WordTokenizer WORDS =
            new WordTokenizer(List.of("a", "b", "c", "d", "it", "was", "good", "bad", "very", "{", "}"), 1);
    private static final Map<String, String> OPTIONS = Map.of("positive", " very good", "negative", " bad");

    @Test
    void promptAndOptionAreJoinedBehindBosAndTheOptionIsScored() {
        Example row = new Task("{text} it was", OPTIONS, null, 64, false)
                .example("r", Map.of("text", "a b"), "positive", 0.5f, WORDS);

        assertEquals(2, row.options().size());
        assertEquals(1, row.gold());
        assertEquals(0.5f, row.weight());
        assertArrayEquals(tokens("a b it was", "bad"), row.options().get(0).tokens());
        assertArrayEquals(
                tokens("a b it was", "very good"), row.options().get(1).tokens());
        row.options().forEach(option -> assertEquals(5, option.scoredFrom()));
    }

    @Test
    void optionsStandInTheOrderOfTheirLabels() {
        assertEquals(List.of("negative", "positive"), new Task("", OPTIONS, null, 9, false).labels());
    }

    @Test
    void longPromptLosesItsLeftForAllOptionsAlikeAndKeepsBos() {
        Example row = new Task("{text} it was", OPTIONS, null, 6, true)
                .example("r", Map.of("text", "a b c d"), "negative", 1, WORDS);

        // BOS, two of the prompt, two of the longest option, EOS.
        assertArrayEquals(eos(tokens("it was", "bad")), row.options().get(0).tokens());
        assertArrayEquals(
                eos(tokens("it was", "very good")), row.options().get(1).tokens());
        row.options().forEach(option -> assertEquals(3, option.scoredFrom()));
        assertEquals(6, row.longest());
    }

    @Test
    void promptMayVanishButTheOptionNeverLosesAToken() {
        Task tight = new Task("{text}", OPTIONS, null, 3, false);
        Example row = tight.example("r", Map.of("text", "a b"), "negative", 1, WORDS);
        assertArrayEquals(tokens("", "very good"), row.options().get(1).tokens());

        UserException refusal = assertThrows(UserException.class, () -> new Task("{text}", OPTIONS, null, 2, false)
                .example("r", Map.of("text", "a b"), "negative", 1, WORDS));
        assertTrue(refusal.getMessage().contains("max_tokens = 2"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("at least 3"), refusal.getMessage());
    }

    @Test
    void generationTaskScoresItsTargetField() {
        Example row = new Task("{question}", Map.of(), "answer", 64, true)
                .example("r", Map.of("question", "a", "answer", "very good"), null, 2, WORDS);

        assertEquals(1, row.options().size());
        assertEquals(2, row.weight());
        assertArrayEquals(eos(tokens("a", "very good")), row.options().get(0).tokens());
        assertEquals(3, row.options().get(0).scored());
    }

    @Test
    void rowWithoutLabelIsScoredAndNeverLearned() {
        Example row = new Task("{text}", OPTIONS, null, 64, false).example("r", Map.of("text", "a"), null, 1, WORDS);
        assertEquals(0, row.weight());
        assertEquals(2, row.options().size());
    }

    @Test
    void textWithBracesAndDollarsIsTakenAsItIs() {
        assertEquals(
                "{\"x\": {b} $1 \\ }",
                new Task("{\"x\": {text} }", OPTIONS, null, 64, false).prompt("r", Map.of("text", "{b} $1 \\")));
    }

    @Test
    void mistakesAreNamed() {
        refused("label = neutral", () -> new Task("{text}", OPTIONS, null, 64, false)
                .example("r7", Map.of("text", "a"), "neutral", 1, WORDS));
        refused("field = body", () -> new Task("{body}", OPTIONS, null, 64, false)
                .example("r7", Map.of("text", "a"), "positive", 1, WORDS));
        refused("option = \"\"", () -> new Task("{text}", Map.of("x", ""), null, 64, false)
                .example("r7", Map.of("text", "a"), "x", 1, WORDS));
        refused("options = {}", () -> new Task("{text}", Map.of(), null, 64, false));
        refused("target = answer", () -> new Task("{text}", OPTIONS, "answer", 64, false));
        refused("max_tokens = 1", () -> new Task("{text}", OPTIONS, null, 1, false));
    }

    private static void refused(String part, Runnable mistake) {
        UserException refusal = assertThrows(UserException.class, mistake::run);
        assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }

    private static int[] tokens(String prompt, String option) {
        int[] first = WORDS.encode(prompt);
        int[] second = WORDS.encode(option);
        int[] all = new int[1 + first.length + second.length];
        all[0] = WORDS.bos();
        System.arraycopy(first, 0, all, 1, first.length);
        System.arraycopy(second, 0, all, 1 + first.length, second.length);
        return all;
    }

    private static int[] eos(int[] tokens) {
        int[] ended = Arrays.copyOf(tokens, tokens.length + 1);
        ended[tokens.length] = WORDS.eos();
        return ended;
    }
}
