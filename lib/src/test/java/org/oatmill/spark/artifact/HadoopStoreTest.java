package org.oatmill.spark.artifact;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Store;
import org.oatmill.core.StoreLaws;
import org.oatmill.core.UserException;

class HadoopStoreTest extends StoreLaws {
    @TempDir
    Path temporary;

    @Override
    protected Store store() {
        // A root with characters that Hadoop would take for a pattern, or for an escape.
        return new HadoopStore(temporary.resolve("a root[1] %20").toString(), new Configuration());
    }

    @Test
    void localDiskIsExclusive() {
        assertTrue(store().exclusive());
    }

    @Test
    void noChecksumFileIsLeftBesideAndNoneIsBelieved() throws Exception {
        store().put("a", bytes("one"));
        Path file = temporary.resolve("a root[1] %20/a");
        assertEquals(List.of("a"), names(file.getParent()));

        Files.write(file, bytes("two"));
        assertArrayEquals(bytes("two"), read(store(), "a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../a", "a/../../b"})
    void pathCannotLeaveTheRoot(String path) {
        assertThrows(IllegalArgumentException.class, () -> store().put(path, bytes("x")));
        assertThrows(IllegalArgumentException.class, () -> store().read(path));
        assertThrows(IllegalArgumentException.class, () -> store().delete(path));
    }

    @Test
    void rootThatHadoopCannotReachIsTheOperatorsMistake() {
        UserException e =
                assertThrows(UserException.class, () -> new HadoopStore("nosuch://host/root", new Configuration()));
        assertTrue(e.getMessage().startsWith("Cannot open store: root = nosuch://host/root, expected"), e.getMessage());
    }

    /** An object store: a local directory under a scheme that is known for having no exclusive create. */
    @Test
    void objectStoreSaysThatItIsNotExclusiveAndStillKeepsTheFirst() throws Exception {
        Configuration configuration = new Configuration();
        configuration.setClass("fs.gs.impl", PretendedObjects.class, FileSystem.class);
        Store objects = new HadoopStore("gs://bucket" + temporary.resolve("objects"), configuration);

        assertFalse(objects.exclusive());
        assertTrue(objects.putNew("a/b", bytes("first")));
        assertFalse(objects.putNew("a/b", bytes("second")));
        assertArrayEquals(bytes("first"), read(objects, "a/b"));
        objects.put("a/b", bytes("third"));
        assertArrayEquals(bytes("third"), read(objects, "a/b"));
        assertEquals(List.of("b"), names(temporary.resolve("objects/a")), "written in place, never renamed");
    }

    public static final class PretendedObjects extends RawLocalFileSystem {
        @Override
        public URI getUri() {
            return URI.create("gs://bucket");
        }

        @Override
        public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to) throws IOException {
            throw new IOException("a rename copies");
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
