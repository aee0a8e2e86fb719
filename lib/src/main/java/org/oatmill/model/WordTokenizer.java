package org.oatmill.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Words and single signs, lower-cased: the most frequent ones have a token of their own, the others
 * share a few by their hash. For {@link BigramLm}.
 *
 * <p>Token 0 fills, 1 begins, 2 ends a text; then come the shared tokens, then the words.
 */
public final class WordTokenizer implements Tokenizer {
    private static final Pattern WORD = Pattern.compile("\n|[\\p{L}\\p{N}]+|[^\\s\\p{L}\\p{N}]");
    private static final int SPECIAL = 3;

    private final int shared;
    private final List<String> words;
    private final Map<String, Integer> tokens = new HashMap<>();

    /**
     * @param words those with a token of their own, lower case
     * @param shared number of tokens for all others, at least 1
     */
    public WordTokenizer(List<String> words, int shared) {
        if (shared < 1) {
            throw new IllegalArgumentException("Cannot make tokenizer: shared = " + shared + ", expected at least 1");
        }
        this.shared = shared;
        this.words = List.copyOf(words);
        for (int w = 0; w < words.size(); w++) {
            tokens.put(words.get(w), SPECIAL + shared + w);
        }
    }

    /** The most frequent words of some texts, of equals the alphabetically first; {@code size} tokens in all, an eighth of them shared. */
    public static WordTokenizer fit(List<String> texts, int size) {
        Map<String, Integer> counts = new HashMap<>();
        for (String text : texts) {
            words(text).forEach(word -> counts.merge(word, 1, Integer::sum));
        }
        int shared = Math.max(1, size / 8);
        List<String> words = counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
                .limit(Math.max(0, size - SPECIAL - shared))
                .map(Map.Entry::getKey)
                .toList();
        return new WordTokenizer(words, shared);
    }

    @Override
    public int[] encode(String text) {
        return words(text).stream().mapToInt(this::token).toArray();
    }

    private int token(String word) {
        Integer own = tokens.get(word);
        return own != null ? own : SPECIAL + Math.floorMod(word.hashCode(), shared);
    }

    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }

    /** Words with single spaces between them; a shared token is {@code <number>}, special ones are left out. */
    @Override
    public String decode(int[] tokens) {
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            if (token < SPECIAL) {
                continue;
            }
            String word = token < SPECIAL + shared ? "<" + token + ">" : words.get(token - SPECIAL - shared);
            boolean glued = text.length() == 0 || word.equals("\n") || text.charAt(text.length() - 1) == '\n';
            text.append(glued ? "" : " ").append(word);
        }
        return text.toString();
    }

    @Override
    public int size() {
        return SPECIAL + shared + words.size();
    }

    @Override
    public int bos() {
        return 1;
    }

    @Override
    public int eos() {
        return 2;
    }

    @Override
    public int pad() {
        return 0;
    }
}
