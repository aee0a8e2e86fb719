package org.oatmill.rephrase;

import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The words of a language, in lower case: which mean nearly the same, and which carry little meaning.
 *
 * @param synonyms of a word, each in a fixed order and without the word itself
 * @param stopWords words that are not replaced
 */
public record Lexicon(Map<String, List<String>> synonyms, Set<String> stopWords) implements Serializable {

    /** As the words of a passage are written: lower case, letters only. What is left empty or alone, and what is several words, has no synonyms. */
    public Lexicon {
        Map<String, Set<String>> cleaned = new HashMap<>();
        synonyms.forEach((word, others) -> {
            Set<String> same = cleaned.computeIfAbsent(Eda.cleaned(word), w -> new TreeSet<>());
            others.forEach(other -> same.add(Eda.cleaned(other)));
        });
        Map<String, List<String>> kept = new HashMap<>();
        cleaned.forEach((word, same) -> {
            same.remove(word);
            same.remove("");
            if (!same.isEmpty() && word.indexOf(' ') < 0) {
                kept.put(word, List.copyOf(same));
            }
        });
        synonyms = kept;
        Set<String> stops = new HashSet<>();
        stopWords.forEach(word -> stops.add(Eda.cleaned(word)));
        stopWords = stops;
    }

    /** No words at all. */
    public static Lexicon none() {
        return new Lexicon(Map.of(), Set.of());
    }

    List<String> of(String word) {
        return synonyms.getOrDefault(word, List.of());
    }
}
