package org.oatmill.jobs.bench;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.oatmill.core.Json;
import org.oatmill.model.Batch;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;

/**
 * A Llama of random weights, written as a Hugging Face directory. Speed and memory do not ask what
 * a model has learned.
 *
 * @param intermediate width of the feed-forward layer
 */
record RandomLlama(String name, int hidden, int layers, int heads, int kvHeads, int intermediate, int vocabulary) {

    static final RandomLlama ONE_MILLION = new RandomLlama("1M", 128, 4, 4, 2, 352, 1024);
    static final RandomLlama FORTY_MILLION = new RandomLlama("40M", 512, 8, 8, 4, 1376, 16384);
    static final RandomLlama TWO_HUNDRED_MILLION = new RandomLlama("220M", 1024, 16, 16, 8, 2752, 32000);

    int headDim() {
        return hidden / heads;
    }

    /** Shapes of all tensors, in the checkpoint's order; the head is its own. */
    Map<String, int[]> tensors() {
        int kv = kvHeads * headDim();
        Map<String, int[]> tensors = new LinkedHashMap<>();
        tensors.put("model.embed_tokens.weight", new int[] {vocabulary, hidden});
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "model.layers." + layer + ".";
            tensors.put(prefix + "input_layernorm.weight", new int[] {hidden});
            tensors.put(prefix + "self_attn.q_proj.weight", new int[] {hidden, hidden});
            tensors.put(prefix + "self_attn.k_proj.weight", new int[] {kv, hidden});
            tensors.put(prefix + "self_attn.v_proj.weight", new int[] {kv, hidden});
            tensors.put(prefix + "self_attn.o_proj.weight", new int[] {hidden, hidden});
            tensors.put(prefix + "post_attention_layernorm.weight", new int[] {hidden});
            tensors.put(prefix + "mlp.gate_proj.weight", new int[] {intermediate, hidden});
            tensors.put(prefix + "mlp.up_proj.weight", new int[] {intermediate, hidden});
            tensors.put(prefix + "mlp.down_proj.weight", new int[] {hidden, intermediate});
        }
        tensors.put("model.norm.weight", new int[] {hidden});
        tensors.put("lm_head.weight", new int[] {vocabulary, hidden});
        return tensors;
    }

    static long size(int[] shape) {
        long size = 1;
        for (int axis : shape) {
            size *= axis;
        }
        return size;
    }

    /** Bytes of one block's weights in float32: what a probe forms at a time. */
    long blockBytes() {
        return tensors().entrySet().stream()
                .filter(tensor -> tensor.getKey().startsWith("model.layers.0."))
                .mapToLong(tensor -> Float.BYTES * size(tensor.getValue()))
                .sum();
    }

    /** What lives at once of a block's activations: its inputs and queries, keys and values twice, three arrays of the feed-forward part. */
    long activationBytes(int tokens) {
        int heads2 = 2 * (heads + 2 * kvHeads) * (hidden / heads);
        return (long) Float.BYTES * tokens * (4 * hidden + heads2 + 3 * intermediate);
    }

    /** Writes the directory. */
    Path write(Path directory, boolean bf16) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(
                directory.resolve("config.json"),
                Json.canonical(Json.tree(Map.ofEntries(
                        Map.entry("model_type", "llama"),
                        Map.entry("hidden_size", hidden),
                        Map.entry("intermediate_size", intermediate),
                        Map.entry("num_hidden_layers", layers),
                        Map.entry("num_attention_heads", heads),
                        Map.entry("num_key_value_heads", kvHeads),
                        Map.entry("vocab_size", vocabulary),
                        Map.entry("max_position_embeddings", 2048),
                        Map.entry("hidden_act", "silu")))));
        Files.writeString(
                directory.resolve("tokenizer.json"),
                "{\"version\":\"1.0\",\"added_tokens\":[],\"pre_tokenizer\":{\"type\":\"Whitespace\"},\"model\":"
                        + "{\"type\":\"WordLevel\",\"vocab\":{\"<pad>\":0,\"<s>\":1,\"</s>\":2,\"<unk>\":3},"
                        + "\"unk_token\":\"<unk>\"}}");
        Files.writeString(
                directory.resolve("tokenizer_config.json"),
                "{\"bos_token\":\"<s>\",\"eos_token\":\"</s>\",\"pad_token\":\"<pad>\",\"add_bos_token\":true}");
        int width = bf16 ? Short.BYTES : Float.BYTES;
        Map<String, Object> header = new LinkedHashMap<>();
        long offset = 0;
        for (Map.Entry<String, int[]> tensor : tensors().entrySet()) {
            long end = offset + width * size(tensor.getValue());
            header.put(
                    tensor.getKey(),
                    Map.of("dtype", bf16 ? "BF16" : "F32", "shape", tensor.getValue(), "data_offsets", new long[] {
                        offset, end
                    }));
            offset = end;
        }
        byte[] json = Json.canonical(Json.tree(header)).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = Files.newOutputStream(directory.resolve("model.safetensors"))) {
            out.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(json.length)
                    .array());
            out.write(json);
            SplittableRandom random = new SplittableRandom(7);
            for (Map.Entry<String, int[]> tensor : tensors().entrySet()) {
                weights(out, tensor.getKey().endsWith("norm.weight"), size(tensor.getValue()), bf16, random);
            }
        }
        return directory;
    }

    private static void weights(OutputStream out, boolean gain, long size, boolean bf16, SplittableRandom random)
            throws IOException {
        ByteBuffer block = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (long i = 0; i < size; i++) {
            float weight = gain ? 1 : (float) (0.04 * (random.nextDouble() - 0.5));
            if (bf16) {
                block.putShort((short) (Float.floatToRawIntBits(weight) >>> 16));
            } else {
                block.putFloat(weight);
            }
            if (!block.hasRemaining() || i == size - 1) {
                out.write(block.array(), 0, block.position());
                block.clear();
            }
        }
    }

    /** Rows of random tokens, all of them scored but the first. */
    Batch batch(int rows, int length) {
        SplittableRandom random = new SplittableRandom(11);
        List<Example> examples = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int[] tokens = random.ints(length, 4, vocabulary).toArray();
            tokens[0] = 1;
            examples.add(new Example("row" + row, List.of(new Sequence(tokens, 1)), 0, 1));
        }
        return new Batch(examples, length);
    }

    /** Floating-point operations of {@link MatrixProducts} on so many rows of so many tokens. */
    double flops(int rows, int length) {
        double linear = tensors().entrySet().stream()
                .filter(tensor ->
                        tensor.getValue().length == 2 && !tensor.getKey().equals("model.embed_tokens.weight"))
                .mapToDouble(tensor -> size(tensor.getValue()))
                .sum();
        return 2.0 * rows * length * (linear + 2.0 * layers * hidden * length);
    }
}
