package org.oatmill.spark.model;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.oatmill.core.Digest;
import org.oatmill.core.UserException;
import org.oatmill.spark.model.ModelFiles.Entry;

/**
 * Models on a node's own disk, a directory each, named by digest. Whatever is handed out has the
 * bytes that the driver saw; what is damaged is fetched again. Nothing is ever removed but what is
 * damaged: the directory is the operator's to clean.
 */
final class ModelCache {
    /** File locks keep other JVMs out, but threads of one JVM must not ask for one twice. */
    private static final Map<Path, Object> LOCKS = new ConcurrentHashMap<>();

    private static final int LONGEST_CONFIG = 1 << 20;

    private final Path root;

    ModelCache(Path root) {
        this.root = root;
    }

    /** A directory of this node with exactly these files: where they lie, if that is here, else fetched. */
    Path directory(ModelFiles model) {
        Optional<Path> here = model.place().here();
        if (here.isPresent()) {
            List<Entry> found = model.place().local(here.get()).read(model.toString());
            refuseOthers(model, found);
            return here.get();
        }
        Path kept = root.resolve(model.digest());
        synchronized (LOCKS.computeIfAbsent(kept, path -> new Object())) {
            try {
                Files.createDirectories(root);
                try (FileChannel file = FileChannel.open(
                                root.resolve(model.digest() + ".lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                        FileLock alone = file.lock()) {
                    if (!isWhole(kept, model)) {
                        fetch(model, kept);
                    }
                }
            } catch (IOException e) {
                throw new UserException(
                        "Cannot fetch model " + model + " to " + kept + ": " + e.getMessage()
                                + "; a local disk with room for the model is expected there, DJL_CACHE_DIR names another",
                        e);
            }
        }
        return kept;
    }

    private static boolean isWhole(Path kept, ModelFiles model) {
        return Files.isDirectory(kept)
                && Files.exists(kept.resolve(model.files().get(0).name()))
                && model.place().local(kept).read(model.toString()).equals(model.files());
    }

    private static void fetch(ModelFiles model, Path kept) throws IOException {
        Path beside = kept.resolveSibling("." + kept.getFileName() + "." + UUID.randomUUID());
        Files.createDirectories(beside);
        try {
            List<Entry> fetched = new ArrayList<>();
            try {
                model.place().visit((name, content) -> {
                    try (OutputStream out = Files.newOutputStream(beside.resolve(name))) {
                        fetched.add(copy(name, content, out));
                    }
                });
            } catch (FileNotFoundException e) {
                throw new UserException(
                        "Cannot fetch model " + model + ": " + e.getMessage() + ", expected the files that the driver"
                                + " read; put them where every node can read them, or give them to --archives",
                        e);
            }
            fetched.sort(Comparator.comparing(Entry::name));
            refuseOthers(model, fetched);
            delete(kept);
            Files.move(beside, kept, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            delete(beside);
        }
    }

    private static void refuseOthers(ModelFiles model, List<Entry> found) {
        List<String> differences = new ArrayList<>();
        for (Entry expected : model.files()) {
            Optional<Entry> there =
                    found.stream().filter(f -> f.name().equals(expected.name())).findFirst();
            if (there.isEmpty()) {
                differences.add(expected.name() + " is missing");
            } else if (!there.get().equals(expected)) {
                differences.add(expected.name() + " has " + there.get().bytes() + " bytes and sha256 "
                        + there.get().sha256().substring(0, 12) + ", expected " + expected.bytes() + " and "
                        + expected.sha256().substring(0, 12));
            }
        }
        for (Entry other : found) {
            if (model.files().stream().noneMatch(f -> f.name().equals(other.name()))) {
                differences.add(other.name() + " was not there");
            }
        }
        if (!differences.isEmpty()) {
            throw new UserException("Cannot open model " + model + ": what this machine finds at "
                    + model.place().at() + " is not what the driver read: " + String.join("; ", differences)
                    + ". Put one copy where every node can read it, and run again");
        }
    }

    /** Copies a file and says what it was. */
    static Entry copy(String name, InputStream content, OutputStream to) throws IOException {
        DigestOutputStream out = new DigestOutputStream(to, Digest.sha256());
        byte[] kept = name.equals(ModelFiles.CONFIG) ? content.readNBytes(LONGEST_CONFIG) : new byte[0];
        out.write(kept);
        long bytes = kept.length + content.transferTo(out);
        return new Entry(
                name, bytes, Digest.hex(out.getMessageDigest().digest()), new String(kept, StandardCharsets.UTF_8));
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
