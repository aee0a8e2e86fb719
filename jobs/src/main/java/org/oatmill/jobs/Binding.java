package org.oatmill.jobs;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Json;
import org.oatmill.core.Methods;
import org.oatmill.core.Nearest;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;

/**
 * Makes a record of what a run file says, strictly. The defaults are the components of a typical
 * instance, save those marked {@link Required}; what is given is laid over them. Keys are the
 * components in snake_case, enum constants are lower-case with hyphens, and a component whose type
 * is an interface with a table of methods is bound by name: {@code method = wds} or {@code method {
 * name = wds, repetitions = 256 }}.
 *
 * <p>Nothing is converted: an unknown key, a missing value, {@code 1.9} or {@code "128"} for a whole
 * number, a number too large for its type, all end in a {@link UserException} with file, line, dotted
 * path and the nearest key or name that would do. Only what the environment substitutes, which is
 * always text, is read as the type it is needed as, and a number stands for a list of one number.
 */
final class Binding {

    private final Places places;

    Binding(Places places) {
        this.places = places;
    }

    /**
     * Binds a block.
     *
     * @param given the block
     * @param typical gives type and defaults
     * @param path of the block in its run file
     * @param reserved keys of the block that are no components, and are left alone
     */
    <C extends Record> C bind(ConfigObject given, C typical, List<String> path, Collection<String> reserved) {
        return record(given, typical.getClass(), typical, path, reserved);
    }

