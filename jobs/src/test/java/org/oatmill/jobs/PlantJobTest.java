package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;
import scala.collection.JavaConverters;

class PlantJobTest {
    private static final int POOL = 203;
    private static final PlantJob.Config SHARES = new PlantJob.Config(0.1, 0.15, 0.05, 0.07);

    @TempDir
    private static Path temporary;

    private static JobHarness harness;
    private static Artifact documents;
    private static Artifact offDomain;
    private static Artifact planted;

    @BeforeAll
    static void plant() throws Exception {
        harness = new JobHarness(temporary);
        documents = harness.given(Tables.DOCUMENTS, documents(1));
        offDomain = harness.given(Tables.DOCUMENTS, dataset(rows("other", 40, "pool"), 2));
        planted = harness.run(new PlantJob(), SHARES, 7, inputs());
    }

    private static Map<String, Artifact> inputs() {
        return Map.of("documents", documents, "off_domain", offDomain);
    }

    private static List<Row> rows(String prefix, int n, String split) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            String text = "the quick brown fox number " + i + " jumps over a lazy dog";
            String label = prefix.equals("other")
                    ? "elsewhere"
                    : List.of("cat", "dog", "fox").get(i % 3);
            rows.add(RowFactory.create(
                    prefix + i,
                    text,
                    label,
                    JavaConverters.mapAsScalaMap(Map.of("row", "" + i)),
                    split,
                    prefix + "group" + i / 2,
                    1f,
                    "test",
                    null));
        }
        return rows;
    }

    private static Dataset<Row> dataset(List<Row> rows, int partitions) {
        return SharedSpark.session()
                .createDataFrame(rows, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                .repartition(partitions);
    }

    private static Dataset<Row> documents(int partitions) {
        List<Row> rows = rows("p", POOL, "pool");
        rows.addAll(rows("t", 30, "test"));
        return dataset(rows, partitions);
    }

    private static Map<String, Row> byId(Dataset<Row> rows) {
        return rows.collectAsList().stream().collect(Collectors.toMap(row -> row.getAs("id"), row -> row));
    }

    private static Map<String, Row> before() {
        return byId(documents.table(Tables.DOCUMENTS));
    }

    private static Map<String, Row> after() {
        return byId(planted.table(Tables.DOCUMENTS));
    }

    private static Map<String, Row> truths() {
        return byId(planted.table(Tables.PLANTED));
    }

    /** Shares 0.1, 0.15, 0.05 and 0.07 of 203, rounded up. */
    @Test
    void countsAreExact() {
        Map<String, Long> counts = truths().values().stream()
                .collect(Collectors.groupingBy(row -> row.getAs("kind"), TreeMap::new, Collectors.counting()));
        assertEquals(Map.of("flipped-label", 21L, "near-duplicate", 31L, "off-domain", 11L, "fragment", 15L), counts);
        assertEquals(POOL + 30 + 31 + 11, after().size());
    }

    @Test
    void whatIsNotPlantedIsUntouched() {
        Map<String, Row> after = after();
        Set<String> touched = truths().keySet();
        before().forEach((id, row) -> {
            if (!touched.contains(id)) {
                assertEquals(row, after.get(id));
            }
        });
        assertTrue(touched.stream().noneMatch(id -> id.startsWith("t")), "only the pool is planted");
    }

    @Test
    void aFlipIsAnotherClassAndTheTruthIsTheOldOne() {
        Map<String, Row> before = before();
        Map<String, Row> after = after();
        ofKind("flipped-label").forEach((id, truth) -> {
            assertEquals(before.get(id).<String>getAs("label"), truth.getAs("true_label"));
            assertEquals(id, truth.getAs("origin_id"));
            assertNotEquals(before.get(id).<String>getAs("label"), after.get(id).getAs("label"));
            assertTrue(Set.of("cat", "dog", "fox").contains(after.get(id).<String>getAs("label")));
            assertEquals(before.get(id).<String>getAs("text"), after.get(id).getAs("text"));
        });
    }

    @Test
    void aNearDuplicateIsACopyOfACleanRow() {
        Map<String, Row> before = before();
        Map<String, Row> after = after();
        Set<String> touched = truths().keySet();
        ofKind("near-duplicate").forEach((id, truth) -> {
            String origin = truth.getAs("origin_id");
            Row copy = after.get(id);
            assertEquals(origin + "#1", id);
            assertEquals(origin, copy.getAs("parent_id"));
            assertFalse(touched.contains(origin), "the original is clean");
            assertEquals(before.get(origin), after.get(origin));
            for (String same : List.of("label", "group", "split", "fields", "source")) {
                assertEquals(before.get(origin).<Object>getAs(same), copy.getAs(same));
            }
            assertEquals(before.get(origin).<String>getAs("label"), truth.getAs("true_label"));
            String text = before.get(origin).getAs("text");
            String edited = copy.getAs("text");
            assertNotEquals(text, edited);
            Set<String> common = new HashSet<>(List.of(text.split(" ")));
            common.retainAll(List.of(edited.split(" ")));
            assertTrue(common.size() >= 9, () -> edited); // of the 11 words, which are all different
        });
    }

    @Test
    void aFragmentIsOneToThreeWordsOfItsRow() {
        Map<String, Row> before = before();
        Map<String, Row> after = after();
        Set<Integer> lengths = new HashSet<>();
        ofKind("fragment").forEach((id, truth) -> {
            String text = after.get(id).getAs("text");
            assertTrue(before.get(id).<String>getAs("text").contains(text));
            lengths.add(text.split(" ").length);
            assertEquals(before.get(id).<String>getAs("label"), truth.getAs("true_label"));
        });
        assertTrue(Set.of(1, 2, 3).containsAll(lengths), lengths::toString);
    }

    @Test
    void offDomainRowsKeepTheirTextAndTakeAClassOfThePool() {
        Map<String, Row> others = byId(offDomain.table(Tables.DOCUMENTS));
        Map<String, Row> after = after();
        ofKind("off-domain").forEach((id, truth) -> {
            assertEquals(others.get(id).<String>getAs("text"), after.get(id).getAs("text"));
            assertTrue(Set.of("cat", "dog", "fox").contains(after.get(id).<String>getAs("label")));
            assertEquals("elsewhere", truth.getAs("true_label"));
            assertNull(truth.getAs("origin_id"));
            assertEquals("pool", after.get(id).getAs("split"));
        });
    }

    @Test
    void fourPartitionsPlantTheSameRows() throws Exception {
        Map<String, Artifact> cut =
                Map.of("documents", harness.given(Tables.DOCUMENTS, documents(4)), "off_domain", offDomain);
        Artifact again = harness.run(new PlantJob(), SHARES, 7, cut);
        assertEquals(planted.manifest().contentDigest(), again.manifest().contentDigest());
    }

    @Test
    void anotherSeedPlantsOtherRows() throws Exception {
        Artifact other = harness.run(new PlantJob(), SHARES, 8, inputs());
        assertNotEquals(truths().keySet(), byId(other.table(Tables.PLANTED)).keySet());
        assertEquals(truths().size(), other.table(Tables.PLANTED).count());
    }

    /** With more of one kind the rows of before stay: a choice is a function of seed and id, cut at a count. */
    @Test
    void aLargerShareFlipsTheSameRowsAndMore() throws Exception {
        Artifact more = harness.run(new PlantJob(), new PlantJob.Config(0.3, 0, 0, 0), 7, inputs());
        Set<String> flipped = byId(more.table(Tables.PLANTED)).keySet();
        assertEquals(61, flipped.size());
        assertTrue(flipped.containsAll(ofKind("flipped-label").keySet()));
    }

    @Test
    void offDomainWithoutItsInputSaysWhatIsMissing() {
        UserException e = assertThrows(
                UserException.class, () -> harness.run(new PlantJob(), SHARES, 7, Map.of("documents", documents)));
        assertTrue(e.getMessage().contains("input { documents = …, off_domain = … }"), e.getMessage());
    }

    @Test
    void moreThanThereIsIsRefused() {
        UserException e = assertThrows(
                UserException.class, () -> harness.run(new PlantJob(), new PlantJob.Config(0, 0, 0.5, 0), 7, inputs()));
        assertTrue(e.getMessage().contains("102 rows of kind off-domain are asked for, and 40"), e.getMessage());
    }

    private static Map<String, Row> ofKind(String kind) {
        Map<String, Row> rows = new HashMap<>(truths());
        rows.values().removeIf(row -> !row.getAs("kind").equals(kind));
        return rows;
    }
}
