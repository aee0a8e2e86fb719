package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;

class HfTokenizerTest {
    @TempDir
    Path directory;

    /** Byte-level BPE over two letters, which asks for truncation, padding and a leading token. */
    private static final String TOKENIZER =
            """
            {"version": "1.0",
             "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0},
             "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
               "pad_type_id": 0, "pad_token": "<pad>"},
             "added_tokens": [
               {"id": 0, "content": "<pad>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
               {"id": 1, "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true},
               {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
             "normalizer": null,
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
               "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
             "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
             "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
               "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
               "vocab": {"<pad>": 0, "<s>": 1, "</s>": 2, "a": 3, "b": 4, "Ġ": 5, "ab": 6},
               "merges": ["a b"]}}
            """;

    private HfTokenizer open(String config) throws IOException {
        Files.writeString(directory.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(directory.resolve("tokenizer_config.json"), config);
        return HfTokenizer.open(directory);
    }

    @Test
    void neitherTruncatesNorPadsNorAddsTokens() throws IOException {
        HfTokenizer tokenizer = open("{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"</s>\"}}");
        assertArrayEquals(new int[] {6, 5, 3, 3, 6, 4}, tokenizer.encode("ab aaabb"));
        assertEquals(3200, tokenizer.encode("ab".repeat(3200)).length);
        assertEquals("ab aaabb", tokenizer.decode(tokenizer.encode("ab aaabb")));
        assertEquals(0, tokenizer.encode("").length);
        assertEquals(7, tokenizer.size());
        assertEquals(2, tokenizer.eos());
    }

    @Test
    void bosIsWhatTheTokenizerPutsFirstUnlessItsConfigurationDecides() throws IOException {
        assertEquals(1, open("{\"bos_token\": \"<s>\"}").bos());
        assertEquals(
                -1, open("{\"bos_token\": \"<s>\", \"add_bos_token\": false}").bos());
        assertEquals(-1, open("{\"bos_token\": null}").bos());
    }

    @Test
    void specialTokensFallBackOnTheModelsConfiguration() throws IOException {
        Files.writeString(directory.resolve("generation_config.json"), "{\"eos_token_id\": [2, 5]}");
        HfTokenizer tokenizer = open("{}");
        assertEquals(2, tokenizer.eos());
        assertEquals(2, tokenizer.pad());
        assertEquals(0, open("{\"pad_token\": \"<pad>\"}").pad());
    }

    @Test
    void brokenFilesAreRefusedByName() throws IOException {
        assertRefused("tokenizer.json");
        Files.writeString(directory.resolve("tokenizer.json"), "{\"model\": ");
        assertRefused("tokenizer.json");
        Files.writeString(directory.resolve("tokenizer.json"), "{\"version\": \"1.0\"}");
        assertRefused("tokenizer.json");
    }

    private void assertRefused(String named) {
        UserException refusal = assertThrows(UserException.class, () -> HfTokenizer.open(directory));
        assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
    }
}
