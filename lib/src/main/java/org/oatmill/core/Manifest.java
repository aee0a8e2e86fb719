package org.oatmill.core;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an artifact is, how it was made and how to make it again; written last, so an artifact with
 * a manifest is whole. Each field has a reader: {@code validate}, the next stage, the report, or
 * whoever has to make the artifact again in three years.
 *
 * @param schema version of this layout; readers accept every earlier one
 * @param stage the stage's name in its run file
 * @param recipe what it was made of
 * @param recipeDigest its digest
 * @param contentDigest digest of what it holds, equal for any partitioning
 * @param attempt the directory that counts
 * @param tables what each table holds
 * @param files other files, under {@code files/}
 * @param parents where each input lay, by role
 * @param notes numbers and words the job says of its result, by name
 * @param warnings what the operator should know
 * @param tool who made it
 * @param startedAt ISO-8601, UTC; of the record only
 * @param seconds how long it took
 */
public record Manifest(
        int schema,
        String stage,
        Recipe recipe,
        String recipeDigest,
        String contentDigest,
        String attempt,
        List<TableContent> tables,
        List<FileContent> files,
        Map<String, Parent> parents,
        Map<String, JsonNode> notes,
        List<String> warnings,
        Tool tool,
        String startedAt,
        double seconds) {

    public static final int SCHEMA = 1;
    public static final String FILE = "_manifest.json";

    /** Reads the manifest of this or any earlier schema; {@code from} names it in messages. */
    public static Manifest read(InputStream in, String from) throws IOException {
        try {
            JsonNode tree = Json.parse(in);
            int schema = tree.path("schema").asInt();
            if (tree.isObject() && (schema < 1 || schema > SCHEMA)) {
                throw new UserException("Cannot read manifest " + from + ": schema = " + tree.path("schema")
                        + ", expected 1 to " + SCHEMA + ". It was written by Oatmill "
                        + tree.path("tool").path("version").asText("?") + "; read it with that version or a later one");
            }
            return Json.read(tree, Manifest.class);
        } catch (JsonProcessingException | Json.Mismatch e) {
            throw new UserException(
                    "Cannot read manifest " + from + ": " + e.getMessage() + ". It is damaged; restore the file", e);
        }
    }

    /** What a table holds, if the artifact has it. */
    public Optional<TableContent> table(String name) {
        return tables.stream().filter(table -> table.name().equals(name)).findFirst();
    }

    /**
     * @param name the table's name
     * @param schema its columns as DDL
     * @param rows row count
     * @param digests the two order-free sums of row hashes, as exact decimals
     * @param files its Parquet files
     */
    public record TableContent(String name, String schema, long rows, List<String> digests, List<FileContent> files) {}

    /**
     * @param path below the attempt's directory
     * @param bytes length
     * @param sha256 of its bytes
     * @param rows rows of a Parquet file, -1 for other files
     */
    public record FileContent(String path, long bytes, String sha256, long rows) implements Serializable {}

    /**
     * @param path of the parent artifact, below the workspace's root if it lies there
     * @param recipeDigest of the parent
     * @param contentDigest of the parent
     */
    public record Parent(String path, String recipeDigest, String contentDigest) {}

    /**
     * @param version of Oatmill
     * @param gitSha of its source
     * @param spark version
     * @param java version
     * @param instructionSet of the driver's processor
     */
    public record Tool(String version, String gitSha, String spark, String java, String instructionSet) {

        /** This build in this process. */
        public static Tool current(String sparkVersion) {
            BuildInfo build = BuildInfo.current();
            return new Tool(
                    build.version(),
                    build.commit() + (build.dirty() ? "+" : ""),
                    sparkVersion,
                    Runtime.version().toString(),
                    InstructionSet.current());
        }
    }
}
