package org.oatmill.djl;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;

/**
 * A vocabulary learned from text by byte-pair encoding over bytes (Sennrich et al., arXiv
 * 1508.07909; Radford et al. 2019): texts are cut into words, each with the space before it; words
 * begin as their bytes; again and again the pair of tokens that stands side by side most often
 * becomes a token. Of equally frequent pairs the one whose tokens are older comes first (the left
 * one decides), so equal texts give equal bytes. What was never seen is still its bytes: every text
 * can be encoded, and decodes to itself.
 *
 * <p>Words that must be one token, such as the options of a task, get the merges they lack behind
 * all that was learned; no other word's learned merges change.
 */
public final class ByteLevelBpe {
    static final String PAD = "<|pad|>";
    static final String BOS = "<|begin|>";
    static final String EOS = "<|end|>";

    /** Words as GPT-2 cuts them: the ByteLevel pre-tokenizer of the file cuts in the same way. */
    private static final Pattern WORD = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private static final String[] LETTER_OF_BYTE = letters();

    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final Map<String, Integer> ranks = new LinkedHashMap<>();

    private ByteLevelBpe(List<String> merges) {
        for (String special : List.of(PAD, BOS, EOS)) {
            vocabulary.put(special, vocabulary.size());
        }
        for (String letter : LETTER_OF_BYTE) {
            vocabulary.put(letter, vocabulary.size());
        }
        merges.forEach(this::merge);
    }

    /**
     * Learns a vocabulary.
     *
     * @param size most tokens, special tokens included
     * @param words that are to be one token each, with the space before them
     */
    public static ByteLevelBpe train(Iterable<String> texts, int size, List<String> words) {
        List<String> learned = learn(count(texts), size);
        // The fewest learned merges make room for those that the words need.
        for (int kept = learned.size(); kept >= 0; kept--) {
            ByteLevelBpe bpe = new ByteLevelBpe(learned.subList(0, kept));
            words.forEach(bpe::force);
            if (bpe.size() <= size) {
                return bpe;
            }
        }
        throw new UserException("Cannot train tokenizer: vocabulary = " + size + ", expected at least "
                + new ByteLevelBpe(List.of()).size() + " and room for the words that are to be one token");
    }

    /** Number of tokens. */
    public int size() {
        return vocabulary.size();
    }

    /** What was merged, first to last: left and right token, a space between. */
    List<String> merges() {
        return List.copyOf(ranks.keySet());
    }

    /** Writes {@code tokenizer.json} and {@code tokenizer_config.json}. */
    public void write(Path directory, int maxTokens) throws IOException {
        Files.writeString(
                directory.resolve("tokenizer.json"),
                """
                {"version": "1.0", "truncation": null, "padding": null,
                "added_tokens": [
                $special],
                "normalizer": null,
                "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
                "post_processor": {"type": "TemplateProcessing",
                  "single": [{"SpecialToken": {"id": "$bos", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                  "pair": [{"SpecialToken": {"id": "$bos", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                  "special_tokens": {"$bos": {"id": "$bos", "ids": [1], "tokens": ["$bos"]}}},
                "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
                "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": $vocabulary,
                "merges": $merges}}
                """
                        .replace("$special", special(PAD) + ",\n" + special(BOS) + ",\n" + special(EOS))
                        .replace("$bos", BOS)
                        .replace("$vocabulary", Json.line(Json.tree(vocabulary)))
                        .replace("$merges", Json.line(Json.tree(merges()))));
        Map<String, Object> config = Map.of(
                "tokenizer_class", "PreTrainedTokenizerFast",
                "bos_token", BOS,
                "eos_token", EOS,
                "pad_token", PAD,
                "add_bos_token", true,
                "clean_up_tokenization_spaces", false,
                "model_max_length", maxTokens);
        Files.writeString(directory.resolve("tokenizer_config.json"), Json.pretty(Json.tree(config)));
    }

    private String special(String token) {
        return "{\"id\": " + vocabulary.get(token) + ", \"content\": \"" + token + "\", \"single_word\": false,"
                + " \"lstrip\": false, \"rstrip\": false, \"normalized\": false, \"special\": true}";
    }

    private void merge(String pair) {
        ranks.putIfAbsent(pair, ranks.size());
        vocabulary.putIfAbsent(pair.replace(" ", ""), vocabulary.size());
    }

    /** Merges a word's tokens from the left until it is one. */
    private void force(String word) {
        if (!WORD.matcher(word).matches()) {
            throw new UserException("Cannot train tokenizer: single_tokens holds \"" + word
                    + "\", expected one word, with the space before it where it has one");
        }
        for (List<String> tokens = tokens(word); tokens.size() > 1; tokens = tokens(word)) {
            merge(tokens.get(0) + " " + tokens.get(1));
        }
    }

