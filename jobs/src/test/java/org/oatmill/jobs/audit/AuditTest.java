package org.oatmill.jobs.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;
import org.oatmill.jobs.sources.ColumnNames;
import org.oatmill.jobs.sources.Csv;
import org.oatmill.spark.SharedSpark;

/** An audit of sentences of two kinds with planted troubles; what is planted stands in {@link #PLANTED}, by key. */
class AuditTest {
    private static final int ROWS = 300;
    private static final Map<String, String> PLANTED = new HashMap<>();
    private static final String[][] WORDS = {
        {"small", "furry", "wild", "grey", "nocturnal", "large", "swift"},
        {"mammal", "rodent", "bird", "fish", "deer", "fox", "monkey"},
        {"lives in the forests", "is found on the shores", "feeds on insects", "hunts in the hills"},
        {"of northern Europe", "of southern Africa", "of tropical Asia", "of eastern Australia"},
        {"sweet", "baked", "creamy", "spicy", "fried", "cold", "thick"},
        {"sauce", "cake", "soup", "bread", "pie", "cheese", "stew"},
        {"is made of butter and eggs", "is served with lemon", "contains sugar and milk", "is filled with meat"},
        {"in French cooking", "in Italian kitchens", "at the table in winter", "for dessert on Sundays"}
    };

    private static final String[] THINGS =
            ("river barn clock lamp window garden table stone wall tower bridge road fence"
                            + " chair door mountain valley island lake beach town village castle church market station school")
                    .split(" ");

    private static final String[] STRANGERS = {
        "SELECT x9 FROM t63 WHERE k=0x2259; // NullPointerException",
        "Le chat est parti hier soir avec mes clefs",
        "Tel. +44 20 7946 0018, +44 20 7946 0192, +44 20 7946 0555",
        "Dear Sir, we regret to tell you that your payment has failed!!!",
        "C6H12O6 + 6 O2 -> 6 CO2 + 6 H2O",
        "{'user': 'admin', 'roles': ['x', 'y'], 'active': true}"
    };

    @TempDir
    private static Path temporary;

    private static Path file;
    private static Audit audit;

    @BeforeAll
    static void plant() throws Exception {
        List<String> lines = new ArrayList<>(List.of("key,text,class"));
        for (int i = 0; i < ROWS; i++) {
            int kind = i % 2;
            boolean flipped = i % 10 == 3;
            String text = sentence(4 * kind, i);
            if (i == 1) {
                text = text + "\nand elsewhere"; // pushes all lines after it down
            }
            line(lines, "r" + i, text, flipped != (kind == 0) ? "animal" : "food", flipped ? "flipped" : "");
            if (i % 15 == 4) {
                line(lines, "d" + i, text.replaceFirst(" \\w+ ", " "), kind == 0 ? "animal" : "food", "copy of r" + i);
            }
            if (i % 60 == 7) {
                line(lines, "f" + i, i % 120 == 7 ? "the " + THINGS[i % 28] : "--- " + i, "food", "fragment");
            }
            if (i % 50 == 9) {
                line(lines, "o" + i, STRANGERS[i / 50], "animal", "stranger");
            }
        }
        lines.add("only,two");
        file = temporary.resolve("rows.csv");
        Files.writeString(file, String.join("\n", lines) + "\n");
        audit = Audit.of(options("text", "class"), SharedSpark.session(), what -> {});
    }

    /** Of a kind by its words, and different for every row by the four things it names. */
    private static String sentence(int from, int i) {
        Random random = new Random(i);
        String text = "a";
        for (int part = from; part < from + 4; part++) {
            text += (part == from + 2 ? " that " : " ") + WORDS[part][random.nextInt(WORDS[part].length)];
        }
        for (int thing = 0; thing < 4; thing++) {
            text += (thing == 0 ? " near " : " and ") + THINGS[random.nextInt(THINGS.length)];
        }
        return text;
    }

    private static void line(List<String> lines, String key, String text, String label, String planted) {
        lines.add(key + ",\"" + text.replace("\"", "\"\"") + "\"," + label);
        if (!planted.isEmpty()) {
            PLANTED.put(key, planted);
        }
    }

    private static AuditOptions options(String text, @Nullable String label) {
        return new AuditOptions(file.toString(), null, text, label, "key", List.of(), "wordnet", 0);
    }

    private static List<Finding> of(Kind kind) {
        return audit.findings().stream().filter(f -> f.kind() == kind).toList();
    }

    private static long planted(List<Finding> findings, int first, String what) {
        return findings.stream()
                .limit(first)
                .filter(f -> PLANTED.getOrDefault(f.row().shown(), "").startsWith(what))
                .count();
    }

    /** One row in ten is flipped: a random order has 15 or more of them among 20 with probability below 1e-11. */
    @Test
    void doubtedLabelsAreTheFlippedOnes() {
        assertTrue(planted(of(Kind.LABEL), 20, "flipped") >= 15, () -> of(Kind.LABEL)
                .toString());
    }

    @Test
    void suggestedLabelsAreTheOthers() {
        for (Finding finding : of(Kind.LABEL)) {
            String label = String.valueOf(finding.row().label());
            assertEquals(label.equals("food") ? "animal" : "food", finding.suggestedLabel());
        }
    }

    /** Six of 331 rows are strangers: a random order has four or more among the first six with probability below 1e-5. */
    @Test
    void outliersAreTheStrangers() {
        assertTrue(planted(of(Kind.OUTLIER), 6, "stranger") >= 4, () -> of(Kind.OUTLIER)
                .toString());
    }

