package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceTest {
    private final MemoryStore store = new MemoryStore();
    private final Workspace workspace = new Workspace(store);

    private static Recipe recipe(long seed) {
        return new Recipe(
                "sample", 2, Json.tree(Map.of("size", 10)), seed, Map.of("vectors", "ab"), Map.of("file", "cd"));
    }

    private static Manifest manifest(String stage, Recipe recipe, String attempt) {
        return new Manifest(
                Manifest.SCHEMA,
                stage,
                recipe,
                recipe.digest(),
                "content",
                attempt,
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                List.of(),
                new Manifest.Tool("1", "unknown", "3.5.5", "17", "avx2"),
                "2026-01-01T00:00:00Z",
                1.5);
    }

    @Test
    void committedRecipeIsFoundAndNoOtherIs() throws Exception {
        Manifest manifest = manifest("sampled", recipe(1), "attempt-1");
        assertEquals(Optional.empty(), workspace.find("sampled", recipe(1)));
        assertEquals(manifest, workspace.commit(manifest));

        assertEquals(Optional.of(manifest), workspace.find("sampled", recipe(1)));
        assertEquals(Optional.empty(), workspace.find("sampled", recipe(2)));
        assertEquals(Optional.empty(), workspace.find("other", recipe(1)));
        assertEquals(manifest, workspace.open(workspace.path("sampled", recipe(1))));
    }

    @Test
    void everyPartOfARecipeChangesItsDigest() {
        Recipe recipe = recipe(1);
        List<Recipe> others = List.of(
                new Recipe("sampled", 2, recipe.config(), 1, recipe.parents(), recipe.external()),
                new Recipe("sample", 3, recipe.config(), 1, recipe.parents(), recipe.external()),
                new Recipe("sample", 2, Json.tree(Map.of("size", 11)), 1, recipe.parents(), recipe.external()),
                new Recipe("sample", 2, recipe.config(), 2, recipe.parents(), recipe.external()),
                new Recipe("sample", 2, recipe.config(), 1, Map.of("vectors", "ac"), recipe.external()),
                new Recipe("sample", 2, recipe.config(), 1, Map.of("rows", "ab"), recipe.external()),
                new Recipe("sample", 2, recipe.config(), 1, recipe.parents(), Map.of()));

        others.forEach(other -> assertNotEquals(recipe.digest(), other.digest(), other.toString()));
        assertNotEquals(
                recipe(Long.MAX_VALUE).digest(), recipe(Long.MAX_VALUE - 1).digest(), "beyond a double");
    }

    /** The digest is what {@code sha256sum} says of the text, with no newline at its end. */
    @Test
    void digestIsThatOfTheCanonicalText() {
        assertEquals(
                "{\"config\":{\"size\":10},\"external\":{\"file\":\"cd\"},\"job\":\"sample\","
                        + "\"parents\":{\"vectors\":\"ab\"},\"result_version\":2,\"seed\":1}",
                Json.canonical(Json.tree(recipe(1))));
        assertEquals(
                "840ad59a6ef99031effcff54ba2094608ed66f2044e20c6ff29ae57431948b66",
                recipe(1).digest());
    }

    @Test
    void attemptsHaveDirectoriesOfTheirOwnBelowTheRecipe() throws Exception {
        String first = workspace.begin("sampled", recipe(1));
        String second = workspace.begin("sampled", recipe(1));

        assertNotEquals(first, second);
        assertTrue(first.matches("sampled/[0-9a-f]{12}/attempt-[0-9]{8}T[0-9]{6}\\.[0-9]{3}-[0-9a-f]{16}"), first);
    }

    @Test
    void firstCommitCountsAndTheSecondIsToldSo() throws Exception {
        Manifest first = manifest("sampled", recipe(1), "attempt-1");
        Manifest second = manifest("sampled", recipe(1), "attempt-2");

        assertEquals(first, workspace.commit(first));
        assertEquals(first, workspace.commit(second));
        assertEquals(Optional.of(first), workspace.find("sampled", recipe(1)));
    }

    @Test
    void recipeThatSharesTwelveCharactersIsRefusedInEveryWay() throws Exception {
        Manifest other = manifest("sampled", recipe(2), "attempt-1");
        String path = workspace.path("sampled", recipe(1));
        store.put(path + "/_manifest.json", Json.pretty(Json.tree(other)).getBytes(StandardCharsets.UTF_8));

        for (org.junit.jupiter.api.function.Executable use : List.<org.junit.jupiter.api.function.Executable>of(
                () -> workspace.find("sampled", recipe(1)),
                () -> workspace.begin("sampled", recipe(1)),
                () -> workspace.commit(manifest("sampled", recipe(1), "attempt-2")))) {
            UserException e = assertThrows(UserException.class, use);
            assertTrue(e.getMessage().contains("two recipes share their first twelve characters"), e.getMessage());
        }
    }

    @Test
    void directoryWithoutManifestIsNoArtifact() throws Exception {
        workspace.commit(manifest("sampled", recipe(1), "attempt-1"));
        String path = workspace.path("sampled", recipe(2));
        store.put(path + "/attempt-9/tables/sample/part-0.parquet", new byte[] {1});

        UserException e = assertThrows(UserException.class, () -> workspace.open(path));
        assertEquals(
                "Cannot open artifact: path = " + path + " below memory:: it holds [attempt-9] but no _manifest.json, "
                        + "expected a committed artifact, <stage>/<recipe>. Run its stage to the end first; "
                        + "an attempt that was not committed is no artifact",
                e.getMessage());
        assertEquals(List.of(workspace.path("sampled", recipe(1))), workspace.artifacts());
    }

    @Test
    void misspeltPathIsAnsweredWithTheNearestArtifact() throws Exception {
        workspace.commit(manifest("sampled", recipe(1), "attempt-1"));
        String path = workspace.path("sampled", recipe(1));

        UserException e = assertThrows(UserException.class, () -> workspace.open(path.replace("sampled", "samples")));
        assertTrue(e.getMessage().contains("nothing is there"), e.getMessage());
        assertTrue(e.getMessage().contains("did you mean '" + path + "'?"), e.getMessage());
    }

    @Test
    void artifactsAreAllThatWereCommittedInOrder() throws Exception {
        List<String> paths = new ArrayList<>();
        for (String stage : List.of("b", "a")) {
            for (int seed = 0; seed < 3; seed++) {
                workspace.commit(manifest(stage, recipe(seed), "attempt-1"));
                paths.add(workspace.path(stage, recipe(seed)));
            }
        }
        store.put(workspace.beginRun() + "/_manifest.json", new byte[0]);
        store.put("_ledger/a/_manifest.json", new byte[0]);

        assertEquals(paths.stream().sorted().toList(), workspace.artifacts());
    }

    @Test
    void runsHaveDirectoriesOfTheirOwn() throws Exception {
        String first = workspace.beginRun();
        String second = workspace.beginRun();
        assertNotEquals(first, second);
        assertTrue(first.matches("_runs/run-[0-9]{8}T[0-9]{6}\\.[0-9]{3}-[0-9a-f]{16}"), first);
        store.put(first + "/run_results.json", new byte[0]);
        store.put(second + "/run_results.json", new byte[0]);

        assertEquals(List.of(first, second).stream().sorted().toList(), workspace.runs());
    }

    @Test
    void manifestOfALaterSchemaIsRefusedAndSaysWhoWroteIt() throws Exception {
        String text = Json.pretty(Json.tree(manifest("sampled", recipe(1), "attempt-1")))
                .replace("\"schema\": 1", "\"schema\": 99")
                .replace("\"version\": \"1\"", "\"version\": \"7.1\"");
        store.put(workspace.path("sampled", recipe(1)) + "/_manifest.json", text.getBytes(StandardCharsets.UTF_8));

        UserException e = assertThrows(UserException.class, () -> workspace.find("sampled", recipe(1)));
        assertTrue(e.getMessage().contains("schema = 99, expected 1 to 1"), e.getMessage());
        assertTrue(e.getMessage().contains("written by Oatmill 7.1"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"schema\"", "{\"schema\": 1", "{\"schema\": 1}", "[]"})
    void damagedManifestIsRefusedAndNamed(String text) throws Exception {
        String path = workspace.path("sampled", recipe(1));
        store.put(path + "/_manifest.json", text.getBytes(StandardCharsets.UTF_8));

        UserException e = assertThrows(UserException.class, () -> workspace.open(path));
        assertTrue(
                e.getMessage().startsWith("Cannot read manifest memory:/" + path + "/_manifest.json:"), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "_runs", ".hidden", "a/b", "..", "a b", "a*", "ä"})
    void stageThatIsNoPlainNameIsRefused(String stage) {
        assertThrows(UserException.class, () -> workspace.path(stage, recipe(1)));
    }

    /** By the second alone, twenty pairs would be in order by chance once in a million tests. */
    @Test
    void aLaterRunSortsAfterAnEarlierOne() throws InterruptedException {
        String before = workspace.beginRun();
        for (int i = 0; i < 20; i++) {
            Thread.sleep(2);
            String after = workspace.beginRun();
            assertTrue(before.compareTo(after) < 0, before + " before " + after);
            before = after;
        }
    }
}
