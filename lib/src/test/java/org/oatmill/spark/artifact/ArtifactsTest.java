package org.oatmill.spark.artifact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.oatmill.spark.artifact.PlantedArtifacts.begin;
import static org.oatmill.spark.artifact.PlantedArtifacts.commit;
import static org.oatmill.spark.artifact.PlantedArtifacts.copy;
import static org.oatmill.spark.artifact.PlantedArtifacts.directory;
import static org.oatmill.spark.artifact.PlantedArtifacts.rows;
import static org.oatmill.spark.artifact.PlantedArtifacts.spark;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Column;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;

/** Opening and reading what was committed: one artifact for all tests, copied by those that spoil it. */
class ArtifactsTest {
    private static Path root;
    private static Artifact artifact;

    @TempDir
    Path elsewhere;

    @BeforeAll
    static void commitOne(@TempDir Path temporary) throws Exception {
        root = temporary.resolve("data[1]"); // which Hadoop would take for a pattern
        artifact = commit(PlantedArtifacts.in(root), 7, rows(10).repartition(3));
    }

    private Path copied() throws Exception {
        copy(root, elsewhere);
        return directory(elsewhere, artifact);
    }

    @Test
    void pathMayBeRelativeAbsoluteAUriOrAManifestInAnyWorkspace() throws Exception {
        Path directory = directory(root, artifact);
        List<String> spellings = List.of(
                artifact.path() + "/",
                artifact.path() + "/_manifest.json",
                directory.toString(),
                "file:" + directory,
                "file://" + directory,
                directory + "/_manifest.json");
        for (String path : spellings) {
            assertEquals(artifact.path(), PlantedArtifacts.in(root).open(path).path(), path);
        }
        Artifact outside = PlantedArtifacts.in(elsewhere).open(directory.toString());

        assertEquals("file:" + directory, outside.path());
        assertEquals(artifact.manifest(), outside.manifest());
        assertEquals(10, outside.table(Tables.PLANTED).count());
        assertEquals(3, outside.file("words/one.txt").readAllBytes().length);
    }

    @Test
    void artifactThatWasMovedIsStillWhole() throws Exception {
        copied();

        assertEquals(List.of(), PlantedArtifacts.in(elsewhere).validate(artifact.path()));
    }

    @Test
    void directoryWithoutManifestIsRefused() throws Exception {
        Path directory = copied();
        Files.delete(directory.resolve("_manifest.json"));

        for (String path :
                List.of(artifact.path(), directory.toString(), "nothing/there", "/nothing/there/at/all", "x")) {
            UserException e = assertThrows(
                    UserException.class, () -> PlantedArtifacts.in(elsewhere).open(path), path);
            assertTrue(e.getMessage().startsWith("Cannot open artifact: path = "), e.getMessage());
            assertTrue(e.getMessage().contains("expected"), e.getMessage());
        }
        assertThrows(
                UserException.class,
                () -> PlantedArtifacts.in(elsewhere).validate(artifact.path()),
                "what is no artifact cannot be a good one");
    }

    @Test
    void filesThatTheManifestDoesNotNameAreNoPartOfTheTable() throws Exception {
        Path table = copied().resolve(artifact.manifest().attempt()).resolve("tables/planted");
        Path one = table.resolveSibling("planted")
                .resolve(artifact.manifest()
                        .table("planted")
                        .orElseThrow()
                        .files()
                        .get(0)
                        .path()
                        .substring("tables/planted/".length()));
        Files.copy(one, table.resolve("part-99999-stray.snappy.parquet"));
        Files.createDirectories(table.resolve("kind=stray"));
        Files.copy(one, table.resolve("kind=stray/part-0.parquet"));
        Files.write(table.resolve("_SUCCESS"), new byte[] {1});

        assertEquals(
                10,
                PlantedArtifacts.in(elsewhere)
                        .open(artifact.path())
                        .table(Tables.PLANTED)
                        .count());
    }

    @Test
    void fileThatGoesAwayStopsTheReaderWhateverTheSessionSays() throws Exception {
        Path attempt = copied().resolve(artifact.manifest().attempt());
        String file = artifact.manifest()
                .table("planted")
                .orElseThrow()
                .files()
                .get(0)
                .path();
        spark().conf().set("spark.sql.files.ignoreMissingFiles", "true");
        try {
            Dataset<Row> planned =
                    PlantedArtifacts.in(elsewhere).open(artifact.path()).table(Tables.PLANTED);
            Files.delete(attempt.resolve(file));
            assertThrows(Exception.class, planned::count);
        } finally {
            spark().conf().unset("spark.sql.files.ignoreMissingFiles");
        }
    }

    @Test
    void columnThatCameLaterIsNullIfItMayBe() {
        Column later = new Column("later", "MAP<STRING, INT>", true, "something");
        Table grown =
                new Table("planted", List.of(later, Tables.PLANTED.columns().get(0)));

        assertEquals(List.of("later", "id"), List.of(artifact.table(grown).columns()));
        assertEquals(10, artifact.table(grown).where("later is null").count());
        assertEquals(
                "map<string,int>",
                artifact.table(grown).schema().apply("later").dataType().catalogString());
    }

    @Test
    void columnThatIsNeededOrOfAnotherTypeIsRefused() {
        Table needed = new Table("planted", List.of(new Column("later", "INT", false, "something")));
        Table other = new Table("planted", List.of(new Column("kind", "INT", true, "something")));

        String message =
                assertThrows(UserException.class, () -> artifact.table(needed)).getMessage();
        assertTrue(message.contains("column later = nothing, expected int"), message);
        message = assertThrows(UserException.class, () -> artifact.table(other)).getMessage();
        assertTrue(message.contains("column kind = string, expected int"), message);
    }

    @Test
    void tableOrFileThatIsNotThereIsRefusedWithThoseThatAre() throws Exception {
        assertTrue(artifact.has(Tables.PLANTED));
        assertFalse(artifact.has(Tables.SAMPLE));
        String message = assertThrows(UserException.class, () -> artifact.table(Tables.SAMPLE))
                .getMessage();
        assertTrue(message.contains("table = sample, expected one of [planted]"), message);
        message = assertThrows(UserException.class, () -> artifact.file("two.txt"))
                .getMessage();
        assertTrue(message.contains("file = two.txt, expected one of [words/one.txt]"), message);
    }

    @Test
    void attemptOfAKilledProcessIsIgnored() throws Exception {
        Artifacts artifacts = PlantedArtifacts.in(elsewhere);
        begin(artifacts, 7).table(Tables.PLANTED, rows(3)); // and never closed

        Artifact made = commit(artifacts, 7, rows(10));
        assertEquals(10, made.table(Tables.PLANTED).count());
        assertEquals(artifact.manifest().contentDigest(), made.manifest().contentDigest());
        assertEquals(List.of(made.path()), artifacts.workspace().artifacts());
        assertEquals(List.of(), artifacts.validate(made.path()));
        assertEquals(3, artifacts.workspace().store().list(made.path()).size(), "manifest, attempt and leftover");
    }
}
