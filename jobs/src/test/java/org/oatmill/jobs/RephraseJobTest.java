package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.RephraseJob.Mix;
import org.oatmill.rephrase.Eda;
import org.oatmill.rephrase.Gate;
import org.oatmill.rephrase.Identity;
import org.oatmill.rephrase.Rewriter;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.embed.StopWords;

class RephraseJobTest {
    private static final Eda EDA = new Eda(0.1, 0.1, 0.1, 0.1);

    @TempDir
    private static Path temporary;

    private static JobHarness harness;
    private static Path synonyms;
    private static Artifact documents;
    private static Artifact chosen;
    private static Artifact beside;
    private static Artifact inPlace;
    private static Artifact ofChosen;

    @BeforeAll
    static void rephrase() throws Exception {
        harness = new JobHarness(temporary);
        synonyms = Files.writeString(
                temporary.resolve("synonyms.tsv"), "quick\tfast\tswift\nbrown\tanimal\nlazy\tidle\n\ndog\thound\n");
        documents = harness.given(Tables.DOCUMENTS, documents(1));
        chosen = harness.given(Tables.SAMPLE, sample(List.of("p1", "p2", "p3", "p7#1")));
        beside = run(EDA, 9, Mix.REWRITTEN_AND_ORIGINAL, Map.of("documents", documents));
        inPlace = run(EDA, 3, Mix.REWRITTEN, Map.of("documents", documents));
        ofChosen = harness.run(
                new RephraseJob(), config(EDA, 2, Mix.REWRITTEN), 8, Map.of("documents", documents, "chosen", chosen));
    }

    private static RephraseJob.Config config(Rewriter rewriter, int copies, Mix mix) {
        return new RephraseJob.Config(
                rewriter,
                List.copyOf(Gate.METHODS.rows().values()),
                copies,
                mix,
                List.of("pool"),
                List.of("text"),
                List.of(),
                synonyms.toString(),
                StopWords.ENGLISH);
    }

    private static Artifact run(Rewriter rewriter, int copies, Mix mix, Map<String, Artifact> inputs) throws Exception {
        return harness.run(new RephraseJob(), config(rewriter, copies, mix), 7, inputs);
    }

    private static Row row(String id, String text, String label, String split, String group, String parent) {
        Map<String, String> fields = Map.of("note", "of " + id);
        return RowFactory.create(id, text, label, fields, split, group, 0.5f, "test", parent);
    }

