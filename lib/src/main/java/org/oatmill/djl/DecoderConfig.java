package org.oatmill.djl;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;
import org.oatmill.model.TensorShape;

/**
 * The shape of a Llama-like decoder, as its {@code config.json} tells it: RMS norms, rotary
 * positions, grouped-query attention, a gated SiLU feed-forward. What differs between families is a
 * component here; what this engine does not compute is refused by name, before a weight is read.
 *
 * @param architecture as the file names it
 * @param layers number of blocks
 * @param hidden length of a hidden state
 * @param intermediate inner length of the feed-forward
 * @param heads query heads
 * @param kvHeads key and value heads, a divisor of {@code heads}
 * @param headDim length of a head, not always hidden / heads
 * @param vocabulary number of tokens
 * @param maxTokens longest sequence
 * @param epsilon in every norm
 * @param rope rotary positions
 * @param window tokens that a token sees, itself included; 0 is all before it
 * @param tied whether the head is the embedding
 * @param qkvBias whether query, key and value projections have biases
 * @param outputBias whether the attention's output projection has one
 * @param mlpBias whether the feed-forward has them
 * @param qkNorm whether queries and keys are normed per head (Qwen3)
 */
record DecoderConfig(
        String architecture,
        int layers,
        int hidden,
        int intermediate,
        int heads,
        int kvHeads,
        int headDim,
        int vocabulary,
        int maxTokens,
        double epsilon,
        Rope rope,
        int window,
        boolean tied,
        boolean qkvBias,
        boolean outputBias,
        boolean mlpBias,
        boolean qkNorm) {

    static final String EMBEDDING = "model.embed_tokens.weight";
    static final String FINAL_NORM = "model.norm.weight";
    static final String HEAD = "lm_head.weight";

    /** The linear layers of a block, in the order in which they stand in it. */
    static final List<String> LINEARS = List.of(
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "mlp.gate_proj",
            "mlp.up_proj",
            "mlp.down_proj");

    private static final Map<String, String> ARCHITECTURES = Map.of(
            "llama", "LlamaForCausalLM",
            "mistral", "MistralForCausalLM",
            "qwen2", "Qwen2ForCausalLM",
            "qwen3", "Qwen3ForCausalLM",
            "fox", "FoxForCausalLM");

    private static final Set<String> REFUSED =
            Set.of("quantization_config", "compression_config", "embedding_multiplier", "residual_multiplier");

    /** Reads {@code config.json} of a model's directory. */
    static DecoderConfig read(Path directory) {
        Path file = directory.resolve("config.json");
        try (InputStream in = Files.newInputStream(file)) {
            return of(file, Json.parse(in));
        } catch (NoSuchFileException e) {
            throw new UserException(
                    "Cannot open model: " + file + " does not exist, expected a directory in the Hugging Face layout",
                    e);
        } catch (JsonProcessingException e) {
            throw new UserException("Cannot open model: " + file + " does not parse: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UserException("Cannot open model: " + file + ": " + e.getMessage(), e);
        }
    }

    static DecoderConfig of(Path file, JsonNode json) {
        Fields fields = new Fields(file, json);
        String type = fields.text("model_type", "none");
        String architecture = json.path("architectures").path(0).asText(ARCHITECTURES.getOrDefault(type, type));
        if (!architecture.equals(ARCHITECTURES.get(type))) {
            throw fields.refused(
                    "architecture", architecture + " (model_type " + type + ")", "one of " + ARCHITECTURES.values());
        }
        for (String key : REFUSED) {
            if (json.hasNonNull(key)) {
                throw fields.refused(key, json.get(key), "none");
            }
        }
        fields.only("hidden_act", "silu");
        fields.only("partial_rotary_factor", "1.0");
        boolean qwen = type.startsWith("qwen");
        if (qwen && json.path("use_sliding_window").asBoolean(false)) {
            throw fields.refused("use_sliding_window", "true", "false");
        }
        for (JsonNode layer : json.path("layer_types")) {
            if (!layer.asText().equals("full_attention")) {
                throw fields.refused("layer_types", layer, "full_attention in every layer");
            }
        }
        int hidden = fields.length("hidden_size");
        int heads = fields.length("num_attention_heads");
        int kvHeads = fields.length("num_key_value_heads", heads);
        if (heads % kvHeads != 0) {
            throw fields.refused("num_key_value_heads", kvHeads, "a divisor of num_attention_heads = " + heads);
        }
        int headDim = fields.length("head_dim", hidden / heads);
        if (headDim % 2 != 0) {
            throw fields.refused("head_dim", headDim, "an even length");
        }
        int maxTokens = fields.length("max_position_embeddings");
        boolean attentionBias = json.path("attention_bias").asBoolean(false);
        return new DecoderConfig(
                architecture,
                fields.length("num_hidden_layers"),
                hidden,
                fields.length("intermediate_size"),
                heads,
                kvHeads,
                headDim,
                fields.length("vocab_size"),
                maxTokens,
                fields.number(json, "rms_norm_eps", 1e-6),
                Rope.of(fields, json),
                qwen ? 0 : fields.length("sliding_window", 0),
                // The classes of all these families untie unless told otherwise.
                json.path("tie_word_embeddings").asBoolean(false),
                type.equals("qwen2") || attentionBias,
                !type.equals("qwen2") && attentionBias,
                json.path("mlp_bias").asBoolean(false),
                type.equals("qwen3"));
    }

    /** All tensors, in the order of the model. */
    List<TensorShape> tensors() {
        List<TensorShape> tensors = new ArrayList<>();
        tensors.add(new TensorShape(EMBEDDING, List.of(vocabulary, hidden)));
        for (int layer = 0; layer < layers; layer++) {
            tensors.addAll(block(layer));
        }
        tensors.add(new TensorShape(FINAL_NORM, List.of(hidden)));
        if (!tied) {
            tensors.add(new TensorShape(HEAD, List.of(vocabulary, hidden)));
        }
        return List.copyOf(tensors);
    }

    /** The tensors of one block. */
    List<TensorShape> block(int layer) {
        List<TensorShape> tensors = new ArrayList<>();
        String prefix = prefix(layer);
        tensors.add(new TensorShape(prefix + "input_layernorm.weight", List.of(hidden)));
        for (String linear : LINEARS) {
            tensors.add(new TensorShape(prefix + linear + ".weight", List.of(outputs(linear), inputs(linear))));
            if (hasBias(linear)) {
                tensors.add(new TensorShape(prefix + linear + ".bias", List.of(outputs(linear))));
            }
        }
        if (qkNorm) {
            tensors.add(new TensorShape(prefix + "self_attn.q_norm.weight", List.of(headDim)));
            tensors.add(new TensorShape(prefix + "self_attn.k_norm.weight", List.of(headDim)));
        }
        tensors.add(new TensorShape(prefix + "post_attention_layernorm.weight", List.of(hidden)));
        return tensors;
    }

    static String prefix(int layer) {
        return "model.layers." + layer + ".";
    }

    /** Name of the matrix that turns hidden states into logits. */
    String head() {
        return tied ? EMBEDDING : HEAD;
    }

    boolean hasBias(String linear) {
        return switch (linear) {
            case "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" -> qkvBias;
            case "self_attn.o_proj" -> outputBias;
            default -> mlpBias;
        };
    }

    int outputs(String linear) {
        return switch (linear) {
            case "self_attn.q_proj" -> heads * headDim;
            case "self_attn.k_proj", "self_attn.v_proj" -> kvHeads * headDim;
            case "mlp.gate_proj", "mlp.up_proj" -> intermediate;
            default -> hidden;
        };
    }

    int inputs(String linear) {
        return switch (linear) {
            case "self_attn.o_proj" -> heads * headDim;
            case "mlp.down_proj" -> intermediate;
            default -> hidden;
        };
    }

    /**
     * Rotary positions: the angle of pair i at position p is p · frequency(i).
     *
     * @param theta base of the frequencies
     * @param scaling {@code default}, {@code linear} or {@code llama3}
     * @param factor by which low frequencies are divided
     * @param lowFactor of llama3: wavelengths above original / lowFactor are divided
     * @param highFactor of llama3: wavelengths below original / highFactor are kept
     * @param original of llama3: length the model was first trained for
     */
    record Rope(double theta, String scaling, double factor, double lowFactor, double highFactor, double original) {

        static Rope of(Fields fields, JsonNode json) {
            JsonNode scaling =
                    json.hasNonNull("rope_parameters") ? json.get("rope_parameters") : json.path("rope_scaling");
            double theta = fields.number(scaling, "rope_theta", fields.number(json, "rope_theta", 10000));
            String kind = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
            return switch (kind) {
                case "default" -> new Rope(theta, kind, 1, 1, 1, 1);
                case "linear" -> new Rope(theta, kind, fields.number(scaling, "factor", Double.NaN), 1, 1, 1);
                case "llama3" ->
                    new Rope(
                            theta,
                            kind,
                            fields.number(scaling, "factor", Double.NaN),
                            fields.number(scaling, "low_freq_factor", Double.NaN),
                            fields.number(scaling, "high_freq_factor", Double.NaN),
                            fields.number(scaling, "original_max_position_embeddings", Double.NaN));
                default -> throw fields.refused("rope_scaling", kind, "default, linear or llama3");
            };
        }

        /** Angle per position of pair {@code i} of a head of length {@code headDim}. */
        double frequency(int i, int headDim) {
            double frequency = Math.pow(theta, -2.0 * i / headDim);
            if (!scaling.equals("llama3")) {
                return frequency / factor;
            }
            double wavelength = 2 * Math.PI / frequency;
            if (wavelength < original / highFactor) {
                return frequency;
            }
            if (wavelength > original / lowFactor) {
                return frequency / factor;
            }
            double smooth = (original / wavelength - lowFactor) / (highFactor - lowFactor);
            return (1 - smooth) * frequency / factor + smooth * frequency;
        }
    }

    /** Checked access to the file's values. */
    private record Fields(Path file, JsonNode json) {

        String text(String key, String otherwise) {
            return json.path(key).asText(otherwise);
        }

        int length(String key) {
            int length = length(key, 0);
            if (length == 0) {
                throw refused(key, json.path(key).isMissingNode() ? "missing" : json.get(key), "a positive integer");
            }
            return length;
        }

        int length(String key, int otherwise) {
            JsonNode value = json.path(key);
            if (value.isMissingNode() || value.isNull()) {
                return otherwise;
            }
            if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() <= 0) {
                throw refused(key, value, "a positive integer");
            }
            return value.intValue();
        }

        double number(JsonNode node, String key, double otherwise) {
            JsonNode value = node.path(key);
            double number = value.isNumber() ? value.doubleValue() : otherwise;
            if (!(number > 0) || Double.isInfinite(number)) {
                throw refused(key, value.isMissingNode() ? "missing" : value, "a positive number");
            }
            return number;
        }

        void only(String key, String expected) {
            if (json.hasNonNull(key) && !json.get(key).asText().equals(expected)) {
                throw refused(key, json.get(key), expected);
            }
        }

        UserException refused(String field, Object value, String expected) {
            return new UserException("Cannot open model: " + file + ": " + field + " = " + value + ", expected "
                    + expected + "; choose a model of this shape");
        }
    }
}
