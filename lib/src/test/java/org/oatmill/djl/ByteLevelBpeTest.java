package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;

class ByteLevelBpeTest {
    @TempDir
    Path directory;

    /** Three special tokens and the bytes. */
    private static final int SMALLEST = 3 + 256;

    private static final List<String> TEXTS = List.of(
            "a small animal that lives in the sea",
            "an animal that lives on land; it eats plants and other animals",
            "the act of planting a tree, don't ask why",
            "a plant that's eaten as food");

    private HfTokenizer open(ByteLevelBpe bpe) throws IOException {
        bpe.write(directory, 64);
        return HfTokenizer.open(directory);
    }

    /**
     * By hand, of "ab ab abc" with its words "ab", " ab", " abc": "a b" stands three times; then "Ġ ab" twice; then no
     * pair does.
     */
    @Test
    void mergesOfATinyTextAreThoseMadeByHand() {
        assertEquals(
                List.of("a b", "Ġ ab"),
                ByteLevelBpe.train(List.of("ab ab abc"), 1000, List.of()).merges());
    }

    /** "xy zw" twice over: of pairs that stand equally often the one with the older left token, then right token. */
    @Test
    void tiesGoToTheOlderTokens() {
        List<String> merges = ByteLevelBpe.train(List.of("zw", "xy", "zw", "xy"), 1000, List.of())
                .merges();
        assertEquals(List.of("x y", "z w"), merges);
    }

    /** The engine's own encoder reads the file, and knows nothing of how it was made. */
    @Test
    void theEngineEncodesWithTheMergesInOrder() throws IOException {
        ByteLevelBpe bpe = ByteLevelBpe.train(List.of("ab ab abc"), 1000, List.of());
        HfTokenizer tokenizer = open(bpe);
        assertEquals(SMALLEST + 2, tokenizer.size());
        int ab = SMALLEST;
        int spaceAb = SMALLEST + 1;
        int c = 3 + 'c';
        assertArrayEquals(new int[] {ab, spaceAb, c}, tokenizer.encode("ab abc"));
    }

    @Test
    void wordsAreSingleTokensHoweverSmallTheVocabulary() throws IOException {
        List<String> words = List.of(" animal", " act", " phenomenon", " plant", " Tops", "food", " zoölogy");
        for (int size : new int[] {SMALLEST + 45, 340, 400}) {
            ByteLevelBpe bpe = ByteLevelBpe.train(TEXTS, size, words);
            assertTrue(bpe.size() <= size, () -> "size " + bpe.size());
            HfTokenizer tokenizer = open(bpe);
            for (String word : words) {
                int[] tokens = tokenizer.encode(word);
                assertEquals(1, tokens.length, word);
                assertEquals(word, tokenizer.decode(tokens));
            }
        }
    }

    @Test
    void everyTextDecodesToItself() throws IOException {
        HfTokenizer tokenizer = open(ByteLevelBpe.train(TEXTS, 320, List.of(" animal")));
        Random random = new Random(4);
        List<String> texts = new ArrayList<>(TEXTS);
        texts.addAll(List.of(
                "",
                " ",
                "  two  spaces\n\tand a tab ",
                "naïve Ελληνικά 漢字 👩‍🔬",
                "\u0000\u0001\u007f\u00ad\u0100",
                "<s>"));
        for (int i = 0; i < 200; i++) {
            int[] points = random.ints(1 + random.nextInt(20), 0, 0x110000)
                    .filter(point -> point < 0xd800 || point > 0xdfff)
                    .toArray();
            texts.add(new String(points, 0, points.length));
        }
        for (String text : texts) {
            assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
        }
    }

    @Test
    void equalTextsInAnyOrderGiveEqualBytes() throws IOException {
        List<String> shuffled = new ArrayList<>(TEXTS);
        Collections.shuffle(shuffled, new Random(5));
        open(ByteLevelBpe.train(TEXTS, 330, List.of(" act")));
        byte[] first = Files.readAllBytes(directory.resolve("tokenizer.json"));
        open(ByteLevelBpe.train(shuffled, 330, List.of(" act")));
        assertArrayEquals(first, Files.readAllBytes(directory.resolve("tokenizer.json")));
    }

    @Test
    void specialTokensAreFoundByWhoeverOpensTheFile() throws IOException {
        HfTokenizer tokenizer = open(ByteLevelBpe.train(TEXTS, 300, List.of()));
        assertEquals(List.of(0, 1, 2), List.of(tokenizer.pad(), tokenizer.bos(), tokenizer.eos()));
    }

    @Test
    void whatIsNoWordOrLeavesNoRoomIsRefused() {
        assertThrows(UserException.class, () -> ByteLevelBpe.train(TEXTS, 400, List.of(" two words")));
        assertThrows(UserException.class, () -> ByteLevelBpe.train(TEXTS, SMALLEST - 1, List.of()));
        assertThrows(UserException.class, () -> ByteLevelBpe.train(TEXTS, SMALLEST + 2, List.of(" animal")));
    }
}
