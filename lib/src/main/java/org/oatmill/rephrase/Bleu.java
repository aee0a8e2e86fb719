package org.oatmill.rephrase;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.oatmill.core.Summary;

/**
 * How much of the originals is left in their rewrites: corpus BLEU with up to four words, clipped, with
 * brevity penalty (Papineni et al., "BLEU: a method for automatic evaluation of machine translation",
 * ACL 2002, section 2.3). 1 minus it is how much was changed. Texts without four words count as far as
 * they go.
 */
public final class Bleu implements Summary<Bleu.Pair, Bleu> {
    private static final int ORDERS = 4;

    private final long[] matches = new long[ORDERS];
    private final long[] totals = new long[ORDERS];
    private long wordsBefore;
    private long wordsAfter;

    /**
     * @param before the original
     * @param after its rewrite
     */
    public record Pair(String before, String after) implements java.io.Serializable {}

    @Override
    public void add(Pair pair) {
        List<String> before = Gates.tokens(pair.before());
        List<String> after = Gates.tokens(pair.after());
        wordsBefore += before.size();
        wordsAfter += after.size();
        for (int n = 1; n <= ORDERS; n++) {
            Map<List<String>, Integer> left = new HashMap<>();
            for (int i = 0; i + n <= before.size(); i++) {
                left.merge(before.subList(i, i + n), 1, Integer::sum);
            }
            for (int i = 0; i + n <= after.size(); i++) {
                totals[n - 1]++;
                if (left.merge(after.subList(i, i + n), -1, Integer::sum) >= 0) {
                    matches[n - 1]++;
                }
            }
        }
    }

    @Override
    public void merge(Bleu other) {
        for (int n = 0; n < ORDERS; n++) {
            matches[n] += other.matches[n];
            totals[n] += other.totals[n];
        }
        wordsBefore += other.wordsBefore;
        wordsAfter += other.wordsAfter;
    }

    /** 0 to 1; NaN of nothing. */
    public double value() {
        double logs = 0;
        int orders = 0;
        while (orders < ORDERS && totals[orders] > 0) {
            logs += Math.log((double) matches[orders] / totals[orders]);
            orders++;
        }
        return Math.exp(logs / orders + Math.min(0, 1 - (double) wordsBefore / wordsAfter));
    }
}
