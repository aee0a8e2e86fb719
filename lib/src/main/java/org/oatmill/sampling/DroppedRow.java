package org.oatmill.sampling;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A row that was not kept, and why.
 *
 * @param id identity of the row
 * @param reason in a word or two, the same for all rows of a kind: {@code near-duplicate}
 * @param score what the method ranked it by, if it did
 * @param evidenceId the row that is to blame, such as the kept one that it resembles, if one is
 */
public record DroppedRow(String id, String reason, @Nullable Double score, @Nullable String evidenceId)
        implements Serializable {

    /** It resembles the row of {@link #evidenceId}. */
    static final String NEAR_DUPLICATE = "near-duplicate";

    /** There were enough rows of higher score. */
    static final String SIZE_REACHED = "size-reached";

    /** No single row is to blame. */
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    static DroppedRow of(String id, String reason, double score) {
        return new DroppedRow(id, reason, score, null);
    }
}
