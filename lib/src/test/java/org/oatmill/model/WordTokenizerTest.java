package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordTokenizerTest {

    private static final List<String> TEXTS = List.of("The cat sat, the dog ran.", "the cat\nran");

    @Test
    void frequentWordsHaveTokensOfTheirOwn() {
        WordTokenizer words = WordTokenizer.fit(TEXTS, 3 + 1 + 3);
        assertEquals(7, words.size());
        // the 3, cat 2, ran 2; of the others each stands once.
        assertEquals("the cat ran", words.decode(words.encode("THE CAT ran")));
        assertEquals("<3> the", words.decode(words.encode("zebra the")));
    }

    @Test
    void knownWordsComeBack() {
        WordTokenizer words = WordTokenizer.fit(TEXTS, 64);
        for (String text : TEXTS) {
            int[] tokens = words.encode(text);
            assertArrayEquals(tokens, words.encode(words.decode(tokens)));
        }
        assertTrue(words.decode(words.encode("the cat\nran")).contains("\n"));
    }

    @Test
    void piecesEncodeAsTheWholeDoes() {
        WordTokenizer words = WordTokenizer.fit(TEXTS, 64);
        assertEquals(words.encode("the cat ran").length, words.encode("the cat").length + words.encode(" ran").length);
    }

    @Test
    void addsNoSpecialTokenAndNeverTruncates() {
        WordTokenizer words = WordTokenizer.fit(TEXTS, 64);
        int[] tokens = words.encode("cat ".repeat(10_000));
        assertEquals(10_000, tokens.length);
        for (int token : tokens) {
            assertTrue(token >= 3 && token < words.size());
        }
    }
}
