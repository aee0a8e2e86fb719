package org.oatmill.core;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON of records: strict when read, canonical (RFC 8785) when it is hashed.
 *
 * <p>Integers beyond ±(2<sup>53</sup> − 1) are strings of decimal digits, as RFC 8785 (appendix D) and RFC 7493
 * advise: a seed is 64 bits wide, and whoever reads a manifest with {@code jq} or JavaScript gets it whole.
 * {@code NaN} and the infinities, which JSON cannot write, are strings too. A missing value is left out.
 */
public final class Json {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final BigInteger SAFE = BigInteger.valueOf((1L << 53) - 1);

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /**
     * A record as a tree: components in snake_case and in order, enum constants lower-case with hyphens, a method of a
     * table with its {@code name} first, maps sorted by key. Also takes what a record may hold: numbers, words, lists,
     * maps.
     */
    public static JsonNode tree(Object value) {
        if (value instanceof JsonNode node) {
            return node;
        } else if (value instanceof Record record) {
            return object(record);
        } else if (value instanceof Enum<?> constant) {
            return NODES.textNode(key(constant));
        } else if (value instanceof CharSequence || value instanceof Character) {
            return NODES.textNode(value.toString());
        } else if (value instanceof Boolean bool) {
            return NODES.booleanNode(bool);
        } else if (value instanceof Number number) {
            return number(number);
        } else if (value instanceof Map<?, ?> map) {
            return object(map);
        } else if (value instanceof Collection<?> || value.getClass().isArray()) {
            return array(value);
        }
        throw new IllegalArgumentException(
                "Cannot write as JSON: type = " + value.getClass().getName()
                        + ", expected a record, an enum, a number, a boolean, text, a list or a map");
    }

    /** RFC 8785: keys sorted, no white space, numbers as ECMAScript writes them. */
    public static String canonical(JsonNode tree) {
        StringBuilder out = new StringBuilder();
        CanonicalJson.write(tree, out);
        return out.toString();
    }

    /** Two-space indented, keys in the order of the record, newline at the end. */
    public static String pretty(JsonNode tree) {
        try {
            return MAPPER.writer(new Indented()).writeValueAsString(tree) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree in memory can be written", e);
        }
    }

    /** One line, keys in the order of the record: for logs of events. */
    public static String line(JsonNode tree) {
        return tree.toString();
    }

    /** Any JSON document; a key that stands twice, or anything after its end, is an error. */
    public static JsonNode parse(InputStream in) throws IOException {
        return MAPPER.readTree(in);
    }

    /** Any JSON document; a key that stands twice, or anything after its end, is an error. */
    public static JsonNode parse(String json) throws IOException {
        return MAPPER.readTree(json);
    }

    /** Strict: an unknown key, a missing component, a float for an integer or a string for a number is a {@link Mismatch}. */
    public static <T extends Record> T read(InputStream in, Class<T> type) throws IOException {
        return read(parse(in), type);
    }

    /** Strict, as {@link #read(InputStream, Class)}; only components marked {@code @Nullable} or Optional may be absent. */
    public static <T extends Record> T read(JsonNode tree, Class<T> type) throws Mismatch {
        return type.cast(new RecordReader().read(tree, type, ""));
    }

    /** The key of a record's component: {@code resultVersion} is {@code result_version}. */
    public static String key(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    /** How an enum's constant is written: {@code HIGHER_IS_BETTER} is {@code higher-is-better}. */
    public static String key(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The tree does not fit the record: where, and what was expected there. */
    public static final class Mismatch extends IOException {
        private static final long serialVersionUID = 1L;
        private final String path;

        Mismatch(String path, String message, @Nullable Throwable cause) {
            super((path.isEmpty() ? "" : path + ": ") + message, cause);
            this.path = path;
        }

        /** Keys joined by dots, list positions in brackets: {@code tables[0].rows}. */
        public String path() {
            return path;
        }
    }

    /** The row of a table of methods that a record is the method of. */
    static Optional<String> methodName(Record record) {
        for (Class<?> kind : record.getClass().getInterfaces()) {
            Optional<Methods<?>> table = Methods.declaredBy(kind);
            if (table.isPresent()) {
                return Optional.of(table.get().name(record));
            }
        }
        return Optional.empty();
    }

    private static ObjectNode object(Record record) {
        ObjectNode node = NODES.objectNode();
        methodName(record).ifPresent(name -> node.put("name", name));
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = value(record, component);
            if (value instanceof Optional<?> optional) {
                value = optional.orElse(null);
            }
            if (value != null) {
                node.set(key(component), tree(value));
            }
        }
        return node;
    }

    private static @Nullable Object value(Record record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException("Cannot read " + component + " of " + record.getClass(), e);
        }
    }

    private static ObjectNode object(Map<?, ?> map) {
        TreeMap<String, JsonNode> sorted = new TreeMap<>();
        map.forEach((key, value) -> sorted.put(key instanceof Enum<?> e ? key(e) : key.toString(), tree(value)));
        return NODES.objectNode().setAll(sorted);
    }

    private static ArrayNode array(Object values) {
        ArrayNode node = NODES.arrayNode();
        if (values instanceof Set<?> set) {
            // A set's order changes from one JVM to the next, and with it a recipe's digest.
            set.stream()
                    .map(Json::tree)
                    .sorted((a, b) -> canonical(a).compareTo(canonical(b)))
                    .forEach(node::add);
        } else if (values instanceof Collection<?> collection) {
            collection.forEach(value -> node.add(tree(value)));
        } else {
            for (int i = 0; i < Array.getLength(values); i++) {
                node.add(tree(Array.get(values, i)));
            }
        }
        return node;
    }

    private static JsonNode number(Number number) {
        if (number instanceof Float || number instanceof Double) {
            double value = number.doubleValue();
            // Through the decimal form, because 0.1f is 0.10000000149011612 as a double and 0.1 to whoever wrote it.
            return Double.isFinite(value)
                    ? NODES.numberNode(Double.parseDouble(number.toString()))
                    : NODES.textNode(number.toString());
        }
        BigInteger value = new BigInteger(number.toString());
        if (value.abs().compareTo(SAFE) > 0) {
            return NODES.textNode(value.toString());
        }
        // As the parser makes them, so that a tree that was written and read again is equal.
        return value.bitLength() < 32 ? NODES.numberNode(value.intValue()) : NODES.numberNode(value.longValue());
    }

    private static final class Indented extends DefaultPrettyPrinter {
        private static final long serialVersionUID = 1L;

        Indented() {
            indentObjectsWith(new DefaultIndenter("  ", "\n"));
            indentArraysWith(new DefaultIndenter("  ", "\n"));
        }

        @Override
        public DefaultPrettyPrinter createInstance() {
            return new Indented();
        }

        @Override
        public void writeObjectFieldValueSeparator(JsonGenerator out) throws IOException {
            out.writeRaw(": ");
        }
    }
}
