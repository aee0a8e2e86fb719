package org.oatmill.djl;

import com.fasterxml.jackson.databind.JsonNode;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.oatmill.core.UserException;
import org.oatmill.model.Sequence;
import org.oatmill.model.Tokenizer;

/**
 * How a chat model wants a conversation written: the {@code chat_template} of its directory, a Jinja
 * text. What the template cannot render faithfully – a function this library does not know, an error
 * of its own, a conversation whose beginning changes when it goes on – is refused.
 *
 * <p>The text of messages is data: markup of Jinja in it stays as it is.
 */
public final class ChatTemplate {
    /** Longest conversation, in characters. */
    private static final int LONGEST = 1 << 22;

    private final Path directory;
    private final String template;
    private final Map<String, String> specials;

    private ChatTemplate(Path directory, String template, Map<String, String> specials) {
        this.directory = directory;
        this.template = template;
        this.specials = specials;
    }

    /** One turn; {@code role} is mostly system, user or assistant. */
    public record Message(String role, String content) {}

    /** Reads {@code chat_template.jinja}, or else what stands in {@code tokenizer_config.json}; of several named templates the default. */
    public static ChatTemplate open(Path directory) {
        JsonNode config = HfTokenizer.json(directory.resolve("tokenizer_config.json"));
        Map<String, String> specials = new HashMap<>();
        for (String name : List.of("bos_token", "eos_token", "pad_token", "unk_token")) {
            JsonNode token = config.path(name);
            specials.put(name, token.isObject() ? token.path("content").asText() : token.asText(""));
        }
        return new ChatTemplate(directory, template(directory, config), specials);
    }

    private static String template(Path directory, JsonNode config) {
        Path file = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new UserException("Cannot read chat template: " + file + ": " + e.getMessage(), e);
            }
        }
        JsonNode template = config.path("chat_template");
        for (JsonNode named : template) {
            if (named.path("name").asText().equals("default")) {
                template = named.path("template");
                break;
            }
        }
        if (!template.isTextual()) {
            throw new UserException("Cannot read chat template: " + directory
                    + " has none, expected chat_template in tokenizer_config.json or chat_template.jinja; choose a chat"
                    + " model, or a task with a prompt of its own");
        }
        return template.asText();
    }

    /**
     * The conversation as text.
     *
     * @param answering whether it ends where an answer begins
     */
    public String render(List<Message> messages, boolean answering) {
        List<Map<String, String>> turns = new ArrayList<>();
        for (Message message : messages) {
            turns.add(Map.of("role", message.role(), "content", message.content()));
        }
        Map<String, Object> bindings = new HashMap<>(specials);
        bindings.put("messages", turns);
        bindings.put("add_generation_prompt", answering);
        RenderResult result = Engine.JINJA.renderForResult(template, bindings);
        if (!result.getErrors().isEmpty()) {
            TemplateError first = result.getErrors().get(0);
            throw refused("line " + first.getLineno() + ": " + first.getMessage());
        }
        inOrder(messages, result.getOutput());
        return result.getOutput();
    }

    /** A template that drops or moves what was said must not pass unseen. */
    private void inOrder(List<Message> messages, String text) {
        int from = 0;
        for (Message message : messages) {
            String content = message.content().strip();
            int at = text.indexOf(content, from);
            if (at < 0) {
                throw refused("it leaves out or changes a message of role " + message.role());
            }
            from = at + content.length();
        }
    }

    /**
     * The conversation as tokens, of which the assistant's answers are scored, each with the mark
     * that ends its turn. Each piece is encoded for itself, as prompts and options are.
     */
    public Sequence sequence(List<Message> messages, Tokenizer tokenizer) {
        IntStream.Builder tokens = IntStream.builder();
        List<Float> weights = new ArrayList<>();
        String whole = render(messages, false);
        int done = 0;
        for (int i = 0; i < messages.size(); i++) {
            if (!messages.get(i).role().equals("assistant")) {
                continue;
            }
            String before = i == 0 ? "" : render(messages.subList(0, i), true);
            String after = render(messages.subList(0, i + 1), false);
            if (before.length() < done || !after.startsWith(before) || !whole.startsWith(after)) {
                throw refused("what it writes for the first turns changes when the conversation goes on");
            }
            append(tokenizer.encode(whole.substring(done, before.length())), 0, tokens, weights);
            append(tokenizer.encode(whole.substring(before.length(), after.length())), 1, tokens, weights);
            done = after.length();
        }
        int first = weights.indexOf(1f);
        int end = weights.lastIndexOf(1f) + 1;
        if (first < 1) {
            throw new UserException("Cannot score a conversation: it has "
                    + (end == 0 ? "no answer" : "nothing before its first answer")
                    + ", expected a message of role assistant behind another");
        }
        float[] scored = new float[end - first];
        for (int i = 0; i < scored.length; i++) {
            scored[i] = weights.get(first + i);
        }
        int[] all = tokens.build().limit(end).toArray();
        return weights.subList(first, end).contains(0f) ? new Sequence(all, first, scored) : new Sequence(all, first);
    }

    private static void append(int[] piece, float weight, IntStream.Builder tokens, List<Float> weights) {
        for (int token : piece) {
            tokens.add(token);
            weights.add(weight);
        }
    }

    private UserException refused(String reason) {
        return new UserException("Cannot render chat template of " + directory + ": " + reason
                + "; write the conversation into prompt and completion, or choose another model");
    }

    /** Loaded when the first conversation is rendered, because few programs have any. */
    private static final class Engine {
        static final Jinjava JINJA = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                // Else markup in a message would be run.
                .withNestedInterpretationEnabled(false)
                .withMaxOutputSize(LONGEST)
                // As Jinja does it, where this library of itself does otherwise.
                .withLegacyOverrides(LegacyOverrides.newBuilder()
                        .withUseTrimmingForNotesAndExpressions(true)
                        .withParseWhitespaceControlStrictly(true)
                        .withUseNaturalOperatorPrecedence(true)
                        .withIterateOverMapKeys(true)
                        .withEvaluateMapKeys(true)
                        .build())
                .build());
    }
}
