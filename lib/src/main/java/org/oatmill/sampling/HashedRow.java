package org.oatmill.sampling;

import java.io.Serializable;

/**
 * A row on its way to the counters.
 *
 * @param id identity of the row
 * @param size dimensions of its vector
 * @param empty whether all its values are zero
 * @param refusal why it cannot be hashed; empty where it can
 * @param cells the counter of each sketch row that it falls in, for all sketches; none where it cannot be hashed
 * @param facts what is known of it besides
 */
record HashedRow(String id, int size, boolean empty, String refusal, int[] cells, Facts facts)
        implements Serializable {}
