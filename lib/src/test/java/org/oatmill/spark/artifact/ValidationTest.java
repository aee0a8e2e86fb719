package org.oatmill.spark.artifact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.oatmill.spark.artifact.PlantedArtifacts.commit;
import static org.oatmill.spark.artifact.PlantedArtifacts.copy;
import static org.oatmill.spark.artifact.PlantedArtifacts.directory;
import static org.oatmill.spark.artifact.PlantedArtifacts.rows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One artifact, copied and spoilt in one place by each test. */
class ValidationTest {
    @TempDir
    static Path original;

    @TempDir
    Path root;

    private static Artifact artifact;
    private Path directory;
    private Path attempt;
    private Path part;

    @BeforeAll
    static void commitOne() throws Exception {
        artifact = commit(PlantedArtifacts.in(original), 7, rows(40).repartition(3));
    }

    @BeforeEach
    void copyIt() throws Exception {
        copy(original, root);
        directory = directory(root, artifact);
        attempt = directory.resolve(artifact.manifest().attempt());
        part = attempt.resolve(artifact.manifest()
                .table("planted")
                .orElseThrow()
                .files()
                .get(1)
                .path());
    }

    private List<String> findings() throws Exception {
        return PlantedArtifacts.in(root).validate(artifact.path());
    }

    private void expectOne(String... parts) throws Exception {
        List<String> findings = findings();
        assertEquals(1, findings.size(), findings.toString());
        for (String text : parts) {
            assertTrue(findings.get(0).contains(text), findings.get(0));
        }
    }

    private String named(Path file) {
        return directory.relativize(file).toString();
    }

    @Test
    void wholeArtifactHasNoFindings() throws Exception {
        assertEquals(List.of(), findings());
    }

    /** Where: the share of the file's length at which the byte lies. */
    @ParameterizedTest
    @CsvSource({"0", "0.1", "0.5", "0.95", "1"})
    void anyFlippedByteOfATableIsFound(double where) throws Exception {
        byte[] bytes = Files.readAllBytes(part);
        bytes[(int) (where * (bytes.length - 1))] ^= 0x10;
        Files.write(part, bytes);

        expectOne(named(part) + ": sha256 = ");
    }

    @Test
    void flippedByteOfAFileIsFound() throws Exception {
        Files.write(attempt.resolve("files/words/one.txt"), new byte[] {1, 2, 2});

        expectOne(artifact.manifest().attempt() + "/files/words/one.txt: sha256 = ");
    }

    @Test
    void missingFileIsFound() throws Exception {
        Files.delete(part);

        expectOne(named(part) + ": missing, expected ");
    }

    @Test
    void cutFileIsFound() throws Exception {
        byte[] bytes = Files.readAllBytes(part);
        Files.write(part, Arrays.copyOf(bytes, bytes.length - 1));

        expectOne(named(part) + ": bytes = " + (bytes.length - 1) + ", expected " + bytes.length);
    }

    @Test
    void fileMoreIsFoundAndSparksMarkersAreNot() throws Exception {
        Files.copy(part, part.resolveSibling("part-stray.parquet"));
        Files.write(part.resolveSibling("_SUCCESS"), new byte[] {1});
        Files.write(part.resolveSibling("._SUCCESS.crc"), new byte[] {1});
        Files.createDirectories(directory.resolve("attempt-of-a-killed-process/tables/planted"));
        Files.copy(part, directory.resolve("attempt-of-a-killed-process/tables/planted/part-0.parquet"));

        expectOne(named(part.resolveSibling("part-stray.parquet")) + ": not in the manifest");
    }

    /** A manifest that was edited: the digests over it no longer agree, and each line says where. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            "seed": 7                | "seed": 8                | _manifest.json: recipe_digest = | _manifest.json: its directory =
            "rows": 40               | "rows": 41               | rows = 40, expected 41          | rows of its files = 40, expected 41
            "content_digest": "      | "content_digest": "0     | _manifest.json: content_digest = 0 | content_digest
            "digests": [\\n          | "digests": ["1",\\n      | sums of row hashes =            | content_digest
            """)
    void editedManifestIsFound(String there, String edited, String finding, String another) throws Exception {
        Path manifest = directory.resolve("_manifest.json");
        String text = Files.readString(manifest);
        String before = there.replace("\\n", "\n").strip();
        assertTrue(text.contains(before), before);
        Files.writeString(
                manifest,
                text.replaceFirst(
                        java.util.regex.Pattern.quote(before),
                        edited.replace("\\n", "\n").strip()));

        List<String> findings = findings();
        assertTrue(findings.stream().anyMatch(line -> line.contains(finding)), findings.toString());
        assertTrue(findings.stream().anyMatch(line -> line.contains(another)), findings.toString());
    }

    @Test
    void directoryOfAnotherRecipeIsFound() throws Exception {
        Path moved = directory.resolveSibling("0123456789ab");
        Files.move(directory, moved);

        List<String> findings = PlantedArtifacts.in(root).validate("plants/0123456789ab");
        assertEquals(
                List.of("_manifest.json: its directory = 0123456789ab, expected "
                        + artifact.path().substring("plants/".length())),
                findings);
    }
}
