package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.oatmill.djl.DjlLm;
import org.oatmill.jobs.sources.WordNet;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Task;
import org.oatmill.spark.SharedSpark;

/** The model that ships in the application jar, and the text it was made of. */
class ShippedModelTest {
    private static Path directory;
    private static String card;
    private static DjlLm model;
    private static Dataset<Row> documents;

    @BeforeAll
    static void open() throws IOException, URISyntaxException {
        directory = Path.of(Objects.requireNonNull(ShippedModelTest.class.getResource("/org/oatmill/models/wordnet"))
                .toURI());
        card = Files.readString(directory.resolve("README.md"));
        model = DjlLm.open(directory);
        documents = new WordNet(List.of(WordNet.PartOfSpeech.values()), List.of(), 0, 0, 0, 0.1)
                .records(SharedSpark.session())
                .cache();
    }

    @AfterAll
    static void close() {
        model.close();
        documents.unpersist();
    }

    @Test
    void itIsSmallAndWhole() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        assertTrue(bytes <= 6_000_000, "bytes: " + bytes);
        for (String file : PretrainJob.FILES) {
            assertTrue(Files.size(directory.resolve(file)) > 0, file);
        }
        for (String said : List.of("Princeton", "license:", "oatmill run conf/pretrain.conf", "split `test`")) {
            assertTrue(card.contains(said), said);
        }
    }

    /** On another processor than the card's, sums are of another order: 1 % is far more than that does. */
    @Test
    void itsPerplexityIsWhatItsCardSays() {
        Matcher said = Pattern.compile("held-out perplexity \\| ([0-9.]+) per token, over [0-9,]+ tokens of ([0-9,]+)")
                .matcher(card);
        assertTrue(said.find());
        int rows = Integer.parseInt(said.group(2).replace(",", ""));
        double expected = Double.parseDouble(said.group(1));
        double perplexity =
                HeldOut.of(model, Corpus.some(documents, "test", rows)).perplexity();
        assertEquals(expected, perplexity, expected / 100);
    }

    @Test
    void everyCategoryIsOneToken() {
        List<String> words = documents
                .selectExpr("fields['category'] AS category")
                .where("category IS NOT NULL")
                .distinct()
                .collectAsList()
                .stream()
                .map(row -> row.getString(0))
                .toList();
        assertEquals(25 + 15 - 4, words.size(), words::toString); // four words name nouns and verbs
        for (String word : words) {
            assertEquals(1, model.tokenizer().encode(" " + word).length, word);
        }
    }

    /**
     * A prompt it was never trained on, and rows whose words it has not met. A model that guesses is right on one of 25
     * categories; that 200 and more guesses come out above 0.11 happens once in 300,000 times (binomial tail). The
     * model is what it is, so a correct one never fails.
     */
    @Test
    void itNamesTheCategoryOfUnseenNounsBetterThanChance() {
        Map<String, String> options = new TreeMap<>();
        Map<String, Integer> taken = new HashMap<>();
        List<Corpus.Document> nouns = Corpus.documents(documents, "dev").stream()
                .filter(d -> d.fields().getOrDefault("pos", "").equals("noun")
                        && d.fields().containsKey("category"))
                .filter(d -> taken.merge(d.fields().getOrDefault("lexname", ""), 1, Integer::sum) <= 15)
                .toList();
        documents
                .where("fields['pos'] = 'noun'")
                .selectExpr("label", "fields['category'] AS category")
                .where("category IS NOT NULL")
                .distinct()
                .collectAsList()
                .forEach(row -> options.put(row.getString(0), " " + row.getString(1)));
        assertEquals(25, options.size());
        Task task = new Task("{text}. This is about", options, null, 128, false);
        List<Example> examples = nouns.stream()
                .map(d -> task.example(d.id(), d.fields(), d.fields().get("lexname"), 1, model.tokenizer()))
                .toList();
        Objective right = new Objective.NegativeAccuracy();
        double sum = 0;
        for (Batch batch : BatchPlan.of(examples).batches()) {
            float[][] losses = model.losses(batch);
            for (int i = 0; i < losses.length; i++) {
                sum -= right.of(batch.rows().get(i), losses[i]);
            }
        }
        double accuracy = sum / examples.size();
        assertTrue(examples.size() >= 200, "rows: " + examples.size());
        assertTrue(accuracy > 0.11, "accuracy: " + accuracy);
    }

    /** What {@code conf/pretrain.conf} trains on, as the job words it. */
    @Test
    void itsTextHasNoSynsetAndNoLemmaOfPoolOrTest() {
        PretrainJob.Config config = RunFile.read("../conf/pretrain.conf", List.of(), Jobs.JOBS).stages().stream()
                .filter(stage -> stage.config() instanceof PretrainJob.Config)
                .map(stage -> (PretrainJob.Config) stage.config())
                .findFirst()
                .orElseThrow();
        Corpus corpus = new Corpus(Corpus.documents(documents, config.split()), new Wordings(config.templates()), 1);
        Set<String> ids = new HashSet<>();
        Set<String> lemmas = new HashSet<>();
        for (Corpus.Document document : corpus.documents()) {
            ids.add(document.id());
            lemmas.addAll(lemmas(document));
            lemmas.add(document.fields().getOrDefault("lemma", "").toLowerCase(Locale.ROOT));
            lemmas.add(document.fields().getOrDefault("hypernym", "").toLowerCase(Locale.ROOT));
        }
        assertEquals(82423, ids.size());
        for (String split : List.of("pool", "dev", "test")) {
            for (Corpus.Document document : Corpus.documents(documents, split)) {
                assertTrue(!ids.contains(document.id()), document::id);
                for (String lemma : lemmas(document)) {
                    assertTrue(!lemmas.contains(lemma), () -> lemma + " of " + document.id());
                }
            }
        }
        // A field that a template names and that is not looked at above would be a way round it.
        Set<String> named = config.templates().keySet().stream()
                .flatMap(template ->
                        Pattern.compile("\\{(\\w+)}").matcher(template).results())
                .map(field -> field.group(1))
                .collect(Collectors.toSet());
        assertEquals(Set.of("text", "lemma", "hypernym", "category"), named);
    }

    private static List<String> lemmas(Corpus.Document document) {
        return List.of(document.fields()
                .getOrDefault("lemmas", "")
                .toLowerCase(Locale.ROOT)
                .split("; "));
    }
}