    @Test
    void copiesAreFoundWithWhatTheyCopy() {
        Map<String, String> found = of(Kind.NEAR_DUPLICATE).stream()
                .collect(Collectors.toMap(
                        f -> f.row().shown(), f -> f.evidence().get(0).shown()));
        long right = PLANTED.entrySet().stream()
                .filter(plant -> plant.getValue().equals("copy of " + found.get(plant.getKey())))
                .count();
        assertTrue(right >= 18, () -> right + " of 20: " + found);
    }

    @Test
    void fragmentsAreFoundAndNothingElse() {
        assertEquals(5, planted(of(Kind.FRAGMENT), 99, "fragment"));
        assertEquals(5, of(Kind.FRAGMENT).size());
    }

    @Test
    void lineIsWhereTheRecordStands() throws IOException {
        List<String> lines = Files.readAllLines(file);
        for (Finding finding : audit.findings()) {
            String line = lines.get((int) finding.row().line() - 1);
            assertTrue(line.startsWith(finding.row().shown()), () -> finding + ": " + line);
        }
        assertEquals(lines.size(), of(Kind.QUARANTINE).get(0).row().line());
        assertEquals(
                "no document: wrong number of columns",
                of(Kind.QUARANTINE).get(0).reason());
    }

    @Test
    void kindsTakeTurns() {
        List<Kind> first = audit.findings().stream().limit(5).map(Finding::kind).toList();
        assertEquals(5, first.stream().distinct().count(), first::toString);
    }

    @Test
    void tableIsReadBackBySparkAndThePageIsInert() throws IOException {
        List<Path> written = AuditFiles.write(audit, options("text", "class"), 50, temporary.resolve("out"));
        Dataset<Row> table = SharedSpark.session()
                .read()
                .option("header", "true")
                .option("multiLine", "true")
                .option("escape", "\"")
                .csv(written.get(0).toString());
        assertEquals(
                "rank,id,line,kind,score,label,suggested_label,reason,evidence_ids", String.join(",", table.columns()));
        List<Row> rows = table.collectAsList();
        assertEquals(audit.findings().size(), rows.size());
        for (int i = 0; i < rows.size(); i++) {
            assertEquals(audit.findings().get(i).reason(), rows.get(i).getString(7));
        }
        assertTrue(Files.readString(written.get(1)).contains("Rows to look at first"));
    }

    @Test
    void fourPartitionsAreAsOne() {
        Csv csv = new Csv(
                List.of(file.toString()),
                new ColumnNames(null, "text", null, null, null, "class", null, null, null),
                "pool",
                List.of(),
                ",",
                "\"",
                "\"",
                "UTF-8");
        AuditOptions options = options("text", "class");
        Dataset<Row> records = csv.records(SharedSpark.session()).repartition(4);
        AuditedFile cut = AuditedFile.of(records, options, SharedSpark.session());
        assertEquals(AuditFiles.csv(audit), AuditFiles.csv(Audit.of(cut, options, SharedSpark.session(), what -> {})));
    }

    @Test
    void oneClassIsNotDoubtedAndHostileTextIsInert() throws IOException {
        Path small = temporary.resolve("small.jsonl");
        Files.writeString(
                small,
                """
                {"t": "<script>alert(1)</script> says \\"hello\\", twice", "c": "x"}
                {"t": "another row with its own text of several words", "c": "x"}

                {"t": "Another row, with its own text of several words!", "c": "x"}
                """);
        AuditOptions options = new AuditOptions(small.toString(), null, "t", "c", null, List.of(), "wordnet", 0);
        Audit audited = Audit.of(options, SharedSpark.session(), what -> {});
        assertTrue(audited.notes().get(0).contains("1 different labels"), () -> audited.notes()
                .toString());
        assertTrue(audited.suspicion().isEmpty());
        Finding copy = audited.findings().stream()
                .filter(f -> f.kind() == Kind.NEAR_DUPLICATE)
                .findFirst()
                .orElseThrow();
        assertEquals("the same words as line 2", copy.reason());
        assertEquals(4, copy.row().line());
        List<Path> written = AuditFiles.write(audited, options, 50, temporary.resolve("small"));
        assertFalse(Files.readString(written.get(1)).contains("<script"));
    }

    @Test
    void withoutLabelsTheOtherKindsAreFound() {
        AuditedFile some = AuditedFile.read(options("text", null), SharedSpark.session());
        assertEquals(audit.rows().size(), some.rows().size());
        assertTrue(some.rows().stream().allMatch(row -> row.label() == null));
    }

    private static String refused(AuditOptions options) {
        return assertThrows(UserException.class, () -> AuditedFile.read(options, SharedSpark.session()))
                .getMessage();
    }

    @Test
    void misspeltColumnsAreNamedWithTheNearest() {
        String said = refused(options("texts", "class"));
        assertTrue(
                said.contains("--text = texts, expected one of its columns: key, text, class, did you mean 'text'?"),
                said);
        said = refused(options("text", "clas"));
        assertTrue(said.contains("--label = clas") && said.contains("did you mean 'class'?"), said);
    }

    @Test
    void missingAndEmptyFilesAreRefused() throws IOException {
        Path empty = Files.writeString(temporary.resolve("empty.csv"), "text\n");
        AuditOptions of = new AuditOptions(empty.toString(), null, "text", null, null, List.of(), "wordnet", 0);
        assertTrue(refused(of).contains("holds 0 records"));
        Path missing = temporary.resolve("row.csv");
        of = new AuditOptions(missing.toString(), null, "text", null, null, List.of(), "wordnet", 0);
        String said = refused(of);
        assertTrue(said.contains("there is no such file") && said.contains("did you mean 'rows.csv'?"), said);
        of = new AuditOptions(temporary + "/rows", null, "text", null, null, List.of(), "wordnet", 0);
        said = refused(of);
        assertTrue(said.contains("there is no such file"), said);
    }
}
