package org.oatmill.djl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.oatmill.model.TensorShape;
import org.oatmill.model.Tokenizer;

/** A tiny model with random weights, written as a Hugging Face directory and kept in Java beside it. */
record RandomModel(Path directory, DecoderConfig config, Map<String, float[]> weights) {

    /** Shapes on which every claim is checked: each differs from the first in what its name says. */
    static Map<String, String> variants() {
        Map<String, String> variants = new TreeMap<>();
        variants.put("llama", config("llama", ""));
        variants.put("llama-tied-deep-heads", config("llama", "\"tie_word_embeddings\": true, \"head_dim\": 12,"));
        variants.put("llama-one-kv-head", config("llama", "\"num_key_value_heads\": 1, \"rms_norm_eps\": 1e-5,"));
        variants.put("llama-all-biases", config("llama", "\"attention_bias\": true, \"mlp_bias\": true,"));
        variants.put(
                "llama-scaled-3",
                config(
                        "llama",
                        "\"rope_theta\": 500000.0, \"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0,"
                                + " \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
                                + " \"original_max_position_embeddings\": 32},"));
        variants.put(
                "llama-scaled-linear", config("llama", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0},"));
        variants.put("mistral", config("mistral", "\"sliding_window\": null,"));
        variants.put("mistral-narrow-window", config("mistral", "\"sliding_window\": 5,"));
        variants.put("qwen2", config("qwen2", "\"use_sliding_window\": false, \"tie_word_embeddings\": true,"));
        variants.put("qwen3", config("qwen3", "\"head_dim\": 16, \"attention_bias\": false,"));
        variants.put("fox", config("fox", "\"tie_word_embeddings\": true,"));
        return variants;
    }

    private static String config(String type, String more) {
        String kv = more.contains("num_key_value_heads") ? "" : "\"num_key_value_heads\": 2,";
        return "{\"model_type\": \"" + type + "\", " + more + kv
                + "\"hidden_size\": 32, \"intermediate_size\": 44, \"num_hidden_layers\": 2,"
                + " \"num_attention_heads\": 4, \"vocab_size\": 53, \"max_position_embeddings\": 128,"
                + " \"hidden_act\": \"silu\"}";
    }

    static RandomModel write(Path directory, String config, Safetensors.Type type) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("config.json"), config);
        DecoderConfig read = DecoderConfig.read(directory);
        Map<String, float[]> weights = new HashMap<>();
        for (TensorShape tensor : read.tensors()) {
            Random random = new Random(tensor.name().hashCode());
            float[] values = new float[(int) tensor.size()];
            boolean gain = tensor.name().endsWith("norm.weight");
            for (int i = 0; i < values.length; i++) {
                double value = gain ? 1 + 0.2 * random.nextGaussian() : 0.25 * random.nextGaussian();
                values[i] = stored((float) value, type);
            }
            weights.put(tensor.name(), values);
        }
        Safetensors.write(directory.resolve("model.safetensors"), read.tensors(), type, weights::get);
        return new RandomModel(directory, read, weights);
    }

    private static float stored(float value, Safetensors.Type type) {
        return switch (type) {
            case F16 -> Halves.fromF16(Halves.toF16(value));
            case BF16 -> Halves.fromBf16(Halves.toBf16(value));
            default -> value;
        };
    }

    /** The twin of this model, moved by step · z. */
    RefLlama twin(double step, Map<String, float[]> z) {
        Map<String, double[]> moved = new HashMap<>();
        weights.forEach((tensor, values) -> {
            double[] wide = new double[values.length];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = step == 0 ? values[i] : values[i] + step * z.get(tensor)[i];
            }
            moved.put(tensor, wide);
        });
        return new RefLlama(config, moved);
    }

    RefLlama twin() {
        return twin(0, Map.of());
    }

    DjlLm open() {
        return DjlLm.open(directory, config, new Letters(config.vocabulary()));
    }

    /** One token a letter: enough for models that mean nothing. */
    record Letters(int size) implements Tokenizer {
        @Override
        public int[] encode(String text) {
            return text.chars().map(c -> 3 + c % (size - 3)).toArray();
        }

        @Override
        public String decode(int[] tokens) {
            StringBuilder text = new StringBuilder();
            for (int token : tokens) {
                text.append((char) ('a' + token));
            }
            return text.toString();
        }

        @Override
        public int bos() {
            return 1;
        }

        @Override
        public int eos() {
            return 2;
        }

        @Override
        public int pad() {
            return 0;
        }
    }
}
