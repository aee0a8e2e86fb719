package org.oatmill.jobs.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.spark.SharedSpark;

class DataFilesTest {
    private static final SparkSession SPARK = SharedSpark.session();

    @TempDir
    private Path directory;

    private void write(String name, String content) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    private List<String> names(String... paths) {
        List<String> below =
                List.of(paths).stream().map(path -> directory + "/" + path).toList();
        return DataFiles.list(SPARK, below, List.of(".x")).stream()
                .map(DataFile::name)
                .toList();
    }

    @Test
    void namesBeginBelowWhatAllPathsShare() throws IOException {
        for (String name : List.of("a/1.x", "a/deep/2.x", "b/1.x", "b/3.y", "a/_hidden/4.x", "a/.5.x")) {
            write(name, name);
        }
        assertEquals(List.of("1.x", "deep/2.x"), names("a"));
        assertEquals(List.of("1.x"), names("a/1.x"));
        assertEquals(List.of("a/1.x", "b/1.x"), names("*/1.x"));
        assertEquals(List.of("a/1.x", "a/deep/2.x", "b/1.x"), names("a", "b"));
        assertEquals(List.of("a/1.x", "b/3.y"), names("a/1.x", "b/*.y"), "what is named is taken as it is");
        assertEquals(List.of("a/1.x", "b/1.x"), names("b/1.x", "a/1.x", "*/1.x"), "twice named is once read");
    }

    /** {@code printf abc | sha256sum} prints ba7816bf…15ad. */
    @Test
    void contentSpeaksForAFile() throws IOException {
        write("1.x", "abc");
        DataFile file = DataFiles.list(SPARK, List.of(directory.toString()), List.of(".x"))
                .get(0);
        assertEquals("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", file.fingerprint());
        assertEquals("ba7816bf8f01cfea-7", file.id(7));
    }

    @Test
    void lengthAndTimeSpeakForALargeFile() throws IOException {
        write("1.x", "four");
        Files.setLastModifiedTime(directory.resolve("1.x"), FileTime.from(Instant.parse("2026-01-02T03:04:05Z")));
        DataFile before = large();
        assertEquals("length and time: 4 bytes, 2026-01-02T03:04:05Z", before.fingerprint());
        Files.setLastModifiedTime(directory.resolve("1.x"), FileTime.from(Instant.parse("2026-01-02T03:04:06Z")));
        assertNotEquals(before.fingerprint(), large().fingerprint());
        assertTrue(large().digest().matches("[0-9a-f]{64}"));
    }

    private DataFile large() {
        return DataFiles.list(SPARK, List.of(directory.toString()), name -> true, 3)
                .get(0);
    }
}
