package org.oatmill.jobs.audit;

import java.util.Locale;

/** What may be wrong with a row. */
public enum Kind {
    /** A record that is no document. */
    QUARANTINE("Records that could not be read as rows, with the reason; their score is 1."),
    /** A text that is no whole text. */
    FRAGMENT("Texts that are no whole texts, by rules; each reason names its rule."),
    /** A text that says again what an earlier row says. */
    NEAR_DUPLICATE("Texts that repeat an earlier one, word for word or nearly. The first of each cluster is not listed."
            + " Score: Jaccard similarity to the evidence."),
    /** A label that is probably wrong. */
    LABEL("Labels that four methods would not have given. Score: how many of them agree, less the row's mean rank."),
    /** A text unlike the others. */
    OUTLIER("Texts that are rare for the model: their hidden state is far from the mean of all, in the metric of its"
            + " spread. Score: how far, 0.5 where suspicion begins.");

    private final String words;

    Kind(String words) {
        this.words = words;
    }

    /** How it is found, for readers. */
    public String words() {
        return words;
    }

    /** As it is written: {@code near-duplicate}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