    /** Thirty rows of the pool, one of them a planted copy, and ten of each other split. */
    private static Dataset<Row> documents(int partitions) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 29; i++) {
            String text = i % 5 == 0
                    ? "the quick brown fox number " + i + " jumps over a lazy dog"
                    : "the quick brown fox does " + (i % 2 == 0 ? "not " : "") + "jump over " + "a very ".repeat(i % 4)
                            + "lazy dog";
            rows.add(row("p" + i, text, List.of("noun.animal", "noun.food").get(i % 2), "pool", "g" + i / 2, null));
        }
        rows.add(row("p7#1", "the brown fox does jump over a lazy dog", "noun.food", "pool", "g3", "p7"));
        for (String split : List.of("pretrain", "target", "dev", "test")) {
            for (int i = 0; i < 10; i++) {
                rows.add(row(split + i, "a Text of " + split + " " + i, null, split, split + i, null));
            }
        }
        return SharedSpark.session()
                .createDataFrame(rows, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                .repartition(partitions);
    }

    private static Dataset<Row> sample(List<String> ids) {
        return SharedSpark.session()
                .createDataFrame(
                        ids.stream()
                                .map(id -> RowFactory.create(id, "uniform", 1.0, 1.0, 0.5, 0.1, null, null, null))
                                .toList(),
                        StructType.fromDDL(Tables.SAMPLE.ddl()));
    }

    private static Map<String, Row> byId(Artifact artifact) {
        return artifact.table(Tables.DOCUMENTS).collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getAs("id"), row -> row, (a, b) -> {
                    throw new AssertionError("twice: " + a);
                }));
    }

    private static List<Row> rephrased(Artifact artifact) {
        return artifact.table(Tables.REPHRASED).orderBy("id", "copy").collectAsList();
    }

    private static Set<String> split(Artifact artifact, String split) {
        return artifact.table(Tables.DOCUMENTS).where("split = '" + split + "'").toJSON().collectAsList().stream()
                .collect(Collectors.toSet());
    }

    @Test
    void otherSplitsAreByteIdentical() {
        for (Artifact made : List.of(beside, inPlace, ofChosen)) {
            for (String split : List.of("pretrain", "target", "dev", "test")) {
                assertEquals(10, split(made, split).size());
                assertEquals(split(documents, split), split(made, split));
            }
        }
    }

    @Test
    void rowCountAndLabelsAreUnchangedWhereRewritesTakeTheirRowsPlace() {
        Map<String, Row> before = byId(documents);
        Map<String, Row> after = byId(inPlace);
        assertEquals(before.keySet(), after.keySet());
        int changed = 0;
        for (Row row : after.values()) {
            Row old = before.get(row.<String>getAs("id"));
            for (String same : List.of("label", "fields", "split", "group", "weight", "source", "parent_id")) {
                assertEquals(old.<Object>getAs(same), row.getAs(same));
            }
            changed += old.getAs("text").equals(row.getAs("text")) ? 0 : 1;
        }
        assertEquals(inPlace.manifest().notes().get("rewritten").intValue(), changed);
        assertTrue(changed > 15, "most rows have a rewrite that passes");
    }

    @Test
    void rejectsFallBackToTheOriginal() {
        Map<String, Row> before = byId(documents);
        Map<String, Row> after = byId(inPlace);
        Map<String, List<Row>> attempts =
                rephrased(inPlace).stream().collect(Collectors.groupingBy(row -> row.getAs("id")));
        assertEquals(30, attempts.size());
        int kept = 0;
        for (var row : attempts.entrySet()) {
            List<Row> last = row.getValue();
            Row end = last.get(last.size() - 1);
            boolean accepted = end.getAs("outcome").equals(RephraseJob.REWRITTEN);
            assertTrue(accepted || last.size() == 3, "all copies are tried before the original is kept");
            assertTrue(last.subList(0, last.size() - 1).stream()
                    .allMatch(a -> a.getAs("outcome").equals(RephraseJob.KEPT_ORIGINAL)));
            String expected = accepted
                    ? end.<String, String>getJavaMap(end.fieldIndex("fields")).get("text")
                    : before.get(row.getKey()).getAs("text");
            assertEquals(expected, after.get(row.getKey()).getAs("text"));
            kept += accepted ? 0 : 1;
        }
        assertEquals(6, kept, "the rows with a number, which EDA loses");
    }

    @Test
    void everyOutcomeHasItsReasonAndScores() {
        Map<String, Integer> reasons = new TreeMap<>();
        for (Row row : rephrased(beside)) {
            boolean accepted = row.getAs("outcome").equals(RephraseJob.REWRITTEN);
            assertEquals(accepted, row.getAs("reason") == null);
            assertEquals(accepted, row.getAs("document_id") != null);
            assertTrue(row.getJavaMap(row.fieldIndex("scores")).containsKey("length"));
            if (!accepted) {
                assertEquals(RephraseJob.KEPT_ORIGINAL, row.getAs("outcome"));
                reasons.merge(row.getAs("reason"), 1, Integer::sum);
            }
        }
        assertEquals(6 * 9, reasons.get("numbers"), "digits are lost in every copy");
        assertTrue(reasons.containsKey("label-words"), "brown becomes animal: " + reasons);
        assertTrue(reasons.containsKey("negation"), "not is deleted somewhere: " + reasons);
        JsonNode notes = beside.manifest().notes().get("kept_original");
        reasons.forEach((reason, n) -> assertEquals(n, notes.get(reason).intValue()));
    }

    @Test
    void copiesShareLabelAndGroupAndNameTheirParent() {
        Map<String, Row> before = byId(documents);
        Map<String, Row> after = byId(beside);
        before.forEach((id, row) -> assertEquals(row, after.get(id), "the original stays"));
        Set<String> made = new HashSet<>(after.keySet());
        made.removeAll(before.keySet());
        assertEquals(beside.manifest().notes().get("rewritten").intValue(), made.size());
        for (Row attempt : rephrased(beside)) {
            String id = attempt.getAs("document_id");
            if (id == null) {
                continue;
            }
            assertTrue(made.remove(id));
            Row copy = after.get(id);
            Row parent = before.get(attempt.<String>getAs("id"));
            assertEquals(parent.<String>getAs("id"), copy.getAs("parent_id"));
            for (String same : List.of("label", "group", "split", "fields", "weight", "source")) {
                assertEquals(parent.<Object>getAs(same), copy.getAs(same));
            }
            assertNotEquals(parent.<String>getAs("text"), copy.getAs("text"));
        }
        assertTrue(made.isEmpty());
    }

    @Test
    void aGroupNeverCrossesSplits() {
        Map<String, Set<String>> splits = new TreeMap<>();
        byId(beside).values().forEach(row -> splits.computeIfAbsent(row.getAs("group"), g -> new HashSet<>())
                .add(row.getAs("split")));
        assertTrue(splits.values().stream().allMatch(of -> of.size() == 1), splits::toString);
    }

    /** The planted copy p7#1 keeps its id: the first copy of p7 is p7#2. */
    @Test
    void numbersOfCopiesGoOnFromThoseThatAreThere() {
        Map<String, Row> after = byId(beside);
        assertEquals(
                "the brown fox does jump over a lazy dog", after.get("p7#1").getAs("text"));
        assertTrue(rephrased(beside).stream()
                .filter(row -> row.getAs("id").equals("p7") && row.getAs("document_id") != null)
                .allMatch(row -> row.getAs("document_id").equals("p7#" + (1 + row.<Integer>getAs("copy")))));
        assertTrue(rephrased(beside).stream().anyMatch(row -> String.valueOf(row.<String>getAs("document_id"))
                .startsWith("p7#1#")));
    }

    @Test
    void onlyChosenRowsAreRewrittenAndOthersOfTheirSplitLeftOut() throws Exception {
        Set<String> pool = byId(ofChosen).values().stream()
                .filter(row -> row.getAs("split").equals("pool"))
                .map(row -> row.<String>getAs("id"))
                .collect(Collectors.toSet());
        assertEquals(Set.of("p1", "p2", "p3", "p7#1"), pool);
        Artifact unknown = harness.given(Tables.SAMPLE, sample(List.of("p1", "test3")));
        UserException e = assertThrows(
                UserException.class,
                () -> run(EDA, 2, Mix.REWRITTEN, Map.of("documents", documents, "chosen", unknown)));
        assertTrue(e.getMessage().contains("chosen holds id = test3"), e.getMessage());
    }

    @Test
    void identityLeavesEveryRowAndEveryMetricEqual() throws Exception {
        Artifact made = run(new Identity(), 2, Mix.REWRITTEN, Map.of("documents", documents));
        assertEquals(digest(documents, Tables.DOCUMENTS), digest(made, Tables.DOCUMENTS));
        Map<String, JsonNode> notes = made.manifest().notes();
        assertEquals(notes.get("distinct_before"), notes.get("distinct_after"));
        assertEquals(0, notes.get("rewritten").intValue());
        assertNull(notes.get("change"));
        assertEquals(60, notes.get("kept_original").get("identical").intValue());
        assertTrue(made.manifest().warnings().get(0).contains("no rewrite was accepted"));
    }

    private static List<String> digest(Artifact artifact, Table table) {
        return artifact.manifest().table(table.name()).orElseThrow().digests();
    }

    @Test
    void fourPartitionsMakeTheSameRows() throws Exception {
        Artifact cut = harness.given(Tables.DOCUMENTS, documents(4));
        Artifact again = run(EDA, 9, Mix.REWRITTEN_AND_ORIGINAL, Map.of("documents", cut));
        assertEquals(beside.manifest().contentDigest(), again.manifest().contentDigest());
        assertEquals(beside.manifest().notes(), again.manifest().notes());
    }

    @Test
    void aCopyDependsOnSeedRowAndNumberAlone() {
        Map<String, String> copies = copies(beside);
        copies(inPlace).forEach((copy, text) -> assertEquals(copies.get(copy), text));
        assertTrue(copies(ofChosen).entrySet().stream()
                .anyMatch(copy -> !copy.getValue().equals(copies.get(copy.getKey()))));
    }

    private static Map<String, String> copies(Artifact artifact) {
        return rephrased(artifact).stream()
                .collect(Collectors.toMap(row -> row.getAs("id") + " " + row.getAs("copy"), row -> row.<String, String>
                                getJavaMap(row.fieldIndex("fields"))
                        .get("text")));
    }

    @Test
    void notesTellHowMuchWasChanged() {
        Map<String, JsonNode> notes = beside.manifest().notes();
        assertEquals(30, notes.get("rows").intValue());
        assertEquals(270, notes.get("attempts").intValue());
        double change = notes.get("change").doubleValue();
        assertTrue(change > 0.05 && change < 0.6, "EDA changes a little: " + change);
        JsonNode label = notes.get("by_label").get("noun.animal");
        assertEquals(15 * 9, label.get("attempts").intValue());
        assertEquals(1.0, notes.get("length_ratio_p5_p50_p95").get(1).doubleValue());
    }

    @Test
    void splitsThatAreMeasuredOnAreNeverRewritten() {
        for (String split : List.of("dev", "test")) {
            RephraseJob.Config typical = new RephraseJob().typical();
            UserException e = assertThrows(
                    UserException.class,
                    () -> new RephraseJob.Config(
                            typical.rewriter(),
                            typical.gates(),
                            1,
                            Mix.REWRITTEN,
                            List.of("pool", split),
                            typical.fields(),
                            List.of(),
                            typical.synonyms(),
                            typical.stopWords()));
            assertTrue(e.getMessage().contains("what is measured on stays as it is"), e.getMessage());
        }
    }

    @Test
    void aLineThatIsNoSynonymIsNamed() throws Exception {
        Path bad = Files.writeString(temporary.resolve("bad.tsv"), "quick\tfast\nlonely\n");
        RephraseJob.Config good = config(EDA, 1, Mix.REWRITTEN);
        RephraseJob.Config config = new RephraseJob.Config(
                good.rewriter(),
                good.gates(),
                1,
                good.mix(),
                good.splits(),
                good.fields(),
                List.of(),
                bad.toString(),
                StopWords.NONE);
        UserException e = assertThrows(
                UserException.class, () -> harness.run(new RephraseJob(), config, 7, Map.of("documents", documents)));
        assertTrue(e.getMessage().contains("bad.tsv:2 = lonely"), e.getMessage());
        Files.delete(bad);
        assertThrows(
                UserException.class, () -> harness.run(new RephraseJob(), config, 7, Map.of("documents", documents)));
    }
}
