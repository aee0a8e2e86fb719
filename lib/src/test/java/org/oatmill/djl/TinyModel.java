package org.oatmill.djl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A Llama with random weights and a tokenizer of one token a letter, as a Hugging Face directory; for tests of other rooms. */
public final class TinyModel {
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzĠ0123456789.,'-()";

    private TinyModel() {}

    /** 32 wide, 2 blocks, 26 thousand numbers. */
    public static Path write(Path directory) throws IOException {
        return write(directory, 32, 44, 2, Safetensors.Type.F32);
    }

    /** About 1.3 million numbers in F16: the size of the model that comes with Oatmill. */
    public static Path writeLarger(Path directory) throws IOException {
        return write(directory, 160, 416, 4, Safetensors.Type.F16);
    }

    private static Path write(Path directory, int width, int inner, int blocks, Safetensors.Type type)
            throws IOException {
        int size = 3 + LETTERS.length();
        RandomModel.write(
                directory,
                "{\"model_type\": \"llama\", \"hidden_size\": " + width + ", \"intermediate_size\": " + inner
                        + ", \"num_hidden_layers\": " + blocks + ", \"num_attention_heads\": 4,"
                        + " \"num_key_value_heads\": 2, \"vocab_size\": " + size
                        + ", \"max_position_embeddings\": 512, \"hidden_act\": \"silu\"}",
                type);
        StringBuilder vocabulary = new StringBuilder("\"<pad>\": 0, \"<s>\": 1, \"</s>\": 2");
        for (int i = 0; i < LETTERS.length(); i++) {
            vocabulary.append(", \"").append(LETTERS.charAt(i)).append("\": ").append(3 + i);
        }
        Files.writeString(directory.resolve("tokenizer.json"), tokenizer(vocabulary.toString()));
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"pad_token\": \"<pad>\"}");
        return directory;
    }

    private static String tokenizer(String vocabulary) {
        return """
                {"version": "1.0", "truncation": null, "padding": null,
                 "added_tokens": [%s],
                 "normalizer": {"type": "Lowercase"},
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
                 "post_processor": {"type": "TemplateProcessing",
                   "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                   "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                   "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
                 "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
                 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                   "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                   "vocab": {%s}, "merges": []}}
                """
                .formatted(added(0, "<pad>") + ", " + added(1, "<s>") + ", " + added(2, "</s>"), vocabulary);
    }

    private static String added(int id, String content) {
        return "{\"id\": " + id + ", \"content\": \"" + content + "\", \"single_word\": false, \"lstrip\": false,"
                + " \"rstrip\": false, \"normalized\": false, \"special\": true}";
    }
}
