package org.oatmill.spark.model;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.net.URI;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.ArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkFiles;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;

/**
 * Where the files of a model lie, and how any node reads them.
 *
 * @param kind of place
 * @param at a name on the class path, a name given to {@code --files} or {@code --archives}, or a URI
 * @param hadoop the driver's; file systems are set up there
 */
record Place(Kind kind, String at, SerializableConfiguration hadoop) implements Serializable {

    /** How files are reached. */
    enum Kind {
        CLASS_PATH,
        SHIPPED,
        HADOOP
    }

    /** Below this, a directory for each model that comes in a jar. */
    private static final String RESOURCES = "org/oatmill/models/";

    /** What can be listed nowhere: a class path has no directories. */
    private static final List<String> NAMES_ON_CLASS_PATH = List.of(
            "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json");

    private static final List<String> ENDINGS =
            List.of(".json", ".jinja", ".safetensors", ".pt", ".onnx", ".onnx_data", ".txt");

    private static final List<String> ARCHIVES = List.of(".zip", ".tar.gz", ".tgz", ".tar");

    private static final List<String> SHIPPING =
            List.of("spark.files", "spark.archives", "spark.yarn.dist.files", "spark.yarn.dist.archives");

    /** What this process has read, by place, lengths and times: {@code plan}, recipes and jobs all ask. */
    private static final Map<String, List<ModelFiles.Entry>> KNOWN = new ConcurrentHashMap<>();

    /** What is done with each file; the stream ends with the file. */
    interface Visit {
        void file(String name, InputStream content) throws IOException;
    }

    /** Whether a file takes part in what a model is; a README does not. */
    static boolean isModelFile(String name) {
        return !name.startsWith(".")
                && !name.startsWith("_")
                && !name.contains("/")
                && ENDINGS.stream().anyMatch(name::endsWith);
    }

    static Place hadoop(String uri, SparkSession spark) {
        return new Place(
                Kind.HADOOP,
                uri,
                new SerializableConfiguration(spark.sparkContext().hadoopConfiguration()));
    }

    /** A directory of this machine. */
    Place local(java.nio.file.Path directory) {
        return new Place(Kind.HADOOP, directory.toAbsolutePath().toString(), hadoop);
    }

    /** On the driver: the model that an operator calls by this name, all its files read. */
    static ModelFiles find(String name, SparkSession spark) {
        Place place = hadoop(name, spark);
        if (resource(name, "config.json") != null) {
            place = new Place(Kind.CLASS_PATH, name, place.hadoop);
            return new ModelFiles(name, place, place.read(name));
        }
        Optional<String> shipped = shipped(name, spark);
        // The driver of a client need not have what it ships, but knows where it comes from.
        Place mine = shipped.map(uri -> hadoop(uri, spark)).orElse(place);
        List<ModelFiles.Entry> files = mine.read(name);
        return new ModelFiles(
                name, shipped.isPresent() ? new Place(Kind.SHIPPED, name, place.hadoop) : mine.qualified(), files);
    }

    private Place qualified() {
        try {
            Path path = new Path(at);
            return new Place(
                    kind, path.getFileSystem(hadoop.value()).makeQualified(path).toString(), hadoop);
        } catch (IOException e) {
            throw new UserException("Cannot read model: model = " + at + ": " + e.getMessage(), e);
        }
    }

    /** Where the driver sent from what executors find under this name. */
    private static Optional<String> shipped(String name, SparkSession spark) {
        if (name.contains("/")) {
            return Optional.empty();
        }
        for (String key : SHIPPING) {
            for (String entry : spark.sparkContext().getConf().get(key, "").split(",")) {
                String uri = entry.replaceFirst("#.*", "");
                String alias = entry.contains("#")
                        ? entry.substring(entry.indexOf('#') + 1)
                        : new Path(uri.isEmpty() ? "." : uri).getName();
                if (!entry.isEmpty() && alias.equals(name)) {
                    return Optional.of(uri);
                }
            }
        }
        return Optional.empty();
    }

    private static @Nullable InputStream resource(String model, String file) {
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        ClassLoader any = loader != null ? loader : Place.class.getClassLoader();
        return model.matches("[a-z0-9-]+") ? any.getResourceAsStream(RESOURCES + model + "/" + file) : null;
    }

    /** Names and contents of all files, by name. */
    List<ModelFiles.Entry> read(String name) {
        try {
            String stamp = stamp();
            List<ModelFiles.Entry> known = KNOWN.get(stamp);
            if (known == null) {
                Map<String, ModelFiles.Entry> files = new TreeMap<>();
                visit((file, content) ->
                        files.put(file, ModelCache.copy(file, content, OutputStream.nullOutputStream())));
                known = List.copyOf(files.values());
                KNOWN.put(stamp, known);
            }
            if (known.isEmpty()) {
                throw new UserException("Cannot read model: model = " + name + ", which holds no file of " + ENDINGS
                        + ", expected those of a model");
            }
            return known;
        } catch (FileNotFoundException e) {
            throw new UserException(
                    "Cannot read model: model = " + name + ", which does not exist, expected " + ModelFiles.SHIPPED
                            + ", a Hugging Face directory, a .zip or .tar.gz of one, or a name given to --files or"
                            + " --archives",
                    e);
        } catch (IOException | IllegalArgumentException e) {
            throw new UserException("Cannot read model: model = " + name + ": " + e.getMessage(), e);
        }
    }

