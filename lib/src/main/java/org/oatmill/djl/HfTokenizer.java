package org.oatmill.djl;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;
import org.oatmill.model.Tokenizer;

/**
 * The tokenizer of a model's directory: {@code tokenizer.json}, and what {@code
 * tokenizer_config.json}, {@code generation_config.json} and {@code config.json} say of its special
 * tokens. It never truncates, whatever the file asks for.
 */
final class HfTokenizer implements Tokenizer {
    private final HuggingFaceTokenizer tokenizer;
    private final int size;
    private final int bos;
    private final int eos;
    private final int pad;

    private HfTokenizer(HuggingFaceTokenizer tokenizer, int size, int bos, int eos, int pad) {
        this.tokenizer = tokenizer;
        this.size = size;
        this.bos = bos;
        this.eos = eos;
        this.pad = pad;
    }

    static HfTokenizer open(Path directory) {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new UserException("Cannot open tokenizer: " + file
                    + " does not exist, expected a fast tokenizer; save the model's tokenizer in that format");
        }
        Map<String, Integer> ids = ids(json(file));
        JsonNode config = json(directory.resolve("tokenizer_config.json"));
        HuggingFaceTokenizer tokenizer;
        try {
            tokenizer = HuggingFaceTokenizer.builder()
                    .optTokenizerPath(file)
                    .optAddSpecialTokens(false)
                    .optTruncation(false)
                    .optPadding(false)
                    .build();
        } catch (IOException | RuntimeException e) {
            throw new UserException(
                    "Cannot open tokenizer: " + file + ": " + e.getMessage() + "; fetch the file again", e);
        }
        int eos = special("eos", config, ids, directory);
        int pad = special("pad", config, ids, directory);
        int size = ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
        return new HfTokenizer(
                tokenizer, size, bos(tokenizer, config, ids, directory), eos, pad >= 0 ? pad : Math.max(0, eos));
    }

    /** What the tokenizer puts first of itself, unless its configuration decides. */
    private static int bos(HuggingFaceTokenizer tokenizer, JsonNode config, Map<String, Integer> ids, Path directory) {
        int bos = special("bos", config, ids, directory);
        if (config.path("add_bos_token").isBoolean()) {
            return config.path("add_bos_token").asBoolean() ? bos : -1;
        }
        long[] added = tokenizer.encode("", true, false).getIds();
        return added.length > 0 && added[0] == bos ? bos : -1;
    }

    private static int special(String which, JsonNode config, Map<String, Integer> ids, Path directory) {
        JsonNode token = config.path(which + "_token");
        String content = token.isObject() ? token.path("content").asText() : token.asText("");
        Integer id = ids.get(content);
        if (id != null) {
            return id;
        }
        for (String file : new String[] {"generation_config.json", "config.json"}) {
            JsonNode given = json(directory.resolve(file)).path(which + "_token_id");
            JsonNode first = given.isArray() ? given.path(0) : given;
            if (first.isInt()) {
                return first.intValue();
            }
        }
        return -1;
    }

    private static Map<String, Integer> ids(JsonNode tokenizer) {
        Map<String, Integer> ids = new HashMap<>();
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        for (Iterator<Map.Entry<String, JsonNode>> it = vocabulary.fields(); it.hasNext(); ) {
            Map.Entry<String, JsonNode> entry = it.next();
            ids.put(entry.getKey(), entry.getValue().asInt());
        }
        for (int i = 0; vocabulary.isArray() && i < vocabulary.size(); i++) {
            ids.put(vocabulary.path(i).path(0).asText(), i);
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            ids.put(added.path("content").asText(), added.path("id").asInt());
        }
        return ids;
    }

    /** A file's tree; a missing node where there is no file. */
    static JsonNode json(Path file) {
        if (!Files.isRegularFile(file)) {
            return MissingNode.getInstance();
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Json.parse(in);
        } catch (JsonProcessingException e) {
            throw new UserException("Cannot open tokenizer: " + file + " does not parse: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UserException("Cannot open tokenizer: " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public int[] encode(String text) {
        return Arrays.stream(tokenizer.encode(text, false, false).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    @Override
    public String decode(int[] tokens) {
        return tokenizer.decode(Arrays.stream(tokens).asLongStream().toArray(), true);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int bos() {
        return bos;
    }

    @Override
    public int eos() {
        return eos;
    }

    @Override
    public int pad() {
        return pad;
    }
}
