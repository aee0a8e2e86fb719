package org.oatmill.spark.artifact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.oatmill.spark.artifact.PlantedArtifacts.begin;
import static org.oatmill.spark.artifact.PlantedArtifacts.commit;
import static org.oatmill.spark.artifact.PlantedArtifacts.directory;
import static org.oatmill.spark.artifact.PlantedArtifacts.files;
import static org.oatmill.spark.artifact.PlantedArtifacts.recipe;
import static org.oatmill.spark.artifact.PlantedArtifacts.rows;
import static org.oatmill.spark.artifact.PlantedArtifacts.spark;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Column;
import org.oatmill.core.Digest;
import org.oatmill.core.Manifest;
import org.oatmill.core.Manifest.FileContent;
import org.oatmill.core.Manifest.TableContent;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;

class DraftTest {
    @TempDir
    Path root;

    @Test
    void whatWasWrittenIsReadBack() throws Exception {
        record Kept(String kind, double share) {}
        Artifact committed;
        try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
            draft.table(Tables.PLANTED, rows(10).repartition(3));
            try (OutputStream out = draft.file("words/one.txt")) {
                out.write(new byte[] {1, 2, 3});
            }
            draft.note("kept", List.of(new Kept("flip", 0.5)));
            draft.warn("little");
            committed = draft.commit();
        }
        Artifact found = PlantedArtifacts.in(root)
                .find(PlantedArtifacts.STAGE, recipe(7))
                .orElseThrow();

