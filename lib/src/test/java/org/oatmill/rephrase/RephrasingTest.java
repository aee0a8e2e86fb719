package org.oatmill.rephrase;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RephrasingTest {
    private static final Lexicon LEXICON = new Lexicon(Map.of("dog", List.of("hound")), Set.of());
    private static final List<Gate> GATES = List.copyOf(Gate.METHODS.rows().values());

    private static Rephrasing rephrasing(Rewriter rewriter, int copies, boolean untilAccepted, String... fields) {
        return new Rephrasing(rewriter, GATES, List.of(fields), copies, untilAccepted, 5, LEXICON, Set.of("animal"));
    }

    /** Says what a table says of each copy. */
    private record Told(List<String> answers) implements Rewriter {
        @Override
        public Optional<String> rewrite(Passage passage, int copy, long seed, Lexicon lexicon) {
            return Optional.ofNullable(answers.get(copy - 1)).filter(answer -> !answer.isEmpty());
        }
    }

    private static List<String> reasons(List<Rephrasing.Attempt> attempts) {
        return attempts.stream().map(a -> String.valueOf(a.reason())).toList();
    }

    @TestFactory
    Stream<DynamicTest> rewritersNeverFailAndAreFunctionsOfSeedRowAndCopy() {
        return Rewriter.METHODS.rows().entrySet().stream()
                .map(row -> dynamicTest(row.getKey(), () -> {
                    for (String text :
                            List.of("the dog and the cat run far away", "dog", "", " ", "7", "\uD800", "学 😀")) {
                        Passage passage = new Passage("r", "text", text);
                        for (int copy = 1; copy <= 12; copy++) {
                            Optional<String> rewritten = row.getValue().rewrite(passage, copy, 5, LEXICON);
                            assertNotNull(rewritten);
                            assertEquals(rewritten, row.getValue().rewrite(passage, copy, 5, LEXICON));
                            assertEquals(
                                    rewritten,
                                    row.getValue().rewrite(new Passage("r", "text", text), copy, 5, LEXICON));
                        }
                    }
                }));
    }

    @Test
    void identityKeepsEveryOriginal() {
        List<Rephrasing.Attempt> attempts =
                rephrasing(new Identity(), 3, false, "text").of("r", Map.of("text", "a dog"));
        assertEquals(List.of("identical", "identical", "identical"), reasons(attempts));
    }

    /** Nine copies, as in the authors' code, and the original: all differ, and the gates pass them where no word counts. */
    @Test
    void nineCopiesOfALongTextAreNineRows() {
        String text = "once the young farmer carried heavy buckets of cold water from the deep well toward his old"
                + " wooden barn near the green forest behind our quiet little village";
        Rephrasing nine = new Rephrasing(
                Rewriter.METHODS.typical("eda"),
                GATES,
                List.of("text"),
                9,
                false,
                5,
                new Lexicon(
                        Map.of("farmer", List.of("grower"), "barn", List.of("shed"), "cold", List.of("icy")), Set.of()),
                Set.of());
        assertEquals(Collections.nCopies(9, "null"), reasons(nine.of("r", Map.of("text", text))));
    }

    @Test
    void theFirstAcceptedEndsARowThatIsReplaced() {
        Told told = new Told(List.of("an animal runs", "", "the hound runs", "a hound runs"));
        Map<String, String> row = Map.of("text", "a dog runs");
        assertEquals(
                List.of("label-words", "no-rewrite", "null"),
                reasons(rephrasing(told, 4, true, "text").of("r", row)));
        assertEquals(
                List.of("label-words", "no-rewrite", "null", "null"),
                reasons(rephrasing(told, 4, false, "text").of("r", row)));
    }

    @Test
    void whatAnEarlierCopySaidIsNotSaidAgain() {
        Told told = new Told(List.of("the hound runs", "The hound runs!"));
        assertEquals(
                List.of("null", "repeated"),
                reasons(rephrasing(told, 2, false, "text").of("r", Map.of("text", "a dog runs"))));
    }

    @Test
    void everyFieldMustPass() {
        Told told = new Told(List.of("the hound runs"));
        Map<String, String> row = Map.of("text", "a dog runs", "question", "does the dog not run");
        Rephrasing.Attempt attempt =
                rephrasing(told, 1, false, "text", "question").of("r", row).get(0);
        assertEquals("negation", attempt.reason());
        assertEquals(0.0, attempt.scores().get("text.negation"));
        assertEquals(1.0, attempt.scores().get("question.negation"));
        assertEquals(
                List.of("missing-field"),
                reasons(rephrasing(told, 1, false, "text", "premise").of("r", row)));
    }

    @Test
    void bleuOfTextsWithThemselvesIsOneAndOfOtherWordsZero() {
        Bleu same = new Bleu();
        same.add(new Bleu.Pair("the cat sat on the mat", "the cat sat on the mat"));
        same.add(new Bleu.Pair("two words", "Two words."));
        assertEquals(1, same.value());
        Bleu other = new Bleu();
        other.add(new Bleu.Pair("the cat sat on the mat", "a dog lay under its tree"));
        assertEquals(0, other.value());
        assertTrue(Double.isNaN(new Bleu().value()));
    }

    /**
     * By hand: "the cat the cat on the mat" of "the cat is on the mat" matches 5 of 7 words, 3 of 6 pairs ("the cat", "on
     * the", "the mat"), 1 of 5 triples and 0 of 4 fours, which a second pair brings to 1 of 5. No brevity penalty: 11
     * words after, 10 before.
     */
    @Test
    void bleuClipsAndSumsBeforeItDivides() {
        Bleu parts = new Bleu();
        parts.add(new Bleu.Pair("the cat is on the mat", "the cat the cat on the mat"));
        Bleu more = new Bleu();
        more.add(new Bleu.Pair("one two three four", "one two three four"));
        parts.merge(more);
        double expected = Math.pow((5 + 4) / 11.0 * ((3 + 3) / 9.0) * ((1 + 2) / 7.0) * ((0 + 1) / 5.0), 0.25);
        assertEquals(expected, parts.value(), 1e-12);
    }

    /** Half the words: precision 1, and exp(1 - 8/4). */
    @Test
    void bleuPenalisesBrevity() {
        Bleu brief = new Bleu();
        brief.add(new Bleu.Pair("a b c d e f g h", "a b c d"));
        assertEquals(Math.exp(-1), brief.value(), 1e-12);
    }
}
