package org.oatmill.rephrase;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.oatmill.core.Describe;
import org.oatmill.core.UserException;

/**
 * Easy data augmentation: one of four small edits by chance (Wei and Zou, "EDA: Easy Data Augmentation
 * Techniques for Boosting Performance on Text Classification Tasks", EMNLP-IJCNLP 2019, section 2).
 * Of a passage of L words, n = max(1, ⌊αL⌋) are touched:
 *
 * <ul>
 *   <li>synonym replacement: n different words that are no stop words are replaced everywhere;
 *   <li>random insertion: n times, a synonym of a word of the passage is put at a random place;
 *   <li>random swap: n times, the words at two places change places;
 *   <li>random deletion: each word goes with probability α; one word remains at least.
 * </ul>
 *
 * <p>The text is put in lower case and keeps its letters only, so digits and punctuation are lost and
 * the {@link Gates} must see every copy.
 *
 * <p>Differs from the authors' code: a rate of 0 switches an edit off, where theirs still edits one
 * word; in each run of four copies every edit that is on comes once, in random order, so that a copy
 * does not depend on how many are made; letters are those of any script; only words that stand in the
 * lexicon as they are have synonyms (no lemmas are looked for), and inserted synonyms are single words.
 *
 * @param replacement α of synonym replacement
 * @param insertion α of random insertion
 * @param swap α of random swap
 * @param deletion probability of each word to go
 */
@Describe("a random small edit: synonyms replaced or inserted, words swapped or deleted (Wei and Zou 2019)")
public record Eda(
        @Describe("share of the words replaced by a synonym; 0: never this edit") double replacement,
        @Describe("synonyms inserted, as a share of the words; 0: never this edit") double insertion,
        @Describe("swaps of two words, as a share of the words; 0: never this edit") double swap,
        @Describe("chance of each word to be deleted; 0: never this edit") double deletion)
        implements Rewriter {

    public Eda {
        for (double rate : new double[] {replacement, insertion, swap, deletion}) {
            if (!(rate >= 0 && rate <= 1)) {
                throw new UserException("Cannot rewrite: rate = " + rate + ", expected 0 to 1");
            }
        }
    }

    private enum Edit {
        REPLACEMENT,
        INSERTION,
        SWAP,
        DELETION
    }

    @Override
    public Optional<String> rewrite(Passage passage, int copy, long seed, Lexicon lexicon) {
        List<Edit> edits = new ArrayList<>(List.of(Edit.values()));
        edits.removeIf(edit -> rate(edit) == 0);
        List<String> words = words(passage.text());
        if (edits.isEmpty() || words.isEmpty()) {
            return Optional.empty();
        }
        new Draws(seed, "eda edits", passage, (copy - 1) / edits.size()).shuffle(edits);
        Edit edit = edits.get((copy - 1) % edits.size());
        Draws draws = new Draws(seed, "eda", passage, copy);
        int n = Math.max(1, (int) (rate(edit) * words.size()));
        List<String> edited =
                switch (edit) {
                    case REPLACEMENT -> replaced(words, n, lexicon, draws);
                    case INSERTION -> inserted(words, n, lexicon, draws);
                    case SWAP -> swapped(words, n, draws);
                    case DELETION -> thinned(words, deletion, draws);
                };
        return Optional.of(String.join(" ", edited));
    }

    private double rate(Edit edit) {
        return switch (edit) {
            case REPLACEMENT -> replacement;
            case INSERTION -> insertion;
            case SWAP -> swap;
            case DELETION -> deletion;
        };
    }

    static List<String> replaced(List<String> words, int n, Lexicon lexicon, Draws draws) {
        List<String> candidates = new ArrayList<>(new LinkedHashSet<>(words));
        candidates.removeIf(
                word -> lexicon.stopWords().contains(word) || lexicon.of(word).isEmpty());
        draws.shuffle(candidates);
        List<String> edited = new ArrayList<>(words);
        for (String word : candidates.subList(0, Math.min(n, candidates.size()))) {
            List<String> synonyms = lexicon.of(word);
            String synonym = synonyms.get(draws.below(synonyms.size()));
            // By place, as a synonym put in may be the next word to replace.
            for (int i = 0; i < words.size(); i++) {
                if (words.get(i).equals(word)) {
                    edited.set(i, synonym);
                }
            }
        }
        return edited;
    }

    static List<String> inserted(List<String> words, int n, Lexicon lexicon, Draws draws) {
        List<List<String>> sources = words.stream()
                .map(word -> lexicon.of(word).stream()
                        .filter(synonym -> synonym.indexOf(' ') < 0)
                        .toList())
                .filter(synonyms -> !synonyms.isEmpty())
                .toList();
        List<String> edited = new ArrayList<>(words);
        for (int i = 0; i < n && !sources.isEmpty(); i++) {
            List<String> synonyms = sources.get(draws.below(sources.size()));
            edited.add(draws.below(edited.size() + 1), synonyms.get(draws.below(synonyms.size())));
        }
        return edited;
    }

    static List<String> swapped(List<String> words, int n, Draws draws) {
        List<String> edited = new ArrayList<>(words);
        for (int i = 0; i < n && words.size() > 1; i++) {
            int a = draws.below(words.size());
            int b = draws.below(words.size() - 1);
            Collections.swap(edited, a, b < a ? b : b + 1);
        }
        return edited;
    }

    static List<String> thinned(List<String> words, double probability, Draws draws) {
        List<String> edited = new ArrayList<>();
        for (String word : words) {
            if (draws.unit() >= probability) {
                edited.add(word);
            }
        }
        return edited.isEmpty() ? List.of(words.get(draws.below(words.size()))) : edited;
    }

    private static List<String> words(String text) {
        String cleaned = cleaned(text);
        return cleaned.isEmpty() ? List.of() : List.of(cleaned.split(" "));
    }

    /** Lower case, apostrophes dropped, anything else that is no letter a space, single spaces. */
    static String cleaned(String text) {
        return text.toLowerCase(Locale.ROOT)
                .replaceAll("['’]", "")
                .replaceAll("[^\\p{L}\\p{M}]+", " ")
                .strip();
    }
}
