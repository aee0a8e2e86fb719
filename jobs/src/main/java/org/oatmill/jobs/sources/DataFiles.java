package org.oatmill.jobs.sources;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Digest;
import org.oatmill.core.UserException;
import scala.Tuple2;

/**
 * The files that paths and globs mean, on any file system Hadoop knows, each with a digest of its
 * content. Names that begin with {@code _} or {@code .} below a given directory are left out, as
 * Spark does.
 */
final class DataFiles {
    /** Above this, hashing would be another full reading: length and time stand for the content. */
    static final long LARGE = 1L << 30;

    /** A reading of this much is not worth a Spark job. */
    private static final long SMALL = 32L << 20;

    /** Digests of this process, by path, length and time: {@code plan}, the recipe and the reading all ask. */
    private static final Map<String, String> KNOWN = new ConcurrentHashMap<>();

    private DataFiles() {}

    /** Files of a format, sorted by name. What is named or matched is taken as it is; of a directory, what has one of the endings. */
    static List<DataFile> list(SparkSession spark, List<String> paths, List<String> endings) {
        return list(spark, paths, name -> endings.stream().anyMatch(bare(name)::endsWith), LARGE);
    }

    /** The name without the ending of a compression. */
    static String bare(String name) {
        return name.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|bz2|zst|deflate|lz4|snappy)$", "");
    }

    /**
     * Sorted by name.
     *
     * @param wanted says by its name below a given directory whether a file is meant
     * @param large in bytes; what is larger is not hashed
     */
    static List<DataFile> list(SparkSession spark, List<String> paths, Predicate<String> wanted, long large) {
        if (paths.isEmpty()) {
            throw new UserException("Cannot read files: paths = [], expected files, directories or globs");
        }
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        Map<String, FileStatus> found = new TreeMap<>();
        @Nullable Path root = null;
        for (String path : paths) {
            try {
                Path directory = collect(path, hadoop, wanted, found);
                root = root == null ? directory : common(root, directory);
            } catch (IOException | IllegalArgumentException e) {
                throw new UserException(
                        "Cannot read files: paths holds " + path + ", which cannot be listed: " + e.getMessage(), e);
            }
        }
        Map<String, String> digests = digests(spark, found.values(), large);
        List<DataFile> files = new ArrayList<>();
        for (FileStatus status : found.values()) {
            String path = status.getPath().toString();
            String stamp = stamp(status);
            boolean isLarge = status.getLen() > large;
            String digest = isLarge ? Digest.of(stamp) : digests.getOrDefault(path, "");
            files.add(new DataFile(
                    path,
                    name(root, status.getPath()),
                    status.getLen(),
                    status.getModificationTime(),
                    digest,
                    isLarge ? stamp : "sha256:" + digest));
        }
        files.sort(Comparator.comparing(DataFile::name));
        return files;
    }

    /** Names of all files below a directory, sorted; nothing is read. */
    static List<String> names(SparkSession spark, String directory) {
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        Map<String, FileStatus> found = new TreeMap<>();
        try {
            Path root = collect(directory, hadoop, name -> true, found);
            return found.values().stream()
                    .map(status -> name(root, status.getPath()))
                    .sorted()
                    .toList();
        } catch (IOException | IllegalArgumentException e) {
            throw new UserException(
                    "Cannot read files: path = " + directory + ", which cannot be listed: " + e.getMessage(), e);
        }
    }

    static Map<String, String> fingerprints(List<DataFile> files) {
        Map<String, String> fingerprints = new TreeMap<>();
        files.forEach(file -> fingerprints.put(file.name(), file.fingerprint()));
        return fingerprints;
    }

    /** Two files of one content would give their rows the same ids. */
    static void refuseTwins(List<DataFile> files) {
        Map<String, String> names = new HashMap<>();
        for (DataFile file : files) {
            String twin = file.bytes() == 0 ? null : names.putIfAbsent(file.digest(), file.name());
            if (twin != null) {
                throw new UserException("Cannot read files: " + twin + " and " + file.name()
                        + " have the same content, expected different ones, because a row's id is its file's digest"
                        + " and its number; leave one out of paths, or name a key in columns.id");
            }
        }
    }

    private static String stamp(FileStatus status) {
        return "length and time: " + status.getLen() + " bytes, " + Instant.ofEpochMilli(status.getModificationTime());
    }

    /** Adds what a path means to {@code found}, and returns the directory that its fixed part names. */
    private static Path collect(
            String path, Configuration hadoop, Predicate<String> wanted, Map<String, FileStatus> found)
            throws IOException {
        Path pattern = new Path(path);
        FileSystem system = pattern.getFileSystem(hadoop);
        Path qualified = system.makeQualified(pattern);
        FileStatus[] matches = system.globStatus(qualified);
        if (matches == null || matches.length == 0) {
            throw new UserException("Cannot read files: paths holds " + path + ", which matches nothing (looked in "
                    + fixed(qualified) + "), expected a file, a directory or a glob that matches some");
        }
        boolean isGlob = !fixed(qualified).equals(qualified);
        Path root = fixed(qualified);
        int before = found.size();
        boolean known = false;
        for (FileStatus match : matches) {
            if (match.isFile()) {
                known |= found.put(match.getPath().toString(), match) != null;
                if (!isGlob) {
                    root = parent(match.getPath());
                }
            } else {
                known |= walk(system, match.getPath(), "", wanted, found);
            }
        }
        if (found.size() == before && !known) {
            throw new UserException(
                    "Cannot read files: paths holds " + path + ", which holds no file of this format, expected some");
        }
        return root;
    }

    private static boolean walk(
            FileSystem system, Path directory, String above, Predicate<String> wanted, Map<String, FileStatus> found)
            throws IOException {
        boolean known = false;
        for (FileStatus status : system.listStatus(directory)) {
            String name = status.getPath().getName();
            if (name.startsWith("_") || name.startsWith(".")) {
                continue;
            }
            if (status.isDirectory()) {
                known |= walk(system, status.getPath(), above + name + "/", wanted, found);
            } else if (wanted.test(above + name)) {
                known |= found.put(status.getPath().toString(), status) != null;
            }
        }
        return known;
    }

    /** The path down to its first part with a glob in it. */
    private static Path fixed(Path path) {
        Path fixed = path;
        for (Path at = path; at != null; at = at.getParent()) {
            if (at.getName().matches(".*[*?\\[{\\\\].*") && at.getParent() != null) {
                fixed = at.getParent();
            }
        }
        return fixed;
    }

    private static Path parent(Path file) {
        Path parent = file.getParent();
        return parent == null ? file : parent;
    }

    private static @Nullable Path common(Path a, Path b) {
        for (Path at = a; at != null; at = at.getParent()) {
            if (isBelow(at, b)) {
                return at;
            }
        }
        return null;
    }

    private static boolean isBelow(Path root, Path path) {
        for (Path at = path; at != null; at = at.getParent()) {
            if (at.equals(root)) {
                return true;
            }
        }
        return false;
    }

    private static String name(@Nullable Path root, Path file) {
        if (root == null) {
            return file.toString();
        }
        StringBuilder name = new StringBuilder(file.getName());
        for (Path at = file.getParent(); at != null && !at.equals(root); at = at.getParent()) {
            name.insert(0, at.getName() + "/");
        }
        return name.toString();
    }

    private static Map<String, String> digests(SparkSession spark, Iterable<FileStatus> files, long large) {
        Map<String, String> digests = new HashMap<>();
        List<String> unknown = new ArrayList<>();
        Map<String, String> stamps = new HashMap<>();
        long bytes = 0;
        for (FileStatus file : files) {
            if (file.getLen() > large) {
                continue;
            }
            String path = file.getPath().toString();
            String known = KNOWN.get(path + " " + stamp(file));
            if (known != null) {
                digests.put(path, known);
            } else {
                unknown.add(path);
                stamps.put(path, stamp(file));
                bytes += file.getLen();
            }
        }
        Configuration hadoop = spark.sparkContext().hadoopConfiguration();
        if (bytes <= SMALL) {
            unknown.forEach(path -> digests.put(path, sha256(path, hadoop)));
        } else {
            SerializableConfiguration configuration = new SerializableConfiguration(hadoop);
            new JavaSparkContext(spark.sparkContext())
                    .parallelize(unknown, unknown.size())
                    .map(path -> new Tuple2<>(path, sha256(path, configuration.value())))
                    .collect()
                    .forEach(pair -> digests.put(pair._1(), pair._2()));
        }
        unknown.forEach(path -> KNOWN.put(path + " " + stamps.get(path), digests.getOrDefault(path, "")));
        return digests;
    }

    private static String sha256(String path, Configuration hadoop) {
        Path file = new Path(path);
        MessageDigest sha256 = Digest.sha256();
        try (InputStream in = file.getFileSystem(hadoop).open(file)) {
            new DigestInputStream(in, sha256).transferTo(OutputStream.nullOutputStream());
        } catch (FileNotFoundException e) {
            throw new UserException("Cannot read " + path + ": it went away after it was listed; run again", e);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read " + path, e);
        }
        return Digest.hex(sha256.digest());
    }
}
