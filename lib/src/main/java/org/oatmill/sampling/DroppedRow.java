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
        implements Serializable {}
