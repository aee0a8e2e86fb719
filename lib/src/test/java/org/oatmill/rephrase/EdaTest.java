package org.oatmill.rephrase;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;

class EdaTest {
    private static final List<String> WORDS =
            List.of("a", "small", "dog", "barks", "at", "the", "small", "grey", "cat", "all", "day", "long");
    private static final String TEXT = String.join(" ", WORDS);
    private static final Lexicon LEXICON = new Lexicon(
            Map.of(
                    "small", List.of("little", "minor"),
                    "dog", List.of("hound", "domestic dog"),
                    "cat", List.of("true cat"),
                    "the", List.of("that")),
            Set.of("the", "a", "at"));

    private static Draws draws(int copy) {
        return new Draws(3, "test", new Passage("row", "text", TEXT), copy);
    }

    private static List<String> copies(Eda eda, int n, long seed) {
        List<String> copies = new ArrayList<>();
        for (int copy = 1; copy <= n; copy++) {
            copies.add(eda.rewrite(new Passage("row", "text", TEXT), copy, seed, LEXICON)
                    .orElse(""));
        }
        return copies;
    }

    private static List<String> sorted(List<String> words) {
        return words.stream().sorted().toList();
    }

    @Test
    void swapKeepsTheMultiset() {
        for (int copy = 1; copy <= 200; copy++) {
            List<String> swapped = Eda.swapped(WORDS, 3, draws(copy));
            assertEquals(sorted(WORDS), sorted(swapped));
        }
        assertEquals(List.of("alone"), Eda.swapped(List.of("alone"), 3, draws(1)));
    }

    /** One swap of two places that differ: of words that all differ, exactly two places change. */
    @Test
    void oneSwapChangesTwoPlaces() {
        List<String> letters = List.of("b", "c", "d", "e", "f");
        for (int copy = 1; copy <= 200; copy++) {
            List<String> swapped = Eda.swapped(letters, 1, draws(copy));
            long moved = 0;
            for (int i = 0; i < letters.size(); i++) {
                moved += letters.get(i).equals(swapped.get(i)) ? 0 : 1;
            }
            assertEquals(2, moved);
        }
    }

    @Test
    void insertionAddsSynonymsAndAtMostN() {
        for (int copy = 1; copy <= 200; copy++) {
            List<String> inserted = Eda.inserted(WORDS, 2, LEXICON, draws(copy));
            assertEquals(WORDS.size() + 2, inserted.size());
            List<String> added = new ArrayList<>(inserted);
            WORDS.forEach(added::remove);
            assertTrue(Set.of("little", "minor", "hound", "that").containsAll(added), added::toString);
        }
        assertEquals(WORDS, Eda.inserted(WORDS, 2, Lexicon.none(), draws(1)));
    }

    @Test
    void deletionKeepsTheOrderAndNeverEmpties() {
        for (int copy = 1; copy <= 200; copy++) {
            List<String> left = Eda.thinned(WORDS, 0.5, draws(copy));
            int from = 0;
            for (String word : left) {
                from += WORDS.subList(from, WORDS.size()).indexOf(word) + 1;
                assertEquals(word, WORDS.get(from - 1));
            }
            assertEquals(1, Eda.thinned(WORDS, 1, draws(copy)).size());
        }
    }

    /** 400 copies of 12 words at 0.25 delete 1200 of 4800 in the mean, sd 30: beyond 5 sd once in 1.7 million. */
    @Test
    void deletionDeletesAtItsRate() {
        int deleted = 0;
        for (int copy = 1; copy <= 400; copy++) {
            deleted += WORDS.size() - Eda.thinned(WORDS, 0.25, draws(copy)).size();
        }
        assertEquals(1200, deleted, 150);
    }

    @Test
    void replacementTouchesNWordsThatAreNoStopWordsWhereverTheyStand() {
        Set<List<String>> seen = new HashSet<>();
        for (int copy = 1; copy <= 200; copy++) {
            List<String> replaced = Eda.replaced(WORDS, 1, LEXICON, draws(copy));
            seen.add(replaced);
            assertEquals(WORDS.size(), replaced.size());
            assertEquals("the", replaced.get(5));
            assertEquals(replaced.get(1), replaced.get(6), "one word, one synonym, everywhere");
        }
        assertEquals(5, seen.size(), "little, minor, hound, domestic dog, true cat: each alone");
    }