    /** A word in the tokens known so far: the oldest merge that applies comes first. */
    private List<String> tokens(String word) {
        List<String> tokens = new ArrayList<>(spelled(word));
        while (true) {
            int best = -1;
            int rank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < tokens.size(); i++) {
                int found = ranks.getOrDefault(tokens.get(i) + " " + tokens.get(i + 1), Integer.MAX_VALUE);
                if (found < rank) {
                    best = i;
                    rank = found;
                }
            }
            if (best < 0) {
                return tokens;
            }
            tokens.set(best, tokens.get(best) + tokens.remove(best + 1));
        }
    }

    private static Map<String, Long> count(Iterable<String> texts) {
        Map<String, Long> counts = new TreeMap<>();
        for (String text : texts) {
            Matcher words = WORD.matcher(text);
            while (words.find()) {
                counts.merge(words.group(), 1L, Long::sum);
            }
        }
        return counts;
    }

    /** Merges, most frequent first, until there are {@code size} tokens or no pair stands twice. */
    private static List<String> learn(Map<String, Long> counts, int size) {
        ByteLevelBpe bpe = new ByteLevelBpe(List.of());
        List<String> names = new ArrayList<>(bpe.vocabulary.keySet());
        int[][] words = new int[counts.size()][];
        long[] times = new long[words.length];
        Pairs pairs = new Pairs();
        int w = 0;
        for (Map.Entry<String, Long> entry : counts.entrySet()) {
            words[w] = spelled(entry.getKey()).stream()
                    .mapToInt(letter -> bpe.vocabulary.getOrDefault(letter, -1))
                    .toArray();
            times[w] = entry.getValue();
            pairs.add(words[w], times[w]);
            w++;
        }
        while (bpe.size() < size) {
            long pair = pairs.mostFrequent();
            if (pair < 0) {
                break;
            }
            int left = (int) (pair >>> 32);
            int right = (int) pair;
            String name = names.get(left) + names.get(right);
            bpe.merge(names.get(left) + " " + names.get(right));
            if (bpe.size() > names.size()) {
                names.add(name);
            }
            int made = bpe.vocabulary.getOrDefault(name, -1);
            for (int i = 0; i < words.length; i++) {
                if (holds(words[i], left, right)) {
                    pairs.add(words[i], -times[i]);
                    words[i] = merged(words[i], left, right, made);
                    pairs.add(words[i], times[i]);
                }
            }
        }
        return bpe.merges();
    }

    /** How often tokens stand side by side. A pair is a long: the left token, then the right one. */
    private static final class Pairs {
        private record Seen(long pair, long times) {}

        private final Map<Long, Long> counts = new HashMap<>();
        private final Set<Long> grown = new HashSet<>();
        // May hold counts that have passed; a pair stands in it with at least the count it has now.
        private final PriorityQueue<Seen> queue = new PriorityQueue<>(
                Comparator.comparingLong(Seen::times).reversed().thenComparingLong(Seen::pair));

        void add(int[] word, long times) {
            for (int i = 0; i + 1 < word.length; i++) {
                long pair = (long) word[i] << 32 | word[i + 1];
                counts.merge(pair, times, Long::sum);
                if (times > 0) {
                    grown.add(pair);
                }
            }
        }

        /** The pair that stands most often, and at least twice; of equals the one whose tokens are older; -1: none. */
        long mostFrequent() {
            grown.forEach(pair -> queue.add(new Seen(pair, counts.getOrDefault(pair, 0L))));
            grown.clear();
            while (!queue.isEmpty()) {
                Seen first = queue.remove();
                long now = counts.getOrDefault(first.pair(), 0L);
                if (now == first.times() && now > 1) {
                    return first.pair();
                }
                if (now > 1 && now < first.times()) {
                    queue.add(new Seen(first.pair(), now));
                }
            }
            return -1;
        }
    }

    private static boolean holds(int[] word, int left, int right) {
        for (int i = 0; i + 1 < word.length; i++) {
            if (word[i] == left && word[i + 1] == right) {
                return true;
            }
        }
        return false;
    }

    private static int[] merged(int[] word, int left, int right, int made) {
        int[] shorter = new int[word.length];
        int n = 0;
        for (int i = 0; i < word.length; i++) {
            boolean pair = i + 1 < word.length && word[i] == left && word[i + 1] == right;
            shorter[n++] = pair ? made : word[i];
            i += pair ? 1 : 0;
        }
        return Arrays.copyOf(shorter, n);
    }

    private static List<String> spelled(String word) {
        List<String> letters = new ArrayList<>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            letters.add(LETTER_OF_BYTE[b & 0xff]);
        }
        return letters;
    }

    /** Each byte as a letter that can be seen: its own where it has one in Latin-1, else the next from 256 on. */
    private static String[] letters() {
        String[] letters = new String[256];
        int next = 256;
        for (int b = 0; b < 256; b++) {
            boolean seen = b > 32 && b < 127 || b > 160 && b != 173;
            letters[b] = Character.toString(seen ? b : next++);
        }
        return letters;
    }
}
