package org.oatmill.djl;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.oatmill.core.Describe;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;

/** The shape of a Llama that is trained from nothing: the head is the embedding, and no layer has a bias. */
public record LlamaShape(
        @Describe("length of a hidden state") int hidden,
        @Describe("number of blocks") int layers,
        @Describe("query heads") int heads,
        @Describe("key and value heads, a divisor of heads") int kvHeads,
        @Describe("inner length of the feed-forward") int intermediate,
        @Describe(value = "longest sequence", unit = "tokens") int maxTokens) {

    private static final double EPSILON = 1e-5;
    private static final double THETA = 10000;

    public LlamaShape {
        if (hidden < 1 || layers < 1 || heads < 1 || kvHeads < 1 || intermediate < 1 || maxTokens < 3) {
            throw new UserException("Cannot make model: shape = hidden " + hidden + ", layers " + layers + ", heads "
                    + heads + ", kv_heads " + kvHeads + ", intermediate " + intermediate + ", max_tokens " + maxTokens
                    + ", expected positive lengths, and at least 3 tokens");
        }
        if (hidden % (2 * heads) != 0 || heads % kvHeads != 0) {
            throw new UserException("Cannot make model: hidden = " + hidden + ", heads = " + heads + ", kv_heads = "
                    + kvHeads + ", expected hidden a multiple of 2 * heads, and heads a multiple of kv_heads");
        }
    }

    DecoderConfig config(int vocabulary) {
        return new DecoderConfig(
                "LlamaForCausalLM",
                layers,
                hidden,
                intermediate,
                heads,
                kvHeads,
                hidden / heads,
                vocabulary,
                maxTokens,
                EPSILON,
                new DecoderConfig.Rope(THETA, "default", 1, 1, 1, 1),
                0,
                true,
                false,
                false,
                false,
                false);
    }

    /** {@code config.json} of a model of this shape. */
    String json(int vocabulary, int bos, int eos, int pad) {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("architectures", List.of("LlamaForCausalLM"));
        config.put("model_type", "llama");
        config.put("hidden_size", hidden);
        config.put("num_hidden_layers", layers);
        config.put("num_attention_heads", heads);
        config.put("num_key_value_heads", kvHeads);
        config.put("head_dim", hidden / heads);
        config.put("intermediate_size", intermediate);
        config.put("vocab_size", vocabulary);
        config.put("max_position_embeddings", maxTokens);
        config.put("rms_norm_eps", EPSILON);
        config.put("rope_theta", THETA);
        config.put("hidden_act", "silu");
        config.put("attention_bias", false);
        config.put("mlp_bias", false);
        config.put("tie_word_embeddings", true);
        config.put("torch_dtype", "float16");
        config.put("bos_token_id", bos);
        config.put("eos_token_id", eos);
        config.put("pad_token_id", pad);
        return Json.pretty(Json.tree(config));
    }
}
