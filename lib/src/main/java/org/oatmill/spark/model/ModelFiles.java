package org.oatmill.spark.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.TaskCompletionListener;
import org.oatmill.core.Digest;
import org.oatmill.core.Manifest;
import org.oatmill.core.UserException;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.Footprint;
import org.oatmill.djl.Models;
import org.oatmill.spark.artifact.Artifact;

/**
 * A model as the driver found it: where its files are and what is in them. Travels to executors,
 * where {@link #lease} opens it.
 */
public final class ModelFiles implements ModelSource {
    private static final long serialVersionUID = 1L;

    /** The model that comes with Oatmill. */
    public static final String SHIPPED = "wordnet";

    /** Where an artifact of the job {@code pretrain} keeps its model. */
    public static final String IN_ARTIFACT = "files/model/";

    static final String CONFIG = "config.json";

    /**
     * A file and its content.
     *
     * @param name without directories
     * @param text of {@value #CONFIG}, which says how much memory the model needs; of no other file
     */
    record Entry(String name, long bytes, String sha256, String text) implements Serializable {}

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
        List<Entry> files = new ArrayList<>();
        for (Manifest.FileContent file : pretrained.manifest().files()) {
            String name = file.path().replace(IN_ARTIFACT, "");
            if (file.path().startsWith(IN_ARTIFACT) && Place.isModelFile(name)) {
                String text = name.equals(CONFIG) ? text(pretrained, file.path()) : "";
                files.add(new Entry(name, file.bytes(), file.sha256(), text));
            }
        }
        if (files.isEmpty()) {
            throw new UserException("Cannot read model: artifact = " + pretrained.path() + ", which holds no "
                    + IN_ARTIFACT + ", expected an artifact of the job pretrain");
        }
        return new ModelFiles(pretrained.path(), Place.hadoop(place(pretrained), spark), files);
    }

    /** Where the model of an artifact lies: what {@link #of(String, SparkSession)} takes. */
    public static String place(Artifact pretrained) {
        return pretrained.location() + "/" + IN_ARTIFACT;
    }

    private static String text(Artifact artifact, String path) {
        try (InputStream in = artifact.file(path.substring("files/".length()))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + path + " of " + artifact.path(), e);
        }
    }

    /** Whether one of the files has this ending. */
    public boolean has(String ending) {
        return files.stream().anyMatch(file -> file.name().endsWith(ending));
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
    @Override
    public Models.Lease<DjlLm> lease() {
        return lease(0);
    }

    /**
     * @param forkBytes native memory for the coordinates of forks that this user makes
     */
    public Models.Lease<DjlLm> lease(long forkBytes) {
        NativeMemory memory = NativeMemory.ofThisProcess();
        return Models.ofThisJvm()
                .lease(
                        "causal-lm " + digest(),
                        memory.of(footprint()),
                        forkBytes,
                        memory.room(),
                        () -> DjlLm.open(directory()));
    }

    /**
     * A model of another kind, opened by {@code opening} from {@link #directory} and shared in the same way.
     *
     * @param kind tells apart what may be opened of the same files
     */
    public <M extends AutoCloseable> Models.Lease<M> lease(String kind, Function<Path, M> opening) {
        NativeMemory memory = NativeMemory.ofThisProcess();
        long bytes = files.stream().mapToLong(Entry::bytes).sum();
        return Models.ofThisJvm()
                .lease(kind + " " + digest(), bytes, 0, memory.room(), () -> opening.apply(directory()));
    }

    /** In a task: the opened model, given back when the task ends. */
    public DjlLm ofTask() {
        Models.Lease<DjlLm> lease = lease();
        TaskCompletionListener end = task -> lease.close();
        TaskContext.get().addTaskCompletionListener(end);
        return lease.model();
    }

    /** Native memory that the model needs in each process, for {@code plan}. */
    public String memory() {
        Footprint footprint = footprint();
        return NativeMemory.mebibytes(footprint.weights()) + " MiB + " + NativeMemory.mebibytes(footprint.perTask())
                + " MiB a task";
    }

    private Footprint footprint() {
        long weights = files.stream()
                .filter(file -> file.name().endsWith(".safetensors"))
                .mapToLong(Entry::bytes)
                .sum();
        return files.stream()
                .filter(file -> file.name().equals(CONFIG))
                .map(file -> Footprint.of(file.text(), weights))
                .findFirst()
                .orElseThrow(() -> new UserException("Cannot open model " + name + ": it has no " + CONFIG
                        + ", expected a directory in the Hugging Face layout"));
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
