package org.oatmill.core;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.TreeMap;

/**
 * Everything that decides a stage's result; equal recipes make equal artifacts.
 *
 * @param job name of the job
 * @param resultVersion raised exactly when the job's bytes change
 * @param config the bound configuration, as {@link Json#tree} gives it
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

    /** SHA-256 of the canonical JSON of this record. */
    public String digest() {
        return Digest.of(Json.canonical(Json.tree(this)));
    }

    /** The first twelve characters of the digest: the artifact's directory. */
    public String shortDigest() {
        return digest().substring(0, 12);
    }
}
