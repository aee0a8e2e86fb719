package org.oatmill.core;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes records from trees, the inverse of {@link Json#tree}, and guesses nothing: Jackson's own binding of records takes
 * 1.9 for 1, "128" for 128 and a missing number for 0 unless each is switched off, and knows no table of methods.
 */
final class RecordReader {

    Object read(JsonNode node, Type type, String path) throws Json.Mismatch {
        if (type instanceof ParameterizedType generic) {
            return container(node, generic, path);
        }
        Class<?> raw = (Class<?>) type;
        if (raw == JsonNode.class) {
            return node;
        } else if (raw.isRecord()) {
            return record(node, raw, path);
        } else if (raw.isEnum()) {
            return constant(node, raw, path);
        } else if (raw.isArray()) {
            return array(node, raw.getComponentType(), path);
        } else if (raw == String.class) {
            require(node.isTextual(), node, "text", path);
            return node.textValue();
        } else if (raw == boolean.class || raw == Boolean.class) {
            require(node.isBoolean(), node, "true or false", path);
            return node.booleanValue();
        } else if (raw == double.class || raw == Double.class) {
            return real(node, path);
        } else if (raw == float.class || raw == Float.class) {
            return (float) real(node, path);
        } else if (raw == int.class || raw == Integer.class) {
            BigInteger value = integer(node, path);
            require(value.bitLength() < 32, node, "a 32-bit whole number", path);
            return value.intValue();
        } else if (raw == long.class || raw == Long.class) {
            BigInteger value = integer(node, path);
            require(value.bitLength() < 64, node, "a 64-bit whole number", path);
            return value.longValue();
        }
        Optional<Methods<?>> methods = Methods.declaredBy(raw);
        if (methods.isPresent()) {
            return method(node, methods.get(), path);
        }
        throw new IllegalArgumentException("Cannot read JSON as " + raw.getName() + " at " + path
                + ", expected a record of records, enums, numbers, booleans, texts, lists and maps");
    }

    private Object container(JsonNode node, ParameterizedType type, String path) throws Json.Mismatch {
        Type[] arguments = type.getActualTypeArguments();
        if (type.getRawType() == Optional.class) {
            return Optional.of(read(node, arguments[0], path));
        } else if (type.getRawType() == List.class) {
            return Collections.unmodifiableList(list(node, arguments[0], path));
        } else if (type.getRawType() == Set.class) {
            Set<Object> set = new HashSet<>(list(node, arguments[0], path));
            require(set.size() == node.size(), node, "no value twice", path);
            return Collections.unmodifiableSet(set);
        } else if (type.getRawType() == Map.class && arguments[0] == String.class) {
            require(node.isObject(), node, "keys and values", path);
            Map<String, Object> map = new LinkedHashMap<>();
            for (var fields = node.fields(); fields.hasNext(); ) {
                var field = fields.next();
                map.put(field.getKey(), read(field.getValue(), arguments[1], below(path, field.getKey())));
            }
            return Collections.unmodifiableMap(map);
        }
        throw new IllegalArgumentException(
                "Cannot read JSON as " + type + " at " + path + ", expected List, Set, Optional or a Map from String");
    }

    private Object record(JsonNode node, Class<?> type, String path) throws Json.Mismatch {
        require(node.isObject(), node, "keys and values", path);
        RecordComponent[] components = type.getRecordComponents();
        Set<String> known = Arrays.stream(components).map(Json::key).collect(Collectors.toSet());
        for (var names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            boolean methodName = name.equals("name")
                    && Arrays.stream(type.getInterfaces())
                            .anyMatch(i -> Methods.declaredBy(i).isPresent());
            if (!known.contains(name) && !methodName) {
                throw new Json.Mismatch(below(path, name), "unknown key" + Nearest.hint(name, known), null);
            }
        }
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            values[i] = component(node, components[i], path);
        }
        return construct(type, values, path);
    }

    private @Nullable Object component(JsonNode record, RecordComponent component, String path) throws Json.Mismatch {
        String key = Json.key(component);
        JsonNode value = record.get(key);
        if (value != null && !value.isNull()) {
            return read(value, component.getGenericType(), below(path, key));
        } else if (component.getType() == Optional.class) {
            return Optional.empty();
        } else if (component.getType() == JsonNode.class && value != null) {
            return value;
        } else if (mayBeAbsent(component.getAnnotatedType())) {
            return null;
        }
        throw new Json.Mismatch(below(path, key), "missing value", null);
    }

    private static boolean mayBeAbsent(AnnotatedType type) {
        return type.isAnnotationPresent(Nullable.class);
    }

    private static Object construct(Class<?> type, @Nullable Object[] values, String path) throws Json.Mismatch {
        try {
            Class<?>[] types = Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            // The record's own check: its message says what it expected.
            Throwable check = e.getTargetException();
            throw new Json.Mismatch(path, String.valueOf(check.getMessage()), check);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot make a " + type.getName(), e);
        }
    }

    private Object method(JsonNode node, Methods<?> methods, String path) throws Json.Mismatch {
        require(node.isObject() && node.has("name"), node, "keys and values with a name", path);
        String name = String.valueOf(node.get("name").textValue());
        Object typical = methods.rows().get(name);
        if (typical == null) {
            throw new Json.Mismatch(
                    below(path, "name"),
                    node.get("name") + ", expected one of " + methods.rows().keySet()
                            + Nearest.hint(name, methods.rows().keySet()),
                    null);
        }
        return record(node, typical.getClass(), path);
    }

    private static Object constant(JsonNode node, Class<?> type, String path) throws Json.Mismatch {
        List<String> names = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            String name = Json.key((Enum<?>) constant);
            if (name.equals(node.textValue())) {
                return constant;
            }
            names.add(name);
        }
        String hint = node.isTextual() ? Nearest.hint(node.textValue(), names) : "";
        throw new Json.Mismatch(path, node + ", expected one of " + names + hint, null);
    }

    private List<Object> list(JsonNode node, Type element, String path) throws Json.Mismatch {
        require(node.isArray(), node, "a list", path);
        List<Object> values = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            values.add(read(node.get(i), element, path + "[" + i + "]"));
        }
        return values;
    }

    private Object array(JsonNode node, Class<?> element, String path) throws Json.Mismatch {
        List<Object> values = list(node, element, path);
        Object array = Array.newInstance(element, values.size());
        for (int i = 0; i < values.size(); i++) {
            Array.set(array, i, values.get(i));
        }
        return array;
    }

    private static double real(JsonNode node, String path) throws Json.Mismatch {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        String text = node.asText();
        require(List.of("NaN", "Infinity", "-Infinity").contains(text), node, "a number", path);
        return Double.parseDouble(text);
    }

    /** A whole number, or the string that {@link Json} makes of one too long for a double: never "128". */
    private static BigInteger integer(JsonNode node, String path) throws Json.Mismatch {
        if (node.isTextual() && node.textValue().matches("-?[1-9][0-9]{15,18}")) {
            BigInteger value = new BigInteger(node.textValue());
            require(value.abs().bitLength() > 53, node, "a whole number", path);
            return value;
        }
        require(node.isIntegralNumber(), node, "a whole number", path);
        return node.bigIntegerValue();
    }

    private static void require(boolean fits, JsonNode node, String expected, String path) throws Json.Mismatch {
        if (!fits) {
            String shown = node.isContainerNode() ? (node.isArray() ? "a list" : "keys and values") : node.toString();
            throw new Json.Mismatch(path, shown + ", expected " + expected, null);
        }
    }

    private static String below(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