        assertEquals(
                rows(10).collectAsList().size(), found.table(Tables.PLANTED).count());
        assertEquals(0, found.table(Tables.PLANTED).except(rows(10)).count());
        assertEquals(3, found.file("words/one.txt").readAllBytes().length);
        assertEquals(
                "{\"kept\":[{\"kind\":\"flip\",\"share\":0.5}]}",
                "{\"kept\":" + found.manifest().notes().get("kept") + "}");
        assertEquals(List.of("little"), found.manifest().warnings());
        assertEquals(committed.manifest(), found.manifest(), "what commit returns is what lies on the disk");
        assertEquals(PlantedArtifacts.parents(), found.manifest().parents());
    }

    @Test
    void manifestSaysOfEveryFileWhatTheDiskSays() throws Exception {
        Artifact artifact = commit(PlantedArtifacts.in(root), 7, rows(10).repartition(3));
        Path attempt = directory(root, artifact).resolve(artifact.manifest().attempt());
        TableContent table = artifact.manifest().table("planted").orElseThrow();

        assertEquals(10, table.rows());
        assertEquals(10, table.files().stream().mapToLong(FileContent::rows).sum());
        assertEquals(3, table.files().size());
        for (List<FileContent> files :
                List.of(table.files(), artifact.manifest().files())) {
            for (FileContent file : files) {
                byte[] bytes = Files.readAllBytes(attempt.resolve(file.path()));
                assertEquals(bytes.length, file.bytes());
                assertEquals(Digest.of(bytes), file.sha256());
            }
        }
        assertEquals(
                List.of(new FileContent("files/words/one.txt", 3, Digest.of(new byte[] {1, 2, 3}), -1)),
                artifact.manifest().files());
        Manifest.Tool tool = artifact.manifest().tool();
        assertEquals(spark().version(), tool.spark());
        assertTrue(tool.java().startsWith("17"), tool.java());
        assertFalse(tool.version().isEmpty()
                || tool.gitSha().isEmpty()
                || tool.instructionSet().isEmpty());
        assertTrue(artifact.manifest().seconds() > 0);
        assertTrue(artifact.manifest().startedAt().matches("....-..-..T..:..:..Z"));
    }

    @Test
    void digestIsEqualForAnyPartitioningAndTellsOtherRowsApart() throws Exception {
        String one = commit(PlantedArtifacts.in(root.resolve("1")), 7, rows(20).coalesce(1))
                .manifest()
                .contentDigest();

        assertEquals(
                one,
                commit(PlantedArtifacts.in(root.resolve("4")), 7, rows(20).repartition(4))
                        .manifest()
                        .contentDigest());
        assertNotEquals(
                one,
                commit(PlantedArtifacts.in(root.resolve("other")), 7, rows(19))
                        .manifest()
                        .contentDigest());
    }

    @Test
    void tableReturnedComesFromTheDiskSoChanceIsDrawnOnce() throws Exception {
        Dataset<Row> random = rows(10).withColumn("kind", org.apache.spark.sql.functions.expr("uuid()"));
        try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
            Dataset<Row> written = draft.table(Tables.PLANTED, random);
            List<Row> first = written.orderBy("id").collectAsList();

            assertEquals(first, written.orderBy("id").collectAsList());
            assertEquals(
                    first, draft.commit().table(Tables.PLANTED).orderBy("id").collectAsList());
        }
    }

    @Test
    void columnsMayComeInAnyOrderAndLieInTheTables() throws Exception {
        Artifact artifact =
                commit(PlantedArtifacts.in(root), 7, rows(3).select("true_label", "origin_id", "kind", "id"));

        assertEquals(
                List.of("id", "kind", "origin_id", "true_label"),
                List.of(spark().read()
                        .parquet(directory(root, artifact)
                                .resolve(artifact.manifest().attempt())
                                .resolve("tables/planted")
                                .toString())
                        .columns()));
        assertEquals(0, artifact.table(Tables.PLANTED).except(rows(3)).count());
    }

    @Test
    void tableWithoutRowsIsATable() throws Exception {
        Artifact artifact = commit(PlantedArtifacts.in(root), 7, rows(5).where("false"));

        assertEquals(0, artifact.table(Tables.PLANTED).count());
        assertEquals(4, artifact.table(Tables.PLANTED).columns().length);
        assertEquals(List.of(), PlantedArtifacts.in(root).validate(artifact.path()));
    }

    @Test
    void abandonedDraftLeavesNothing() throws Exception {
        Artifacts artifacts = PlantedArtifacts.in(root);
        assertThrows(IllegalStateException.class, () -> {
            try (Draft draft = begin(artifacts, 7)) {
                draft.table(Tables.PLANTED, rows(5));
                draft.file("a").close();
                assertFalse(files(root).isEmpty());
                throw new IllegalStateException("the job failed");
            }
        });

        assertEquals(List.of(), files(root));
        assertEquals(List.of(), artifacts.workspace().artifacts());
        assertTrue(artifacts.find(PlantedArtifacts.STAGE, recipe(7)).isEmpty());
    }

    @Test
    void ofTwoThatRaceForARecipeOneCountsAndBothGetIt() throws Exception {
        CyclicBarrier written = new CyclicBarrier(2);
        Callable<Artifact> racer = () -> {
            try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
                draft.table(Tables.PLANTED, rows(5));
                written.await();
                return draft.commit();
            }
        };
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Future<Artifact>> both = threads.invokeAll(List.of(racer, racer));
            Artifact artifact = both.get(0).get();

            assertEquals(artifact.manifest(), both.get(1).get().manifest());
            assertEquals(5, both.get(1).get().table(Tables.PLANTED).count());
            try (var lies = Files.list(directory(root, artifact))) {
                assertEquals(
                        List.of(Manifest.FILE, artifact.manifest().attempt()),
                        lies.map(path -> path.getFileName().toString()).sorted().toList(),
                        "the loser removed its attempt");
            }
            assertEquals(List.of(), PlantedArtifacts.in(root).validate(artifact.path()));
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            id, kind, origin_id                                | true_label is missing
            id, kind, origin_id, true_label, kind AS sort      | sort is no column of it
            id, kind, origin_id, 1 AS true_label               | true_label = int, expected string
            id, kind, origin_id, true_label, id                | id stands there 2 times
            array(id) AS id, origin_id, true_label             | id = array<string>, expected string; kind is missing
            """)
    void wrongColumnsAreRefusedAndNamed(String columns, String message) throws Exception {
        try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
            Dataset<Row> wrong = rows(2).selectExpr(columns.split(", "));
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> draft.table(Tables.PLANTED, wrong));

            assertEquals("Cannot write table planted of plants: " + message, e.getMessage());
        }
        assertEquals(List.of(), files(root));
    }

    @Test
    void nullWhereNoneMayBeIsRefusedAndNamesColumnAndRow() throws Exception {
        try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
            Dataset<Row> wrong =
                    rows(9).selectExpr("id", "if(id in (5, 7), null, kind) kind", "origin_id", "true_label");
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> draft.table(Tables.PLANTED, wrong));

            assertEquals(
                    "Cannot write table planted of plants: column kind = null in 2 of 9 rows, such as id = 5, "
                            + "expected STRING NOT NULL",
                    e.getMessage());
        }
    }

    @Test
    void draftIsWrittenOnceAndCommittedOnce() throws Exception {
        try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
            draft.table(Tables.PLANTED, rows(2));
            assertThrows(IllegalArgumentException.class, () -> draft.table(Tables.PLANTED, rows(2)));
            OutputStream open = draft.file("a");
            assertThrows(IllegalArgumentException.class, () -> draft.file("a"));
            assertThrows(IllegalStateException.class, draft::commit, "a file is still open");
            open.close();
            draft.commit();
            assertThrows(IllegalStateException.class, draft::commit);
        }
        assertTrue(PlantedArtifacts.in(root)
                .find(PlantedArtifacts.STAGE, recipe(7))
                .isPresent());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../a", "a/../b", "/a", "a//b", "_a", "a/_b", ".a", "a/.b", "a\\b"})
    void fileOutsideItsDirectoryOrHiddenIsRefused(String path) throws Exception {
        try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
            assertThrows(IllegalArgumentException.class, () -> draft.file(path));
        }
    }

    @Test
    void parquetIsSnappyWithThreeLevelListsAndMicrosecondsWhateverTheSessionSays() throws Exception {
        spark().conf().set("spark.sql.parquet.outputTimestampType", "INT96");
        spark().conf().set("spark.sql.parquet.writeLegacyFormat", "true");
        spark().conf().set("spark.sql.parquet.compression.codec", "gzip");
        Table table = new Table(
                "times",
                List.of(
                        new Column("at", "TIMESTAMP", true, "a moment"),
                        new Column("list", "ARRAY<INT>", true, "numbers")));
        try (Draft draft = begin(PlantedArtifacts.in(root), 7)) {
            draft.table(table, spark().sql("SELECT array(1) list, timestamp'2020-01-01 00:00:00.000001' at"));
            Artifact artifact = draft.commit();
            String file = artifact.manifest()
                    .table("times")
                    .orElseThrow()
                    .files()
                    .get(0)
                    .path();
            Path path = directory(root, artifact)
                    .resolve(artifact.manifest().attempt())
                    .resolve(file);
            try (ParquetFileReader reader = ParquetFileReader.open(
                    HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(path.toUri()), new Configuration()))) {
                String schema = reader.getFileMetaData().getSchema().toString();

                assertTrue(schema.contains("int64 at (TIMESTAMP(MICROS,true));"), schema);
                assertTrue(
                        schema.matches("(?s).*repeated group list \\{\\s+(optional|required) int32 element;.*"),
                        schema);
                assertEquals(
                        "SNAPPY",
                        reader.getFooter()
                                .getBlocks()
                                .get(0)
                                .getColumns()
                                .get(0)
                                .getCodec()
                                .name());
            }
        } finally {
            spark().conf().unset("spark.sql.parquet.compression.codec");
        }
    }

    @Test
    void seedsAndNotesOfEverySizeSurviveTheManifest() throws Exception {
        Artifacts artifacts = PlantedArtifacts.in(root);
        try (Draft draft = begin(artifacts, Long.MIN_VALUE + 1)) {
            draft.note("share", Double.NaN);
            draft.note("by_kind", Map.of("flip", 0.1f));
            draft.note("rows", Long.MAX_VALUE);
            draft.commit();
        }
        Manifest manifest = artifacts
                .find(PlantedArtifacts.STAGE, recipe(Long.MIN_VALUE + 1))
                .orElseThrow()
                .manifest();

        assertEquals(Long.MIN_VALUE + 1, manifest.recipe().seed());
        assertEquals(
                "{\"by_kind\":{\"flip\":0.1},\"rows\":\"9223372036854775807\",\"share\":\"NaN\"}",
                org.oatmill.core.Json.canonical(org.oatmill.core.Json.tree(manifest.notes())));
    }
}
