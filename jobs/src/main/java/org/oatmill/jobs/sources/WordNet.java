package org.oatmill.jobs.sources;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.sf.extjwnl.JWNLException;
import net.sf.extjwnl.data.POS;
import net.sf.extjwnl.data.Pointer;
import net.sf.extjwnl.data.PointerType;
import net.sf.extjwnl.data.Synset;
import net.sf.extjwnl.data.Word;
import net.sf.extjwnl.dictionary.Dictionary;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Digest;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;

/**
 * The glosses of WordNet 3.1 (Fellbaum 1998), which ship with the application: a document per set
 * of synonyms, with its definition as the text, its lexicographer's category as the label, and its
 * lemmas, its category's word, its first hypernym and its examples in {@code fields}.
 *
 * <p><b>Splits.</b> Two synsets that share a lemma, or have one and the same definition, are never
 * in different splits: connected components of these two relations go as a whole. One component of
 * 33,241 synsets binds 28 % of WordNet together (the common words, which mean many things); every
 * other has at most 37. The large one is pretraining text; the others are hashed so that all of
 * WordNet comes out at 70 % pretraining, 15 % pool and 15 % test. So pool and test hold no very
 * common word, and few verbs: 17 % of nouns and 6 % of verbs are in the pool. The split of a synset
 * depends on nothing but WordNet, not on the options below. A pretraining document does not name a
 * hypernym of another split.
 */
