package org.oatmill.spark.artifact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.oatmill.spark.artifact.PlantedArtifacts.rows;
import static org.oatmill.spark.artifact.PlantedArtifacts.spark;

import java.io.OutputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Recipe;
import org.oatmill.core.Tables;

/**
 * Whole artifacts as earlier versions wrote them, under {@code src/test/resources/artifacts/v<schema>}. Each was written
 * by {@link #make} of its time; whoever raises {@link Manifest#SCHEMA} adds what it writes then, and changes none.
 */
class EarlierSchemasTest {
    @TempDir
    Path root;

    /** Something of everything that a manifest and a content digest can hold. */
    private static Artifact make(Path root) throws Exception {
        record Row(String kind, float share) {}
        Recipe recipe = new Recipe(
                "plant",
                3,
                Json.tree(Map.of("share", 0.1f, "kinds", List.of("flip", "fragment"), "size", 20)),
                -8_000_000_000_000_000_001L,
                new TreeMap<>(Map.of("documents", "0a1b", "sample", "2c3d")),
                Map.of("words.txt", "4e5f"));
        Map<String, Manifest.Parent> parents = Map.of(
                "documents", new Manifest.Parent("documents/00112233aabb", "00112233aabbcc", "0a1b"),
                "sample", new Manifest.Parent("sample/44556677ccdd", "44556677ccddee", "2c3d"));
        try (Draft draft = PlantedArtifacts.in(root).begin("planted", recipe, parents)) {
            draft.table(Tables.PLANTED, rows(12).repartition(2));
            draft.table(
                    Tables.DOCUMENTS,
                    rows(12).selectExpr(
                                    "id",
                                    "concat('text ', id, ' é') text",
                                    "if(id > 5, 'a', null) label",
                                    "if(id > 7, map('q', id, 'a', null), map()) fields",
                                    "'pool' split",
                                    "id group",
                                    "cast(id / 8 as float) weight",
                                    "'made up' source",
                                    "cast(null as string) parent_id"));
            draft.table(
                    Tables.VECTORS,
                    spark().sql("SELECT 'sparse' id, named_struct('size', 9, 'indices', array(1, 3), 'values',"
                            + " array(0.5f, -2f)) vector UNION ALL SELECT 'dense', named_struct('size', 2, 'indices',"
                            + " cast(null as array<int>), 'values', array(0.1f, float('NaN')))"));
            try (OutputStream out = draft.file("words/list.txt")) {
                out.write("one\ntwo\n".getBytes(StandardCharsets.UTF_8));
            }
            draft.note("rows", 12);
            draft.note("by_kind", List.of(new Row("flip", 0.1f)));
            draft.warn("made up");
            return draft.commit();
        }
    }

    private static Path checkedIn(int schema) throws Exception {
        URL directory = EarlierSchemasTest.class.getResource("/artifacts/v" + schema);
        assertNotNull(directory, "no artifact of schema " + schema + " is checked in");
        return Path.of(directory.toURI());
    }

    @Test
    void artifactsOfEverySchemaAreReadAndWhole() throws Exception {
        for (int schema = 1; schema <= Manifest.SCHEMA; schema++) {
            Path copy = root.resolve("v" + schema);
            PlantedArtifacts.copy(checkedIn(schema), copy);
            Artifacts artifacts = PlantedArtifacts.in(copy);
            String path = artifacts.workspace().artifacts().get(0);
            Artifact artifact = artifacts.open(path);

            assertEquals(List.of(), artifacts.validate(path));
            assertEquals(12, artifact.table(Tables.DOCUMENTS).count());
            assertEquals(12, artifact.table(Tables.PLANTED).count());
            assertEquals(2, artifact.table(Tables.VECTORS).count());
            assertEquals(8, artifact.file("words/list.txt").readAllBytes().length);
            assertEquals(schema, artifact.manifest().schema());
            assertEquals(
                    -8_000_000_000_000_000_001L, artifact.manifest().recipe().seed());
            assertEquals(List.of("made up"), artifact.manifest().warnings());
            assertEquals("2c3d", artifact.manifest().parents().get("sample").contentDigest());
        }
    }

    /** A table's columns grow between schemas of the manifest: what came later is null, and what must stand no more, stands. */
    @Test
    void aSampleOfSixColumnsIsReadAndWhole() throws Exception {
        PlantedArtifacts.copy(
                Path.of(EarlierSchemasTest.class
                        .getResource("/artifacts/sample-of-six-columns")
                        .toURI()),
                root);
        Artifacts artifacts = PlantedArtifacts.in(root);
        String path = artifacts.workspace().artifacts().get(0);

        assertEquals(List.of(), artifacts.validate(path));
        assertEquals(
                "[a,density,1.5,0.5,0.25,0.125,null,null,null]",
                artifacts.open(path).table(Tables.SAMPLE).first().toString());
    }

    /** Else an upgrade alone would make every artifact of every workspace again. */
    @Test
    void sameContentMadeTodayHasTheDigestsOfThen() throws Exception {
        Artifact today = make(root);
        for (int schema = 1; schema <= Manifest.SCHEMA; schema++) {
            Artifacts then = PlantedArtifacts.in(checkedIn(schema));
            Manifest manifest = then.open(then.workspace().artifacts().get(0)).manifest();

            assertEquals(manifest.recipeDigest(), today.manifest().recipeDigest());
            assertEquals(manifest.contentDigest(), today.manifest().contentDigest());
        }
    }
}