    @Test
    void aRateOfZeroSwitchesATechniqueOff() {
        assertEquals(Optional.empty(), new Eda(0, 0, 0, 0).rewrite(new Passage("row", "text", TEXT), 1, 7, LEXICON));
        for (String copy : copies(new Eda(0, 0, 0.01, 0), 20, 7)) {
            assertEquals(sorted(WORDS), sorted(List.of(copy.split(" "))), "swaps alone");
            assertNotEquals(TEXT, copy);
        }
        for (String copy : copies(new Eda(0, 0.01, 0, 0), 20, 7)) {
            assertEquals(WORDS.size() + 1, copy.split(" ").length, "one insertion: max(1, floor(0.12))");
        }
    }

    /** Each edit shows in the words: one is left, one more, the same ones, or others. */
    private static String edit(String copy) {
        List<String> words = List.of(copy.split(" "));
        return switch (words.size() - WORDS.size()) {
            case 0 -> sorted(words).equals(sorted(WORDS)) ? "swap" : "replacement";
            case 1 -> "insertion";
            default -> "deletion";
        };
    }

    @Test
    void everyRunOfFourCopiesHoldsEachEditOnce() {
        Lexicon singleWords = new Lexicon(Map.of("dog", List.of("hound"), "cat", List.of("feline")), Set.of());
        Eda eda = new Eda(0.001, 0.001, 0.001, 1);
        Set<List<String>> orders = new HashSet<>();
        for (int run = 0; run < 10; run++) {
            List<String> edits = new ArrayList<>();
            for (int copy = 4 * run + 1; copy <= 4 * run + 4; copy++) {
                edits.add(edit(eda.rewrite(new Passage("row", "text", TEXT), copy, 7, singleWords)
                        .orElseThrow()));
            }
            assertEquals(List.of("deletion", "insertion", "replacement", "swap"), sorted(edits));
            orders.add(edits);
        }
        assertTrue(orders.size() > 2, "in random order");
    }

    @Test
    void equalSeedEqualCopyAndOtherSeedsOrRowsOther() {
        Eda eda = new Eda(0.1, 0.1, 0.1, 0.1);
        assertEquals(copies(eda, 9, 7), copies(eda, 9, 7));
        assertEquals(copies(eda, 3, 7), copies(eda, 9, 7).subList(0, 3), "whatever the number of copies");
        assertNotEquals(copies(eda, 9, 7), copies(eda, 9, 8));
        assertNotEquals(
                eda.rewrite(new Passage("a", "text", TEXT), 1, 7, LEXICON),
                eda.rewrite(new Passage("b", "text", TEXT), 1, 7, LEXICON));
    }

    /** As {@code get_only_chars} of the authors' code, with letters of any script. */
    @Test
    void textIsLowerCaseLettersAndSingleSpaces() {
        assertEquals("dont stop the well known 学 cafés", Eda.cleaned(" Don't STOP: the well-known\t学 cafés 42!"));
        assertEquals("", Eda.cleaned("42 --- 7"));
        assertEquals(
                Optional.empty(),
                new Eda(0.1, 0.1, 0.1, 0.1).rewrite(new Passage("row", "text", "42 !"), 1, 7, LEXICON));
    }

    @Test
    void lexiconIsCleanedAndHoldsNoWordAsItsOwnSynonym() {
        Lexicon lexicon = new Lexicon(
                Map.of(
                        "Dog",
                        List.of("domestic_dog", "dog", "hound"),
                        "alone",
                        List.of("Alone"),
                        "hot dog",
                        List.of("x")),
                Set.of("don't"));
        assertEquals(List.of("domestic dog", "hound"), lexicon.of("dog"));
        assertEquals(Set.of("dog"), lexicon.synonyms().keySet());
        assertEquals(Set.of("dont"), lexicon.stopWords());
    }

    @Test
    void ratesOutsideZeroToOneAreRefused() {
        assertThrows(UserException.class, () -> new Eda(0.1, 1.1, 0.1, 0.1));
        assertThrows(UserException.class, () -> new Eda(0.1, Double.NaN, 0.1, 0.1));
    }
}
