package org.oatmill.spark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.Models;
import org.oatmill.djl.TinyModel;
import org.oatmill.spark.SharedSpark;

class ModelFilesTest {
    @TempDir
    Path temporary;

    private final SparkSession spark = SharedSpark.session();

    private Path model(String name) throws IOException {
        return TinyModel.write(temporary.resolve(name));
    }

    private Path zip(Path directory, String prefix) throws IOException {
        Path archive = temporary.resolve("model" + prefix.length() + ".zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(archive));
                var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                zip.putNextEntry(new ZipEntry(prefix + file.getFileName()));
                zip.write(Files.readAllBytes(file));
                zip.closeEntry();
            }
            zip.putNextEntry(new ZipEntry(prefix + "other/config.json"));
            zip.closeEntry();
        }
        return archive;
    }

    private String refusal(org.junit.jupiter.api.function.Executable attempt) {
        return assertThrows(UserException.class, attempt).getMessage();
    }

    @Test
    void theDigestIsOfTheFilesWhereverTheyLie() throws IOException {
        Path directory = model("here");
        String digest = ModelFiles.of(directory.toString(), spark).digest();
        assertEquals(digest, ModelFiles.of(directory.toUri().toString(), spark).digest());
        assertEquals(digest, ModelFiles.of(zip(directory, "").toString(), spark).digest());
        assertEquals(
                digest, ModelFiles.of(zip(directory, "top/").toString(), spark).digest());
        Files.writeString(directory.resolve("README.md"), "no part of the model");
        assertEquals(digest, ModelFiles.of(directory.toString(), spark).digest());
        Files.writeString(directory.resolve("generation_config.json"), "{}");
        assertNotEquals(digest, ModelFiles.of(directory.toString(), spark).digest());
    }

    @Test
    void tasksShareOneOpening() throws IOException {
        ModelFiles files = ModelFiles.of(model("shared").toString(), spark);
        String expected;
        try (Models.Lease<DjlLm> lease = files.lease()) {
            expected = lease.model().digest();
        }
        List<String> digests = JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(List.of(1, 2, 3, 4, 5, 6, 7, 8), 8)
                .map(i -> {
                    try (Models.Lease<DjlLm> lease = files.lease()) {
                        return lease.model().digest();
                    }
                })
                .collect();
        assertEquals(List.of(expected), digests.stream().distinct().toList());
        assertEquals(1, Models.ofThisJvm().openings("causal-lm " + files.digest()));
    }

    @Test
    void aLocalDirectoryIsUsedInPlaceAndAnythingElseIsFetchedOnce() throws IOException {
        Path directory = model("place");
        ModelCache cache = new ModelCache(temporary.resolve("cache"));
        assertEquals(directory, cache.directory(ModelFiles.of(directory.toString(), spark)));

        ModelFiles archive = ModelFiles.of(zip(directory, "top/").toString(), spark);
        Path fetched = cache.directory(archive);
        assertEquals(archive.digest(), fetched.getFileName().toString());
        Files.delete(temporary.resolve("model4.zip"));
        assertEquals(fetched, cache.directory(archive));
        DjlLm.open(fetched).close();
    }

    @Test
    void damageInTheCacheIsMended() throws IOException {
        ModelCache cache = new ModelCache(temporary.resolve("cache"));
        ModelFiles archive = ModelFiles.of(zip(model("damaged"), "").toString(), spark);
        Path weights = cache.directory(archive).resolve("model.safetensors");
        byte[] good = Files.readAllBytes(weights);
        byte[] bad = good.clone();
        bad[bad.length - 1] ^= 1;
        Files.write(weights, bad);
        cache.directory(archive);
        assertEquals(-1, java.util.Arrays.mismatch(good, Files.readAllBytes(weights)));
        Files.delete(weights);
        cache.directory(archive);
        assertEquals(-1, java.util.Arrays.mismatch(good, Files.readAllBytes(weights)));
        try (var left = Files.list(temporary.resolve("cache"))) {
            assertEquals(2, left.count(), "the model and its lock");
        }
    }

    @Test
    void whatIsNotWhatTheDriverReadIsRefusedByName() throws IOException {
        ModelCache cache = new ModelCache(temporary.resolve("cache"));
        Path directory = model("changed");
        ModelFiles seen = ModelFiles.of(directory.toString(), spark);
        Files.writeString(directory.resolve("config.json"), "{}");
        Files.delete(directory.resolve("tokenizer.json"));
        String message = refusal(() -> cache.directory(seen));
        assertTrue(message.contains("tokenizer.json is missing"), message);
        assertTrue(message.contains("config.json has 2 bytes"), message);

        ModelFiles gone = ModelFiles.of(zip(model("gone"), "").toString(), spark);
        Files.delete(temporary.resolve("model0.zip"));
        assertTrue(refusal(() -> cache.directory(gone)).contains("model0.zip does not exist"));
        assertTrue(refusal(() -> ModelFiles.of(temporary.resolve("no").toString(), spark))
                .contains("--archives"));
        Path empty = Files.createDirectories(temporary.resolve("empty"));
        assertTrue(refusal(() -> ModelFiles.of(empty.toString(), spark)).contains("holds no file"));
    }
}