    /** Changes whenever the files may have. */
    private String stamp() throws IOException {
        StringBuilder stamp = new StringBuilder(kind + " " + at);
        if (kind != Kind.CLASS_PATH) {
            for (FileStatus status : unshipped().statuses()) {
                stamp.append('\n').append(status.getPath()).append(' ').append(status.getLen());
                stamp.append(' ').append(status.getModificationTime());
            }
        }
        return stamp.toString();
    }

    /** The file that is named, or the files of the directory that is. */
    private List<FileStatus> statuses() throws IOException {
        Path path = new Path(at);
        FileSystem system = path.getFileSystem(hadoop.value());
        FileStatus named = system.getFileStatus(path);
        if (named.isFile()) {
            return List.of(named);
        }
        return Arrays.stream(system.listStatus(path))
                .filter(status ->
                        status.isFile() && isModelFile(status.getPath().getName()))
                .toList();
    }

    /** The directory of this machine that the files lie in already, if they do. */
    Optional<java.nio.file.Path> here() {
        if (kind == Kind.CLASS_PATH) {
            return Optional.empty();
        }
        URI uri = new Path(unshipped().at).toUri();
        if (uri.getScheme() != null && !uri.getScheme().equals("file")) {
            return Optional.empty();
        }
        java.nio.file.Path path = java.nio.file.Path.of(uri.getPath());
        return Files.isDirectory(path) ? Optional.of(path) : Optional.empty();
    }

    /** What {@code --files} and {@code --archives} brought to this machine, as a place of it. */
    private Place unshipped() {
        if (kind != Kind.SHIPPED) {
            return this;
        }
        java.nio.file.Path path = java.nio.file.Path.of(SparkFiles.get(at));
        // YARN puts what it ships into the working directory of a container.
        java.nio.file.Path found =
                Files.exists(path) ? path : java.nio.file.Path.of(at).toAbsolutePath();
        return new Place(Kind.HADOOP, found.toString(), hadoop);
    }

    /** Reads every file of the model. */
    void visit(Visit visit) throws IOException {
        if (kind == Kind.CLASS_PATH) {
            for (String name : NAMES_ON_CLASS_PATH) {
                try (InputStream content = resource(at, name)) {
                    if (content != null) {
                        visit.file(name, content);
                    }
                }
            }
            return;
        }
        for (FileStatus status : unshipped().statuses()) {
            Path path = status.getPath();
            if (ARCHIVES.stream().anyMatch(path.getName()::endsWith)) {
                unpack(path, visit);
            } else {
                try (InputStream content = path.getFileSystem(hadoop.value()).open(path)) {
                    visit.file(path.getName(), content);
                }
            }
        }
    }

    /** An archive holds a model's files, or one directory of them: the directory nearest to the top that has any. */
    private void unpack(Path archive, Visit visit) throws IOException {
        TreeSet<String> names = new TreeSet<>(Comparator.comparingLong(
                        (String name) -> name.chars().filter(c -> c == '/').count())
                .thenComparing(Comparator.naturalOrder()));
        eachEntry(archive, (name, content) -> names.add(name));
        if (names.isEmpty()) {
            return;
        }
        String directory = names.first().substring(0, names.first().lastIndexOf('/') + 1);
        eachEntry(archive, (name, content) -> {
            String bare = name.startsWith(directory) ? name.substring(directory.length()) : "/";
            if (isModelFile(bare)) {
                visit.file(bare, content);
            }
        });
    }

    private void eachEntry(Path archive, Visit visit) throws IOException {
        try (InputStream bytes = archive.getFileSystem(hadoop.value()).open(archive);
                ArchiveInputStream entries = entries(archive.getName(), new BufferedInputStream(bytes))) {
            for (ArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                String name = entry.getName().replaceFirst("^(\\./)+", "");
                if (!entry.isDirectory() && isModelFile(name.substring(name.lastIndexOf('/') + 1))) {
                    visit.file(name, entries);
                }
            }
        }
    }

    private static ArchiveInputStream entries(String name, InputStream bytes) throws IOException {
        if (name.endsWith(".zip")) {
            return new ZipArchiveInputStream(bytes);
        }
        return new TarArchiveInputStream(name.endsWith(".tar") ? bytes : new GzipCompressorInputStream(bytes));
    }
}