@Describe("glosses of WordNet 3.1, labelled by lexicographer's category; ships with the application")
public record WordNet(
        @Describe("parts of speech to read") List<PartOfSpeech> pos,
        @Describe("categories to read, such as noun.animal; none: all") List<String> categories,
        @Describe(value = "most rows of one category, the same ones whatever the seed; 0: all", unit = "rows")
                int perCategory,
        @Describe(value = "most rows, the same ones whatever the seed; 0: all", unit = "rows") int rows,
        @Describe("share of the pool that becomes the split target") double target,
        @Describe("share of the pool that becomes the split dev") double dev)
        implements Source {

    private static final String NAME = "wordnet-3.1";
    private static final String RESOURCES = "/net/sf/extjwnl/data/wordnet/wn31/";
    private static final String PRETRAINING = "pretrain";
    private static final double PRETRAIN = 0.70;
    private static final double POOL = 0.15;
    /** Categories, behind their part of speech, that name nothing a gloss could be about. */
    private static final Set<String> NO_WORDS = Set.of("Tops", "all", "pert", "ppl");
    /** A component of more than this share of all synsets is text for pretraining. */
    private static final double LARGE = 0.01;

    /** The parts of speech of WordNet. */
    public enum PartOfSpeech {
        NOUN(POS.NOUN),
        VERB(POS.VERB),
        ADJECTIVE(POS.ADJECTIVE),
        ADVERB(POS.ADVERB);

        private final POS key;

        PartOfSpeech(POS key) {
            this.key = key;
        }

        private static PartOfSpeech of(POS key) {
            return Stream.of(values()).filter(pos -> pos.key == key).findFirst().orElseThrow();
        }
    }

    public WordNet {
        pos = List.copyOf(pos);
        categories = List.copyOf(categories);
        if (pos.isEmpty()) {
            throw new UserException("Cannot read WordNet: pos = [], expected noun, verb, adjective or adverb");
        }
        if (perCategory < 0 || rows < 0) {
            throw new UserException("Cannot read WordNet: per_category = " + perCategory + ", rows = " + rows
                    + ", expected 0 (all) or more");
        }
        if (!(target >= 0 && dev >= 0 && target + dev <= 1)) {
            throw new UserException("Cannot read WordNet: target = " + target + ", dev = " + dev
                    + ", expected shares of the pool that add up to at most 1");
        }
    }

    /** All of WordNet. */
    static WordNet typical() {
        return new WordNet(List.of(PartOfSpeech.values()), List.of(), 0, 0, 0, 0);
    }

    /**
     * All of WordNet, and how it is split.
     *
     * @param components for each synset the smallest id of its component
     * @param large the components that are pretraining text as a whole
     * @param pretrain the share of the others that joins them, so that all pretraining text is 70 %
     */
    private record Whole(List<Gloss> glosses, Map<String, String> components, Set<String> large, double pretrain) {

        String component(String id) {
            return components.getOrDefault(id, id);
        }

        static Whole of(List<Gloss> glosses) {
            Map<String, String> components = WordNet.components(glosses);
            Map<String, Integer> sizes = new HashMap<>();
            components.values().forEach(component -> sizes.merge(component, 1, Integer::sum));
            Set<String> large = new TreeSet<>(sizes.keySet());
            large.removeIf(component -> sizes.getOrDefault(component, 0) <= LARGE * glosses.size());
            double inLarge = large.stream()
                    .mapToInt(component -> sizes.getOrDefault(component, 0))
                    .sum();
            return new Whole(
                    glosses, components, large, (PRETRAIN * glosses.size() - inLarge) / (glosses.size() - inLarge));
        }
    }

    /** Kept while memory lasts: a run often reads WordNet twice, and reading takes seconds. */
    private static SoftReference<Whole> kept = new SoftReference<>(null);

    private static synchronized Whole whole() {
        Whole whole = kept.get();
        if (whole == null) {
            whole = Whole.of(glosses());
            kept = new SoftReference<>(whole);
        }
        return whole;
    }

    /**
     * For every lemma the others of its synsets, of all parts of speech. These are words of all splits, test rows' lemmas
     * among them; no definition is in it, so no text of a row can come from another's.
     */
    static Map<String, List<String>> synonyms() {
        Map<String, Set<String>> synonyms = new HashMap<>();
        for (Gloss gloss : whole().glosses()) {
            for (String lemma : gloss.lemmas()) {
                synonyms.computeIfAbsent(lemma, word -> new TreeSet<>()).addAll(gloss.lemmas());
            }
        }
        Map<String, List<String>> lists = new HashMap<>();
        synonyms.forEach((lemma, others) -> {
            others.remove(lemma);
            if (!others.isEmpty()) {
                lists.put(lemma, List.copyOf(others));
            }
        });
        return lists;
    }

    /** A set of synonyms. */
    private record Gloss(
            String id,
            PartOfSpeech pos,
            long number,
            String category,
            List<String> lemmas,
            String hypernym,
            String hypernymId,
            String definition,
            String examples) {}

    @Override
    public Map<String, String> fingerprints(SparkSession spark) {
        MessageDigest sha256 = Digest.sha256();
        for (String file : List.of("data.noun", "data.verb", "data.adj", "data.adv")) {
            try (InputStream in = WordNet.class.getResourceAsStream(RESOURCES + file)) {
                if (in == null) {
                    throw new IllegalStateException("WordNet is not on the class path: " + RESOURCES + file);
                }
                new DigestInputStream(in, sha256).transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return Map.of(NAME, "sha256:" + Digest.hex(sha256.digest()));
    }

    @Override
    public Dataset<Row> records(SparkSession spark) {
        List<Row> documents = documents();
        // Small slices: a task carries its slice, and Spark warns of tasks above 1 MB.
        int slices = 1 + documents.size() / 2000;
        return spark.createDataFrame(
                new JavaSparkContext(spark.sparkContext()).parallelize(documents, slices), Intake.SCHEMA);
    }

    /** The rows of {@link #records}, in the order of WordNet. */
    List<Row> documents() {
        Whole whole = whole();
        List<Row> documents = new ArrayList<>();
        for (Gloss gloss : chosen(whole.glosses())) {
            String split = split(whole, gloss.id());
            documents.add(Intake.document(
                    new Intake.Place(NAME, gloss.number()),
                    gloss.id(),
                    gloss.definition(),
                    gloss.category(),
                    fields(gloss, !split.equals(PRETRAINING) || split.equals(split(whole, gloss.hypernymId()))),
                    split,
                    whole.component(gloss.id()),
                    1f,
                    0));
        }
        return documents;
    }

    private String split(Whole whole, String id) {
        String component = whole.component(id);
        double u = Chance.u(0, NAME + " split", component);
        double pretrain = whole.pretrain();
        double pool = (1 - pretrain) * POOL / (1 - PRETRAIN);
        if (whole.large().contains(component) || u < pretrain) {
            return PRETRAINING;
        }
        double inPool = (u - pretrain) / pool;
        if (inPool >= 1) {
            return "test";
        }
        return inPool < target ? "target" : inPool < target + dev ? "dev" : "pool";
    }

    /** @param named whether the hypernym may be told */
    private static Map<String, String> fields(Gloss gloss, boolean named) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("lemma", gloss.lemmas().get(0));
        fields.put("lemmas", String.join("; ", gloss.lemmas()));
        fields.put("pos", gloss.pos().name().toLowerCase(Locale.ROOT));
        fields.put("lexname", gloss.category());
        String category = gloss.category().substring(gloss.category().indexOf('.') + 1);
        if (!NO_WORDS.contains(category)) {
            fields.put("category", category);
        }
        if (named && !gloss.hypernym().isEmpty()) {
            fields.put("hypernym", gloss.hypernym());
        }
        if (!gloss.examples().isEmpty()) {
            fields.put("examples", gloss.examples());
        }
        return fields;
    }

    /** The rows that the options ask for, in the order of WordNet. */
    private List<Gloss> chosen(List<Gloss> all) {
        Set<String> known = all.stream().map(Gloss::category).collect(Collectors.toCollection(TreeSet::new));
        for (String category : categories) {
            if (!known.contains(category)) {
                throw new UserException("Cannot read WordNet: categories holds " + category + ", expected some of "
                        + String.join(", ", known) + Nearest.hint(category, known));
            }
        }
        Map<String, Integer> taken = new HashMap<>();
        List<Gloss> chosen = all.stream()
                .filter(gloss -> pos.contains(gloss.pos()))
                .filter(gloss -> categories.isEmpty() || categories.contains(gloss.category()))
                .sorted(Comparator.comparingDouble((Gloss gloss) -> Chance.u(0, NAME + " rows", gloss.id()))
                        .thenComparing(Gloss::id))
                .filter(gloss -> perCategory == 0 || taken.merge(gloss.category(), 1, Integer::sum) <= perCategory)
                .limit(rows == 0 ? Long.MAX_VALUE : rows)
                .sorted(Comparator.comparingLong(Gloss::number))
                .toList();
        if (chosen.isEmpty()) {
            throw new UserException("Cannot read WordNet: pos = " + pos + " and categories = " + categories
                    + " leave no row; a category's name begins with its part of speech");
        }
        return chosen;
    }

    /** For each synset the smallest id of its component. */
    private static Map<String, String> components(List<Gloss> all) {
        Map<String, String> parents = new HashMap<>();
        Map<String, String> firstWith = new HashMap<>();
        for (Gloss gloss : all) {
            parents.put(gloss.id(), gloss.id());
            List<String> bonds = new ArrayList<>();
            gloss.lemmas().forEach(lemma -> bonds.add("lemma " + lemma.toLowerCase(Locale.ROOT)));
            bonds.add("definition " + gloss.definition());
            for (String bond : bonds) {
                String first = firstWith.putIfAbsent(bond, gloss.id());
                if (first != null) {
                    String a = root(parents, first);
                    String b = root(parents, gloss.id());
                    parents.put(a.compareTo(b) < 0 ? b : a, a.compareTo(b) < 0 ? a : b);
                }
            }
        }
        Map<String, String> components = new HashMap<>();
        all.forEach(gloss -> components.put(gloss.id(), root(parents, gloss.id())));
        return components;
    }

    private static String root(Map<String, String> parents, String id) {
        String at = id;
        while (true) {
            String parent = parents.getOrDefault(at, at);
            if (parent.equals(at)) {
                return at;
            }
            String grandparent = parents.getOrDefault(parent, parent);
            parents.put(at, grandparent);
            at = grandparent;
        }
    }

    /** All of WordNet, in the order of its files. */
    private static List<Gloss> glosses() {
        try {
            Dictionary dictionary = Dictionary.getResourceInstance(RESOURCES + "res_properties.xml");
            List<Synset> synsets = new ArrayList<>();
            for (PartOfSpeech pos : PartOfSpeech.values()) {
                Iterator<Synset> all = dictionary.getSynsetIterator(pos.key);
                all.forEachRemaining(synsets::add);
            }
            Map<String, Synset> byId = new HashMap<>();
            synsets.forEach(synset -> byId.put(id(synset.getPOS(), synset.getOffset()), synset));

            List<Gloss> glosses = new ArrayList<>();
            for (Synset synset : synsets) {
                String gloss = synset.getGloss().strip();
                int examples = gloss.indexOf("; \"");
                Synset above = hypernym(synset, byId);
                glosses.add(new Gloss(
                        id(synset.getPOS(), synset.getOffset()),
                        PartOfSpeech.of(synset.getPOS()),
                        glosses.size() + 1L,
                        synset.getLexFileName(),
                        synset.getWords().stream().map(Word::getLemma).toList(),
                        above == null ? "" : above.getWords().get(0).getLemma(),
                        above == null ? "" : id(above.getPOS(), above.getOffset()),
                        examples < 0 ? gloss : gloss.substring(0, examples).strip(),
                        examples < 0 ? "" : gloss.substring(examples + 2)));
            }
            return glosses;
        } catch (JWNLException e) {
            throw new IllegalStateException("Cannot read the WordNet on the class path", e);
        }
    }

    private static @Nullable Synset hypernym(Synset synset, Map<String, Synset> byId) throws JWNLException {
        for (PointerType type : List.of(PointerType.HYPERNYM, PointerType.INSTANCE_HYPERNYM)) {
            for (Pointer pointer : synset.getPointers()) {
                if (pointer.getType() == type) {
                    Synset above = byId.get(id(pointer.getTargetPOS(), pointer.getTargetOffset()));
                    if (above != null) {
                        return above;
                    }
                }
            }
        }
        return null;
    }

    /** {@code wn31-n-02086723}: part of speech and offset, as the files of WordNet 3.1 name a synset. */
    private static String id(POS pos, long offset) {
        return String.format(Locale.ROOT, "wn31-%s-%08d", pos.getKey(), offset);
    }
}
