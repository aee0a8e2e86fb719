package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;

class DecoderConfigTest {
    @TempDir
    Path directory;

    private DecoderConfig read(String json) throws IOException {
        Files.writeString(directory.resolve("config.json"), json);
        return DecoderConfig.read(directory);
    }

    private static String llama(String more) {
        return "{\"architectures\": [\"LlamaForCausalLM\"], \"model_type\": \"llama\", \"hidden_size\": 64,"
                + " \"intermediate_size\": 96, \"num_hidden_layers\": 3, \"num_attention_heads\": 4,"
                + " \"vocab_size\": 100, \"max_position_embeddings\": 256, \"rms_norm_eps\": 1e-5" + more + "}";
    }

    /** The values of meta-llama/Llama-3.2-1B's config.json. */
    @Test
    void llama32IsRead() throws IOException {
        DecoderConfig config = read(
                """
                {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
                 "bos_token_id": 128000, "eos_token_id": 128001, "head_dim": 64, "hidden_act": "silu",
                 "hidden_size": 2048, "initializer_range": 0.02, "intermediate_size": 8192,
                 "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
                 "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8, "pretraining_tp": 1,
                 "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
                 "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
                 "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
                 "transformers_version": "4.45.0.dev0", "use_cache": true, "vocab_size": 128256}
                """);
        assertEquals(64, config.headDim());
        assertTrue(config.tied());
        assertEquals(new DecoderConfig.Rope(500000, "llama3", 32, 1, 4, 8192), config.rope());
        assertEquals(
                1_235_814_400,
                config.tensors().stream().mapToLong(t -> t.size()).sum());
    }

    /** The values of Qwen/Qwen2-1.5B's config.json: biases, and a window that is not used. */
    @Test
    void qwen2IsRead() throws IOException {
        DecoderConfig config = read(
                """
                {"architectures": ["Qwen2ForCausalLM"], "hidden_act": "silu", "hidden_size": 1536,
                 "intermediate_size": 8960, "max_position_embeddings": 131072, "max_window_layers": 28,
                 "model_type": "qwen2", "num_attention_heads": 12, "num_hidden_layers": 28,
                 "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0,
                 "sliding_window": 131072, "tie_word_embeddings": true, "use_sliding_window": false,
                 "vocab_size": 151936}
                """);
        assertEquals(128, config.headDim());
        assertEquals(0, config.window());
        assertTrue(config.qkvBias());
        assertFalse(config.outputBias());
        assertEquals(
                1_543_714_304,
                config.tensors().stream().mapToLong(t -> t.size()).sum());
    }

    @Test
    void missingValuesAreThoseOfTheFamily() throws IOException {
        DecoderConfig config = read(llama(""));
        assertEquals(4, config.kvHeads());
        assertEquals(16, config.headDim());
        assertFalse(config.tied());
        assertEquals(10000, config.rope().theta());
        assertEquals("default", config.rope().scaling());
    }

    @Test
    void whatTheEngineDoesNotComputeIsRefusedByName() {
        Map.of(
                        ", \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.0}", "dynamic",
                        ", \"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 2.0}", "yarn",
                        ", \"rope_scaling\": {\"type\": \"linear\"}", "factor",
                        ", \"quantization_config\": {\"quant_method\": \"gptq\"}", "quantization_config",
                        ", \"hidden_act\": \"gelu\"", "hidden_act",
                        ", \"partial_rotary_factor\": 0.5", "partial_rotary_factor",
                        ", \"num_key_value_heads\": 3", "num_key_value_heads",
                        ", \"head_dim\": 15", "head_dim",
                        ", \"layer_types\": [\"sliding_attention\"]", "layer_types")
                .forEach((more, named) -> {
                    UserException refusal = assertThrows(UserException.class, () -> read(llama(more)), more);
                    assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
                });
        for (String type : new String[] {"gpt2", "gemma2", "phi3", "mixtral", "qwen3_moe", "opt"}) {
            String json = llama("").replace("\"llama\"", '"' + type + '"').replace("LlamaFor", type + "For");
            UserException refusal = assertThrows(UserException.class, () -> read(json));
            assertTrue(refusal.getMessage().contains(type), refusal.getMessage());
        }
        assertThrows(UserException.class, () -> read("{"));
        assertThrows(UserException.class, () -> read("{}"));
        assertThrows(UserException.class, () -> DecoderConfig.read(directory.resolve("nowhere")));
    }

    @Test
    void unknownAndMissingTensorsAreRefusedByName() throws IOException {
        RandomModel good = RandomModel.write(directory, RandomModel.variants().get("llama"), Safetensors.Type.F32);
        String json = Files.readString(directory.resolve("config.json"));
        // More in the file than the configuration computes, then less.
        Files.writeString(
                directory.resolve("config.json"), json.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 1"));
        refused("model.layers.1.");
        Files.writeString(
                directory.resolve("config.json"), json.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
        refused("model.layers.2.");
        Files.writeString(
                directory.resolve("config.json"),
                json.replace("\"intermediate_size\": 44", "\"intermediate_size\": 48"));
        refused("mlp.gate_proj");
        Files.writeString(directory.resolve("config.json"), json);
        good.open().close();
    }

    private void refused(String named) {
        DecoderConfig config = DecoderConfig.read(directory);
        UserException refusal = assertThrows(
                UserException.class, () -> DjlLm.open(directory, config, new RandomModel.Letters(config.vocabulary())));
        assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
    }
}
