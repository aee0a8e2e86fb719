package org.oatmill.core;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that decides a stage's result; equal recipes make equal artifacts.
 *
 * @param job name of the job
 * @param resultVersion raised exactly when the job's bytes change
 * @param config the bound configuration, as {@link #config} gives it
 * @param seed the stage's derived seed
 * @param parents content digest of each input, by role
 * @param external content hash of each file or table read from outside, by name
 */
public record Recipe(
        String job,
        int resultVersion,
        JsonNode config,
        long seed,
        Map<String, String> parents,
        Map<String, String> external) {

    public Recipe {
        parents = new TreeMap<>(parents);
        external = new TreeMap<>(external);
    }

    /** A bound configuration as {@link Json#tree} gives it, without components marked {@link Location}. */
    public static JsonNode config(Record config) {
        JsonNode tree = Json.tree(config);
        dropLocations(config, tree);
        return tree;
    }

    private static void dropLocations(@Nullable Object value, JsonNode tree) {
        if (!(value instanceof Record) || !(tree instanceof ObjectNode node)) {
            return;
        }
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            String key = Json.key(component);
            if (component.isAnnotationPresent(Location.class)) {
                node.remove(key);
            } else if (node.has(key)) {
                dropLocations(component(value, component), node.path(key));
            }
        }
    }

    private static @Nullable Object component(Object record, RecordComponent component) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true); // a record may be private to its job
            return accessor.invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("Cannot read " + component + " of " + record.getClass(), e);
        }
    }

    /** SHA-256 of the canonical JSON of this record. */
    public String digest() {
        return Digest.of(Json.canonical(Json.tree(this)));
    }

    /** The first twelve characters of the digest: the artifact's directory. */
    public String shortDigest() {
        return digest().substring(0, 12);
    }
}
