package org.oatmill.jobs;

import com.typesafe.config.ConfigUtil;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Json;
import org.oatmill.core.Methods;

/**
 * Writes records as a run file would have them, in the order of their components: the inverse of
 * {@link Binding}. Maps become blocks, lists lists, a method of a table a block with its name first.
 */
final class Hocon {
    private Hocon() {}

    /** A block's fields, one to a line. */
    static String block(Map<String, ?> fields, String indent) {
        StringBuilder out = new StringBuilder();
        fields.forEach((key, value) -> {
            Map<String, ?> inner = fields(value);
            out.append(indent).append(ConfigUtil.joinPath(key));
            if (inner == null || inner.isEmpty()) {
                out.append(" = ").append(inline(value)).append('\n');
            } else {
                out.append(" {\n")
                        .append(block(inner, indent + "  "))
                        .append(indent)
                        .append("}\n");
            }
        });
        return out.toString();
    }

    /** A value on one line. */
    static String inline(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Hocon::inline).collect(Collectors.joining(", ", "[", "]"));
        }
        Map<String, ?> fields = fields(value);
        if (fields != null) {
            return fields.isEmpty()
                    ? "{}"
                    : fields.entrySet().stream()
                            .map(e -> ConfigUtil.joinPath(e.getKey()) + " = " + inline(e.getValue()))
                            .collect(Collectors.joining(", ", "{ ", " }"));
        }
        if (value instanceof Enum<?> constant) {
            return Json.key(constant);
        }
        return value instanceof String text ? text(text) : value.toString();
    }

    /** A record's components by key; a method's name comes first. */
    static Map<String, @Nullable Object> fields(Record record) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (Class<?> kind : record.getClass().getInterfaces()) {
            Methods.declaredBy(kind).ifPresent(table -> fields.put("name", table.name(record)));
        }
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            fields.put(Json.key(component), Binding.value(record, component));
        }
        return fields;
    }

    @SuppressWarnings("unchecked") // a map from anything else has no form in a run file
    private static @Nullable Map<String, ?> fields(@Nullable Object value) {
        return value instanceof Record record
                ? fields(record)
                : value instanceof LinkedHashMap<?, ?> ordered
                        ? (Map<String, ?>) ordered
                        : value instanceof Map<?, ?> map ? new TreeMap<>((Map<String, ?>) map) : null;
    }

    /** Plain words need no quotes; everything else gets them. */
    private static String text(String text) {
        boolean plain =
                text.matches("[A-Za-z][A-Za-z0-9_-]*") && !text.matches("true|false|null|yes|no|on|off|include.*");
        return plain ? text : ConfigUtil.quoteString(text);
    }
}
