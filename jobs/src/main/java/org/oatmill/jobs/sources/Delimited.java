package org.oatmill.jobs.sources;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;

/** Fields between delimiters, quoted or not, as {@link Framing} cuts them. */
record Delimited(
        char delimiter, @Nullable Character quote, @Nullable Character escape, List<String> names, String charset)
        implements TextFormat {

    /** With the options as a run file writes them: one ASCII character each, or nothing. */
    static Delimited of(String delimiter, String quote, String escape, List<String> names, String charset) {
        Character between = character("delimiter", delimiter);
        if (between == null) {
            throw new UserException("Cannot read delimited text: delimiter = \"\", expected one character");
        }
        Character around = character("quote", quote);
        if (between.equals(around)) {
            throw new UserException(
                    "Cannot read delimited text: delimiter = quote = " + quote + ", expected two characters");
        }
        if (new HashSet<>(names).size() != names.size()) {
            throw new UserException("Cannot read delimited text: names = " + names + ", expected each once");
        }
        return new Delimited(between, around, character("escape", escape), names, charset);
    }

    private static @Nullable Character character(String option, String value) {
        boolean fits = value.length() <= 1 && value.chars().allMatch(c -> c < 128 && c != '\n' && c != '\r');
        if (!fits) {
            throw new UserException("Cannot read delimited text: " + option + " = " + value
                    + ", expected one ASCII character, or \"\" for none");
        }
        return value.isEmpty() ? null : value.charAt(0);
    }

    @Override
    public Framing framing() {
        return Framing.delimited(delimiter, quote, escape);
    }

    @Override
    public boolean hasHeader() {
        return names.isEmpty();
    }

    @Override
    public List<String> columns(String header) throws NoDocument {
        if (!hasHeader()) {
            return names;
        }
        List<String> columns = fields(header).stream().map(String::strip).toList();
        Set<String> seen = new HashSet<>();
        for (String column : columns) {
            if (!seen.add(column)) {
                throw new NoDocument("the header names the column '" + column + "' twice");
            }
        }
        return columns;
    }

    @Override
    public ObjectNode object(String record, List<String> columns) throws NoDocument {
        List<String> fields = fields(record);
        if (fields.size() != columns.size()) {
            throw new NoDocument("wrong number of columns");
        }
        ObjectNode object = JsonText.empty();
        for (int i = 0; i < fields.size(); i++) {
            object.put(columns.get(i), fields.get(i));
        }
        return object;
    }

    /** What an escape takes the meaning from; before anything else it is a character like others. */
    private boolean isSpecial(char c) {
        return quote != null && c == quote || escape != null && c == escape;
    }

    private List<String> fields(String record) throws NoDocument {
        Framing framing = framing();
        List<String> fields = new ArrayList<>();
        StringBuilder field = new StringBuilder();
        boolean wasQuoted = false;
        int state = Framing.START;
        for (int i = 0; i < record.length(); i++) {
            char c = record.charAt(i);
            int after = framing.next(state, c < 128 ? (byte) c : (byte) 'x');
            if (Framing.isFieldStart(after)) {
                fields.add(field.toString());
                field.setLength(0);
                wasQuoted = false;
            } else if (Framing.isOpen(after) && Framing.isFieldStart(state)) {
                wasQuoted = true;
            } else if (Framing.isClosing(state, after) || Framing.isEscaping(after)) {
                // Quotes and escapes are not part of what they quote.
            } else {
                if (wasQuoted && !Framing.isOpen(after)) {
                    throw new NoDocument("text after a closing quote");
                }
                if (Framing.isEscaping(state) && !isSpecial(c)) {
                    field.append(escape);
                }
                field.append(c);
            }
            state = after;
        }
        fields.add(field.toString());
        return fields;
    }
}
