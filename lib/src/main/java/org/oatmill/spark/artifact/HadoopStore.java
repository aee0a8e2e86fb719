package org.oatmill.spark.artifact;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.oatmill.core.Store;
import org.oatmill.core.UserException;

/**
 * A directory of any file system that Hadoop knows. What {@code put} and {@code putNew} promise is kept in the way each
 * kind of file system can keep it:
 *
 * <ul>
 *   <li>local: a file beside, then rename or hard link, both one step of the operating system;
 *   <li>HDFS: a file beside, then a rename that the name node decides;
 *   <li>object stores: an object appears whole when it is closed, but nobody decides between two writers, so
 *       {@link #exclusive()} is false and {@code putNew} looks first and then writes.
 * </ul>
 */
public final class HadoopStore implements Store {
    /** Where a rename copies, and where a file that is being written cannot be seen. */
    private static final Set<String> OBJECT_STORES = Set.of("s3a", "s3", "s3n", "gs", "oss", "cosn", "obs", "swift");

    private final Configuration configuration;
    private final FileSystem files;
    private final Path root;

    public HadoopStore(String rootUri, Configuration configuration) {
        this.configuration = configuration;
        try {
            Path path = new Path(rootUri);
            FileSystem system = path.getFileSystem(configuration);
            this.root = system.makeQualified(path);
            this.files = unchecked(system);
        } catch (IOException | IllegalArgumentException e) {
            throw new UserException(
                    "Cannot open store: root = " + rootUri + ", expected a directory that Hadoop can reach: "
                            + e.getMessage(),
                    e);
        }
    }

    @Override
    public List<String> list(String directory) throws IOException {
        try {
            return Arrays.stream(files.listStatus(at(directory)))
                    .map(status -> status.getPath().getName())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (FileNotFoundException e) {
            return List.of();
        }
    }

    @Override
    public InputStream read(String path) throws IOException {
        try {
            return files.open(at(path));
        } catch (FileNotFoundException e) {
            throw (IOException) new NoSuchFileException(at(path).toString()).initCause(e);
        }
    }

    @Override
    public void put(String path, byte[] bytes) throws IOException {
        Path target = at(path);
        if (appearsWhole()) {
            write(target, bytes, true);
            return;
        }
        Path beside = writeBeside(target, bytes);
        try {
            if (local()) {
                // Hadoop's local rename deletes the target first and then renames.
                Files.move(nio(beside), nio(target), StandardCopyOption.ATOMIC_MOVE);
            } else {
                context().rename(beside, target, Options.Rename.OVERWRITE);
            }
        } finally {
            files.delete(beside, false);
        }
    }

    @Override
    public boolean putNew(String path, byte[] bytes) throws IOException {
        Path target = at(path);
        if (files.exists(target)) {
            return false;
        }
        if (appearsWhole()) {
            write(target, bytes, true);
            return true;
        }
        Path beside = writeBeside(target, bytes);
        try {
            if (local()) {
                // Hadoop's local create and rename look first and then act, so two processes can both win. A hard link
                // is made by the operating system or refused, and the file is whole when its name appears.
                Files.createLink(nio(target), nio(beside));
            } else {
                context().rename(beside, target, Options.Rename.NONE);
            }
            return true;
        } catch (FileAlreadyExistsException | org.apache.hadoop.fs.FileAlreadyExistsException e) {
            return false;
        } catch (UnsupportedOperationException e) {
            throw new UserException(
                    "Cannot put " + target + ": the file system makes no hard links, expected one that does;"
                            + " choose a root on a local disk, HDFS or an object store",
                    e);
        } finally {
            files.delete(beside, false);
        }
    }

    @Override
    public boolean exclusive() {
        return local() || root.toUri().getScheme().equals("hdfs");
    }

    @Override
    public void delete(String path) throws IOException {
        files.delete(at(path), true);
    }

    @Override
    public String root() {
        return root.toString();
    }

    @Override
    public String toString() {
        return root();
    }

    /**
     * The file system without Hadoop's checksum files on a local disk: they are written beside, in a second step, so
     * after a kill the two disagree; and a reader that looks for damage must get the bytes that are there.
     */
    static FileSystem unchecked(FileSystem system) {
        return system instanceof LocalFileSystem local ? local.getRawFileSystem() : system;
    }

    private Path at(String path) {
        if (path.startsWith("/") || Arrays.asList(path.split("/")).contains("..")) {
            throw new IllegalArgumentException("Cannot use path = " + path + ", expected one below " + root);
        }
        return path.isEmpty() ? root : new Path(root, new Path(null, null, path));
    }

    private Path writeBeside(Path target, byte[] bytes) throws IOException {
        Path beside = new Path(target.getParent(), "." + target.getName() + "." + UUID.randomUUID());
        write(beside, bytes, false);
        return beside;
    }

    private void write(Path path, byte[] bytes, boolean overwrite) throws IOException {
        try (FSDataOutputStream out = files.create(path, overwrite)) {
            out.write(bytes);
            if (!appearsWhole()) {
                out.hsync(); // a commit that was reported outlives a power failure
            }
        }
    }

    private boolean local() {
        return root.toUri().getScheme().equals("file");
    }

    private boolean appearsWhole() {
        return OBJECT_STORES.contains(root.toUri().getScheme());
    }

    private FileContext context() throws IOException {
        return FileContext.getFileContext(root.toUri(), configuration);
    }

    private static java.nio.file.Path nio(Path path) {
        return java.nio.file.Path.of(path.toUri().getPath());
    }
}
