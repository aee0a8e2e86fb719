package org.oatmill.jobs.sources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;

/**
 * A conversation in OpenAI's words: an array of {@code {"role": …, "content": …}}. ShareGPT's
 * {@code from} and {@code value} are translated, and a content in parts is joined if all of them
 * are text; whatever else a message holds (names, tool calls) is kept.
 */
final class Conversation {
    private static final Map<String, String> ROLES = Map.of(
            "human", "user", "gpt", "assistant", "chatgpt", "assistant", "bing", "assistant", "bard", "assistant");

    private Conversation() {}

    /** @param given an array, or its JSON as text */
    static ArrayNode read(JsonNode given) throws NoDocument {
        JsonNode node = given.isTextual() ? JsonText.parse(given.textValue()) : given;
        if (!(node instanceof ArrayNode array)) {
            throw new NoDocument("messages are no array");
        }
        if (array.isEmpty()) {
            throw new NoDocument("no message");
        }
        ArrayNode messages = array.arrayNode();
        for (JsonNode message : array) {
            messages.add(message(message));
        }
        return messages;
    }

    private static ObjectNode message(JsonNode given) throws NoDocument {
        if (!(given instanceof ObjectNode object)) {
            throw new NoDocument("a message is no object");
        }
        boolean isShareGpt = !object.has("role") && object.has("from");
        JsonNode role = object.path(isShareGpt ? "from" : "role");
        JsonNode content = object.path(isShareGpt ? "value" : "content");
        if (!role.isTextual()) {
            throw new NoDocument("a message without role");
        }
        ObjectNode message = JsonText.empty();
        String name = role.textValue();
        message.put("role", isShareGpt ? ROLES.getOrDefault(name.toLowerCase(Locale.ROOT), name) : name);
        message.put("content", content(content, object));
        object.fields().forEachRemaining(field -> {
            if (!field.getKey().equals(isShareGpt ? "from" : "role")
                    && !field.getKey().equals(isShareGpt ? "value" : "content")
                    && !field.getValue().isNull()) {
                message.set(field.getKey(), field.getValue());
            }
        });
        return message;
    }

    private static String content(JsonNode content, ObjectNode message) throws NoDocument {
        if (content.isTextual()) {
            return content.textValue();
        }
        if ((content.isNull() || content.isMissingNode())
                && message.path("tool_calls").size() > 0) {
            return "";
        }
        if (content.isArray()) {
            StringBuilder text = new StringBuilder();
            for (JsonNode part : content) {
                if (!part.path("type").asText().equals("text")
                        || !part.path("text").isTextual()) {
                    throw new NoDocument("a message with a part that is no text");
                }
                text.append(part.path("text").textValue());
            }
            return text.toString();
        }
        throw new NoDocument("a message without content");
    }

    /** A line {@code role: content} per message. */
    static String text(ArrayNode messages) {
        StringJoiner text = new StringJoiner("\n");
        for (JsonNode message : messages) {
            text.add(message.path("role").textValue() + ": "
                    + message.path("content").textValue());
        }
        return text.toString();
    }

    static boolean isBlank(ArrayNode messages) {
        for (JsonNode message : messages) {
            if (!message.path("content").textValue().isBlank()) {
                return false;
            }
        }
        return true;
    }
}
