package org.oatmill.jobs.sources;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Makes a document of a record, whatever it was written in.
 *
 * <p>The text is taken as it stands. Of prompt and completion it is both, with a space between
 * where neither has one; of messages a line {@code role: content} each. These two also stand in
 * {@code fields}, as {@code prompt} and {@code completion}, or as {@code messages} in OpenAI's JSON:
 * what a model reads is made from there, the text is what is embedded and searched. Columns without a name in {@link
 * ColumnNames} are kept in {@code fields}, nested ones as JSON.
 */
record DocumentMaker(ColumnNames columns, String split) implements Serializable {
    /** The document, or the quarantined record. */
    Row row(Intake.Place place, String defaultId, ObjectNode record, String raw) {
        try {
            return document(place, defaultId, record);
        } catch (NoDocument e) {
            return Intake.quarantined(place, e.reason(), raw, false);
        }
    }

    private Row document(Intake.Place place, String defaultId, ObjectNode record) throws NoDocument {
        Map<String, String> fields = new TreeMap<>();
        Set<String> used = new HashSet<>(columns.named());
        String text = text(record, fields, used);
        String key = columns.id();
        String id = key == null ? defaultId : required(record, key, "id");
        String splitColumn = columns.split();
        String itsSplit = splitColumn == null ? split : required(record, splitColumn, "split");
        if (!Splits.ALL.contains(itsSplit)) {
            throw new NoDocument("split is none of pretrain, pool, target, dev and test");
        }
        String group = word(record, columns.group(), "group");
        String label = word(record, columns.label(), "label");
        float weight = weight(record);
        addOthers(record, used, fields);
        for (String value : fields.values()) {
            requireUnicode(value);
        }
        return Intake.document(
                place, id, text, label, fields, itsSplit, group == null ? id : group, weight, found(record));
    }

    private String text(ObjectNode record, Map<String, String> fields, Set<String> used) throws NoDocument {
        String text = columns.text();
        String prompt = columns.prompt();
        String completion = columns.completion();
        String messages = columns.messages();
        if (text == null && prompt == null && messages == null) {
            // Nothing is named: the record speaks for itself.
            if (has(record, "text")) {
                used.add(text = "text");
            } else if (has(record, "messages")) {
                used.add(messages = "messages");
            } else if (has(record, "conversations")) {
                used.add(messages = "conversations");
            } else if (has(record, "prompt") && has(record, "completion")) {
                used.add(prompt = "prompt");
                used.add(completion = "completion");
            } else {
                throw new NoDocument("missing text");
            }
        }
        if (messages != null) {
            return messages(record.path(messages), null, fields);
        }
        if (prompt != null && completion != null) {
            JsonNode asked = record.path(prompt);
            JsonNode answered = record.path(completion);
            return asked.isArray() && answered.isArray()
                    ? messages(asked, answered, fields)
                    : pair(content(asked, "prompt"), content(answered, "completion"), fields);
        }
        String content = content(record.path(text == null ? "text" : text), "text");
        if (content.isBlank()) {
            throw new NoDocument("blank text");
        }
        return content;
    }

    private static String pair(String prompt, String completion, Map<String, String> fields) throws NoDocument {
        if (prompt.isBlank() && completion.isBlank()) {
            throw new NoDocument("blank text");
        }
        fields.put("prompt", prompt);
        fields.put("completion", completion);
        boolean isApart = prompt.isEmpty()
                || completion.isEmpty()
                || Character.isWhitespace(prompt.charAt(prompt.length() - 1))
                || Character.isWhitespace(completion.charAt(0));
        return prompt + (isApart ? "" : " ") + completion;
    }

    private static String messages(JsonNode given, @Nullable JsonNode more, Map<String, String> fields)
            throws NoDocument {
        if (given.isMissingNode() || given.isNull()) {
            throw new NoDocument("missing messages");
        }
        ArrayNode messages = Conversation.read(given);
        if (more != null) {
            messages.addAll(Conversation.read(more));
        }
        if (Conversation.isBlank(messages)) {
            throw new NoDocument("blank text");
        }
        fields.put("messages", JsonText.of(messages));
        String text = Conversation.text(messages);
        requireUnicode(text);
        return text;
    }

    private static boolean has(ObjectNode record, String name) {
        return record.hasNonNull(name);
    }

    /** A column that holds text and nothing else. */
    private static String content(JsonNode node, String what) throws NoDocument {
        if (node.isMissingNode() || node.isNull()) {
            throw new NoDocument("missing " + what);
        }
        if (!node.isTextual()) {
            throw new NoDocument(what + " is no string");
        }
        requireUnicode(node.textValue());
        return node.textValue();
    }

    /** A column that holds a word, a number or a truth value; null where it is missing or blank. */
    private static @Nullable String word(ObjectNode record, @Nullable String column, String what) throws NoDocument {
        JsonNode node = column == null ? null : record.get(column);
        if (node == null || node.isNull()) {
            return null;
        }
        if (node.isContainerNode()) {
            throw new NoDocument(what + " is no word");
        }
        String word = node.asText();
        requireUnicode(word);
        return word.isBlank() ? null : word;
    }

    private static String required(ObjectNode record, String column, String what) throws NoDocument {
        String word = word(record, column, what);
        if (word == null) {
            throw new NoDocument("missing " + what);
        }
        if (word.indexOf('\0') >= 0) {
            throw new NoDocument(what + " holds U+0000");
        }
        return word;
    }

    private float weight(ObjectNode record) throws NoDocument {
        String word = word(record, columns.weight(), "weight");
        if (word == null) {
            return 1;
        }
        float weight;
        try {
            weight = Float.parseFloat(word.strip());
        } catch (NumberFormatException e) {
            throw new NoDocument("weight is no number");
        }
        if (!Float.isFinite(weight)) {
            throw new NoDocument("weight is not finite");
        }
        if (weight < 0) {
            throw new NoDocument("weight is negative");
        }
        return weight;
    }

    private static void addOthers(ObjectNode record, Set<String> used, Map<String, String> fields) {
        record.fields().forEachRemaining(field -> {
            JsonNode value = field.getValue();
            if (!value.isNull() && !used.contains(field.getKey())) {
                fields.putIfAbsent(field.getKey(), value.isContainerNode() ? JsonText.of(value) : value.asText());
            }
        });
    }

    /** Half a surrogate pair is no character: Parquet would hold a question mark instead. */
    private static void requireUnicode(String text) throws NoDocument {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
                    throw new NoDocument("half a surrogate pair");
                }
                i++;
            }
        }
    }

    /** A bit for each named column that the record has a value in. */
    private int found(ObjectNode record) {
        int found = 0;
        List<String> named = columns.named();
        for (int i = 0; i < named.size(); i++) {
            found |= has(record, named.get(i)) ? 1 << i : 0;
        }
        return found;
    }
}