    static boolean isNullable(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    static @Nullable Object value(Object record, RecordComponent component) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot read component " + component, e);
        }
    }

    /** What a value of a type is called in messages and in {@code config reference}. */
    static String expected(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            return generic.getRawType() == List.class
                    ? (isNumber(of[0]) ? expected(of[0]) + " or " : "") + "a list [ … ], each " + expected(of[0])
                    : "a block { … }, each value " + expected(of[1]);
        }
        Class<?> raw = (Class<?>) type;
        if (raw == boolean.class || raw == Boolean.class) {
            return "true or false";
        }
        if (raw == String.class) {
            return "text";
        }
        if (isWhole(raw)) {
            return "a whole number";
        }
        if (isReal(raw)) {
            return "a number";
        }
        if (raw.isEnum()) {
            return "one of " + String.join(", ", words(raw));
        }
        return Methods.declaredBy(raw)
                .map(table -> "one of " + String.join(", ", table.rows().keySet()))
                .orElse("a block { … }");
    }

    // Records

    private <C extends Record> C record(
            ConfigObject given,
            Class<?> type,
            @Nullable Object typical,
            List<String> path,
            Collection<String> reserved) {
        RecordComponent[] components = type.getRecordComponents();
        List<String> known = Arrays.stream(components).map(Json::key).collect(Collectors.toList());
        known.addAll(reserved);
        refuseUnknown(given, known, path);
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            RecordComponent component = components[i];
            ConfigValue child = given.get(Json.key(component));
            Object standard = typical == null ? null : value(typical, component);
            List<String> childPath = below(path, Json.key(component));
            values[i] = child == null
                    ? absent(component, standard, typical != null, given.origin(), childPath)
                    : present(component, child, standard, childPath);
        }
        return construct(type, components, values, given, path);
    }

    private @Nullable Object absent(
            RecordComponent component,
            @Nullable Object standard,
            boolean hasStandard,
            ConfigOrigin block,
            List<String> path) {
        boolean optional = hasStandard ? !component.isAnnotationPresent(Required.class) : isNullable(component);
        if (!optional) {
            String example =
                    standard == null ? "" : "; for example " + Json.key(component) + " = " + Hocon.inline(standard);
            throw new UserException("Cannot read " + places.of(block, path.subList(0, path.size() - 1)) + ": "
                    + Places.dotted(path) + " is missing, expected " + expected(component.getGenericType()) + example);
        }
        if (standard instanceof Record) {
            // A default that itself has a part without default: only the user can give that.
            ConfigObject nothing = ConfigFactory.empty().root().withOrigin(block);
            return record(nothing, standard.getClass(), standard, path, methodKey(component.getType()));
        }
        return standard;
    }

    private @Nullable Object present(
            RecordComponent component, ConfigValue given, @Nullable Object standard, List<String> path) {
        if (given.valueType() == ConfigValueType.NULL) {
            if (isNullable(component)) {
                return null;
            }
            throw wrong(given, path, expected(component.getGenericType()));
        }
        return value(given, component.getGenericType(), standard, path);
    }

    private <C extends Record> C construct(
            Class<?> type, RecordComponent[] components, Object[] values, ConfigObject given, List<String> path) {
        try {
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            @SuppressWarnings("unchecked") // the constructor is that of the typical instance's class
            C record = (C) constructor.newInstance(values);
            return record;
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IllegalArgumentException || cause instanceof UserException) {
                throw refused(cause, components, given, path);
            }
            throw new IllegalStateException("Cannot make a " + type.getName(), cause);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot make a " + type.getName(), e);
        }
    }

    /** A compact constructor's message, with the place of the component it speaks of, or of the whole block. */
    private UserException refused(
            Throwable cause, RecordComponent[] components, ConfigObject given, List<String> path) {
        String message = String.valueOf(cause.getMessage());
        for (RecordComponent component : components) {
            ConfigValue child = given.get(Json.key(component));
            boolean named = Pattern.compile("\\b(" + component.getName() + "|" + Json.key(component) + ") = ")
                    .matcher(message)
                    .find();
            if (named && child != null) {
                List<String> childPath = below(path, Json.key(component));
                String dotted = Places.dotted(childPath);
                boolean startsWithIt = message.startsWith(component.getName() + " = ")
                        || message.startsWith(Json.key(component) + " = ");
                String said =
                        startsWithIt ? dotted + message.substring(message.indexOf(" = ")) : dotted + ": " + message;
                return new UserException("Cannot read " + places.of(child.origin(), childPath) + ": " + said, cause);
            }
        }
        return new UserException(
                "Cannot read " + places.of(given.origin(), path) + ": " + Places.dotted(path) + ": " + message, cause);
    }

    private void refuseUnknown(ConfigObject given, List<String> known, List<String> path) {
        given.entrySet().stream()
                .filter(entry -> !known.contains(entry.getKey()))
                .min(Comparator.comparingInt((Map.Entry<String, ConfigValue> entry) ->
                                entry.getValue().origin().lineNumber())
                        .thenComparing(Map.Entry::getKey))
                .ifPresent(entry -> {
                    throw unknown(entry.getValue(), entry.getKey(), known, path);
                });
    }

    /** A key that nothing reads. */
    UserException unknown(ConfigValue value, String key, List<String> known, List<String> path) {
        List<String> wrong = below(path, key);
        String expected = known.isEmpty()
                ? "expected no key here"
                : "expected one of " + String.join(", ", known) + Nearest.hint(key, known);
        return new UserException("Cannot read " + places.of(value.origin(), wrong) + ": " + Places.dotted(wrong)
                + " is unknown, " + expected);
    }

    // Values

    private Object value(ConfigValue given, Type type, @Nullable Object standard, List<String> path) {
        if (type instanceof ParameterizedType generic) {
            Type[] of = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                return list(given, type, of[0], path);
            }
            if (generic.getRawType() == Map.class && of[0] == String.class) {
                return map(given, type, of[1], path);
            }
            throw unsupported(type, path);
        }
        Class<?> raw = (Class<?>) type;
        if (raw.isRecord()) {
            if (!(given instanceof ConfigObject block)) {
                throw wrong(given, path, expected(raw));
            }
            return record(block, raw, standard, path, List.of());
        }
        if (raw == String.class) {
            return text(given, path);
        }
        ConfigValue typed = fromEnvironment(given);
        if (raw == boolean.class || raw == Boolean.class) {
            if (typed.valueType() != ConfigValueType.BOOLEAN) {
                throw wrong(given, path, expected(raw));
            }
            return typed.unwrapped();
        }
        if (isWhole(raw) || isReal(raw)) {
            return number(given, typed, raw, path);
        }
        if (raw.isEnum()) {
            return constant(given, raw, path);
        }
        return Methods.declaredBy(raw)
                .map(table -> method(given, table, standard, path))
                .orElseThrow(() -> unsupported(type, path));
    }

    private List<Object> list(ConfigValue given, Type type, Type element, List<String> path) {
        if (isNumber(element) && given.valueType() == ConfigValueType.NUMBER) {
            return List.of(value(given, element, null, path));
        }
        if (!(given instanceof ConfigList values)) {
            throw wrong(given, path, expected(type));
        }
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            list.add(value(values.get(i), element, null, below(path, "[" + i + "]")));
        }
        return List.copyOf(list);
    }

    private Map<String, Object> map(ConfigValue given, Type type, Type element, List<String> path) {
        if (!(given instanceof ConfigObject values)) {
            throw wrong(given, path, expected(type));
        }
        Map<String, Object> map = new LinkedHashMap<>();
        new TreeMap<>(values).forEach((key, value) -> map.put(key, value(value, element, null, below(path, key))));
        return Collections.unmodifiableMap(map);
    }

    String text(ConfigValue given, List<String> path) {
        if (given.valueType() == ConfigValueType.NUMBER || given.valueType() == ConfigValueType.BOOLEAN) {
            throw wrong(given, path, "text; put it in quotes");
        }
        if (given.valueType() != ConfigValueType.STRING) {
            throw wrong(given, path, "text");
        }
        return (String) given.unwrapped();
    }

    private Object number(ConfigValue given, ConfigValue typed, Class<?> type, List<String> path) {
        if (typed.valueType() == ConfigValueType.STRING
                && typed.unwrapped().toString().matches("-?[0-9]{19,}")) {
            throw wrong(given, path, "a whole number that a " + type.getSimpleName() + " can hold");
        }
        if (typed.valueType() == ConfigValueType.STRING
                && typed.unwrapped().toString().matches("-?[0-9]+(\\.[0-9]+)?([eE]-?[0-9]+)?")) {
            throw wrong(given, path, expected(type) + "; remove the quotes");
        }
        if (typed.valueType() != ConfigValueType.NUMBER) {
            throw wrong(given, path, expected(type));
        }
        Number number = (Number) typed.unwrapped();
        if (isReal(type)) {
            double value = number.doubleValue();
            boolean fits = Double.isFinite(value)
                    && (type == double.class || type == Double.class || Float.isFinite((float) value));
            if (!fits) {
                throw wrong(given, path, "a number that a " + type.getSimpleName() + " can hold");
            }
            return type == double.class || type == Double.class ? (Object) value : (Object) (float) value;
        }
        if (number instanceof Double) {
            throw wrong(given, path, "a whole number, written without point or exponent");
        }
        long value = number.longValue();
        if (type == long.class || type == Long.class) {
            return value;
        }
        if (value != (int) value) {
            throw wrong(given, path, "a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    private Object constant(ConfigValue given, Class<?> type, List<String> path) {
        for (Object constant : type.getEnumConstants()) {
            if (given.valueType() == ConfigValueType.STRING
                    && Json.key((Enum<?>) constant).equals(given.unwrapped())) {
                return constant;
            }
        }
        throw wrong(given, path, expected(type) + Nearest.hint(String.valueOf(given.unwrapped()), words(type)));
    }

    private Object method(ConfigValue given, Methods<?> table, @Nullable Object standard, List<String> path) {
        if (given instanceof ConfigObject block) {
            ConfigValue name = block.get("name");
            Object typical = name == null ? standard : row(name, table, standard, below(path, "name"));
            if (typical == null) {
                throw new UserException("Cannot read " + places.of(block.origin(), path) + ": "
                        + Places.dotted(below(path, "name")) + " is missing, expected " + expected(table.kind()));
            }
            return record(block, typical.getClass(), typical, path, List.of("name"));
        }
        Object typical = row(given, table, standard, path);
        ConfigObject nothing = ConfigFactory.empty().root().withOrigin(given.origin());
        return record(nothing, typical.getClass(), typical, path, List.of("name"));
    }

    /** The typical instance of a named method: the default itself, where that is the method it names. */
    private Object row(ConfigValue name, Methods<?> table, @Nullable Object standard, List<String> path) {
        Object row = name.valueType() == ConfigValueType.STRING ? table.rows().get(name.unwrapped()) : null;
        if (row == null) {
            throw wrong(
                    name,
                    path,
                    expected(table.kind())
                            + Nearest.hint(
                                    String.valueOf(name.unwrapped()),
                                    table.rows().keySet()));
        }
        return standard != null && standard.getClass() == row.getClass() ? standard : row;
    }

    private static List<String> methodKey(Class<?> type) {
        return type.isInterface() ? List.of("name") : List.of();
    }

    /** The environment has text only, so what it gives is read as HOCON would read it. */
    private static ConfigValue fromEnvironment(ConfigValue given) {
        if (given.valueType() == ConfigValueType.STRING
                && given.origin().description().startsWith("env var")) {
            String text = (String) given.unwrapped();
            if (text.matches("true|false")) {
                return ConfigValueFactory.fromAnyRef(Boolean.valueOf(text));
            }
            if (text.matches("-?[0-9]{1,18}")) {
                return ConfigValueFactory.fromAnyRef(Long.valueOf(text));
            }
            if (text.matches("-?[0-9]+(\\.[0-9]+)?([eE]-?[0-9]+)?")) {
                return ConfigValueFactory.fromAnyRef(Double.valueOf(text));
            }
        }
        return given;
    }

    UserException wrong(ConfigValue given, List<String> path, String expected) {
        return new UserException("Cannot read " + places.of(given.origin(), path) + ": " + Places.dotted(path) + " = "
                + shown(given) + ", expected " + expected);
    }

    private static IllegalStateException unsupported(Type type, List<String> path) {
        return new IllegalStateException("Cannot bind " + Places.dotted(path) + ": a component of type "
                + type.getTypeName() + " has no form in a run file");
    }

    private static String shown(ConfigValue value) {
        if (value instanceof ConfigObject) {
            return "{ … }";
        }
        if (value instanceof ConfigList) {
            return "[ … ]";
        }
        String text = value.render(ConfigRenderOptions.concise());
        return text.length() <= 60 ? text : text.substring(0, 59) + "…";
    }

    private static boolean isWhole(Class<?> type) {
        return type == int.class || type == long.class || type == Integer.class || type == Long.class;
    }

    private static boolean isNumber(Type type) {
        return type instanceof Class<?> raw && (isWhole(raw) || isReal(raw));
    }

    private static boolean isReal(Class<?> type) {
        return type == float.class || type == double.class || type == Float.class || type == Double.class;
    }

    private static List<String> words(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> Json.key((Enum<?>) constant))
                .toList();
    }

    static List<String> below(List<String> path, String key) {
        List<String> child = new ArrayList<>(path);
        child.add(key);
        return List.copyOf(child);
    }
}
