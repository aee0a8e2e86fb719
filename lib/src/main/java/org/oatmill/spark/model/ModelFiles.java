package org.oatmill.spark.model;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Digest;
import org.oatmill.core.UserException;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.Models;
import org.oatmill.spark.artifact.Artifact;

/**
 * A model as the driver found it: where its files are and what is in them. Travels to executors,
 * where {@link #lease} opens it.
 */
public final class ModelFiles implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The model that comes with Oatmill. */
    public static final String SHIPPED = "wordnet";

    /** Where an artifact of the job {@code pretrain} keeps its model. */
    public static final String IN_ARTIFACT = "files/model/";

    /** A file: its name, without directories, and its content. */
    record Entry(String name, long bytes, String sha256) implements Serializable {}

    private final String name;
    private final Place place;
    private final List<Entry> files;

    /**
     * @param name what the operator called it
     * @param place where the files are, as any node reaches them
     */
    ModelFiles(String name, Place place, List<Entry> files) {
        this.name = name;
        this.place = place;
        this.files = files.stream().sorted(Comparator.comparing(Entry::name)).toList();
    }

    /**
     * The model of this name, looked for in this order: {@link #SHIPPED} and other models on the class path; a file or
     * archive given to {@code --files} or {@code --archives}; a directory, a {@code .zip} or {@code .tar.gz} of one, or a
     * file, on any file system Hadoop knows. Reads all its files, once in a process.
     */
    public static ModelFiles of(String name, SparkSession spark) {
        return Place.find(name, spark);
    }

    /** The model that a job {@code pretrain} committed. */
    public static ModelFiles of(Artifact pretrained, SparkSession spark) {
        List<Entry> files = pretrained.manifest().files().stream()
                .filter(file -> file.path().startsWith(IN_ARTIFACT))
                .map(file -> new Entry(file.path().substring(IN_ARTIFACT.length()), file.bytes(), file.sha256()))
                .filter(file -> Place.isModelFile(file.name()))
                .toList();
        if (files.isEmpty()) {
            throw new UserException("Cannot read model: artifact = " + pretrained.path() + " holds no " + IN_ARTIFACT
                    + ", expected an artifact of the job pretrain");
        }
        return new ModelFiles(
                pretrained.path(), Place.directory(pretrained.location() + "/" + IN_ARTIFACT, spark), files);
    }

    /** SHA-256 over names and contents of all files: equal wherever and however they lie. */
    public String digest() {
        StringBuilder lines = new StringBuilder();
        files.forEach(file ->
                lines.append(file.sha256()).append("  ").append(file.name()).append('\n'));
        return Digest.of(lines.toString());
    }

    /** What a recipe says of the model: for {@code Job.external}. */
    public Map<String, String> external() {
        return Map.of("model", digest());
    }

    /** The opened model, shared with everybody else in this JVM who asks for it. Works on the driver and in tasks. */
    public Models.Lease<DjlLm> lease() {
        return lease(0);
    }

    /**
     * @param forkBytes native memory for the coordinates of forks that this user makes
     */
    public Models.Lease<DjlLm> lease(long forkBytes) {
        return Models.ofThisJvm()
                .lease("causal-lm " + digest(), 0, forkBytes, Models.Room.ANY, () -> DjlLm.open(directory()));
    }

    /** A directory of this node with exactly the bytes the driver saw; fetched if need be. */
    public Path directory() {
        return new ModelCache(Models.cacheDirectory()).directory(this);
    }

    Place place() {
        return place;
    }

    /** Names and contents of all files, by name. */
    List<Entry> files() {
        return files;
    }

    @Override
    public String toString() {
        return name;
    }
}
