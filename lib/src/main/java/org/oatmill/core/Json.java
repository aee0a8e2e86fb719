package org.oatmill.core;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;

/** JSON of records: strict when read, canonical (RFC 8785) when it is hashed. */
public final class Json {
    private Json() {}

    /** A record as a tree: components in snake_case, enum constants lower-case, a method of a table with its {@code name}. */
    public static JsonNode tree(Object record) {
        throw new IllegalStateException("landing with the store");
    }

    /** RFC 8785: keys sorted, no white space, numbers as ECMAScript writes them. */
    public static String canonical(JsonNode tree) {
        throw new IllegalStateException("landing with the store");
    }

    /** Two-space indented, keys in the order of the record, newline at the end. */
    public static String pretty(JsonNode tree) {
        throw new IllegalStateException("landing with the store");
    }

    /** Strict: an unknown key, a missing component, a float for an integer or a string for a number is an error. */
    public static <T extends Record> T read(InputStream in, Class<T> type) throws IOException {
        throw new IllegalStateException("landing with the store");
    }
}
