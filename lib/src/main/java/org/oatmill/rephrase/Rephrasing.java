package org.oatmill.rephrase;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a row: its rewrites, each with its verdict, from the row alone.
 *
 * @param rewriter what proposes
 * @param gates what a proposal must pass
 * @param fields of a row that are rewritten; every one must pass
 * @param copies rewrites to try for a row
 * @param untilAccepted whether the first accepted one ends it
 * @param seed of all draws
 * @param lexicon for rewriters that need one
 * @param labelWords words that would give a label away, in lower case
 */
public record Rephrasing(
        Rewriter rewriter,
        List<Gate> gates,
        List<String> fields,
        int copies,
        boolean untilAccepted,
        long seed,
        Lexicon lexicon,
        Set<String> labelWords)
        implements Serializable {

    /** The row has not every field that is to be rewritten. */
    public static final String MISSING_FIELD = "missing-field";
    /** The rewriter has no other wording. */
    public static final String NO_REWRITE = "no-rewrite";
    /** An earlier copy of the row says the same. */
    public static final String REPEATED = "repeated";

    /**
     * A rewrite of a row.
     *
     * @param copy its number, from 1
     * @param before the fields as they were
     * @param after the fields as they were rewritten, as far as that went
     * @param scores of the gates; {@code field.gate} where several fields are rewritten
     * @param reason why it may not be used; null where it may
     */
    public record Attempt(
            int copy,
            Map<String, String> before,
            Map<String, String> after,
            Map<String, Double> scores,
            @Nullable String reason) {
        public boolean accepted() {
            return reason == null;
        }
    }

    /** The rewrites of a row, given all its texts by field. */
    public List<Attempt> of(String id, Map<String, String> row) {
        List<Attempt> attempts = new ArrayList<>();
        Set<List<String>> said = new HashSet<>();
        for (int copy = 1; copy <= copies; copy++) {
            Attempt attempt = attempt(id, row, copy, said);
            attempts.add(attempt);
            if (untilAccepted && attempt.accepted()) {
                break;
            }
        }
        return attempts;
    }

    private Attempt attempt(String id, Map<String, String> row, int copy, Set<List<String>> said) {
        Map<String, String> before = new LinkedHashMap<>();
        Map<String, String> after = new LinkedHashMap<>();
        Map<String, Double> scores = new TreeMap<>();
        String reason = null;
        List<String> tokens = new ArrayList<>();
        for (String field : fields) {
            String text = row.get(field);
            if (text == null) {
                return new Attempt(copy, before, after, scores, MISSING_FIELD);
            }
            before.put(field, text);
            Optional<String> rewritten = rewriter.rewrite(new Passage(id, field, text), copy, seed, lexicon);
            if (rewritten.isEmpty()) {
                reason = reason == null ? NO_REWRITE : reason;
                continue;
            }
            after.put(field, rewritten.get());
            Gates.Verdict verdict = Gates.verdict(gates, new Rewrite(text, rewritten.get(), row, labelWords));
            verdict.scores()
                    .forEach((gate, score) -> scores.put(fields.size() == 1 ? gate : field + "." + gate, score));
            reason = reason == null ? verdict.reason() : reason;
            tokens.addAll(Gates.tokens(rewritten.get()));
            tokens.add("");
        }
        if (reason == null && !said.add(tokens)) {
            reason = REPEATED;
        }
        return new Attempt(copy, before, after, scores, reason);
    }
}
