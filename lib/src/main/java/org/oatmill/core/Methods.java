package org.oatmill.core;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The table of methods of one kind: for each a name and a typical instance. The instance is a
 * record whose components are the method's hyperparameters; it gives the defaults of the run file,
 * feeds the law tests, and prints the tables of the README and of {@code config reference}.
 *
 * <p>An interface that has such a table declares it as {@code public static final Methods<...>
 * METHODS}; a configuration record with a component of that interface is then bound by name:
 * {@code method { name = wds, repetitions = 256 }}.
 *
 * @param <M> the interface all methods of the table implement
 */
public final class Methods<M> {

    private final Class<M> kind;
    private final Map<String, Supplier<? extends M>> makers;
    private volatile @Nullable Map<String, M> rows;

    private Methods(Class<M> kind, Map<String, Supplier<? extends M>> makers) {
        this.kind = kind;
        this.makers = makers;
    }

    public static <M> Methods<M> of(Class<M> kind) {
        return new Methods<>(kind, new LinkedHashMap<>());
    }

    /**
     * This table and one row more. One record class stands in one row only.
     *
     * @param typical makes the typical instance, when the table is first read: a table whose interface
     *     made instances of its own implementations while the JVM initialises it could lock two threads out
     *     of each other's class for good
     */
    public Methods<M> row(String name, Supplier<? extends M> typical) {
        if (!name.matches("[a-z][a-z0-9]*(-[a-z0-9]+)*")) {
            throw new IllegalArgumentException("Cannot add method: name = " + name + ", expected words-with-hyphens");
        }
        Map<String, Supplier<? extends M>> longer = new LinkedHashMap<>(makers);
        if (longer.put(name, typical) != null) {
            throw new IllegalArgumentException("Cannot add method " + name + ": its name stands in the table");
        }
        return new Methods<>(kind, longer);
    }

    /** Name to typical instance, in the order of the table. */
    public Map<String, M> rows() {
        Map<String, M> made = rows;
        if (made == null) {
            made = Collections.unmodifiableMap(made());
            rows = made;
        }
        return made;
    }

    private Map<String, M> made() {
        Map<String, M> made = new LinkedHashMap<>();
        Set<Class<?>> classes = new HashSet<>();
        makers.forEach((name, maker) -> {
            M typical = maker.get();
            if (!typical.getClass().isRecord()) {
                throw new IllegalArgumentException(
                        "Cannot add method " + name + ": " + typical.getClass() + " is no record");
            }
            if (!classes.add(typical.getClass())) {
                throw new IllegalArgumentException("Cannot add method " + name + ": its class stands in the table");
            }
            made.put(name, typical);
        });
        return made;
    }

    /** The typical instance of a name that stands in the table. */
    public M typical(String name) {
        M typical = rows().get(name);
        if (typical == null) {
            throw new IllegalArgumentException(name + " stands in no row of the table of " + kind.getSimpleName());
        }
        return typical;
    }

    public Class<M> kind() {
        return kind;
    }

    /** The name under which the instance's class stands in the table. */
    public String name(Object method) {
        return rows().entrySet().stream()
                .filter(row -> row.getValue().getClass() == method.getClass())
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        method.getClass() + " stands in no row of the table of " + kind.getSimpleName()));
    }

    /** The table that an interface declares as its {@code METHODS}, if it does. */
    public static Optional<Methods<?>> declaredBy(Class<?> kind) {
        for (Field field : kind.getDeclaredFields()) {
            if (field.getType() == Methods.class
                    && Modifier.isStatic(field.getModifiers())
                    && field.getName().equals("METHODS")) {
                try {
                    field.setAccessible(true);
                    return Optional.ofNullable((Methods<?>) field.get(null));
                } catch (IllegalAccessException e) {
                    throw new IllegalStateException("Cannot read the table of methods of " + kind.getName(), e);
                }
            }
        }
        return Optional.empty();
    }
}
