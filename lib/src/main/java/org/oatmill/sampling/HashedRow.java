package org.oatmill.sampling;

import java.io.Serializable;

/**
 * A row between the passes.
 *
 * @param id identity of the row
 * @param size dimensions of its vector
 * @param empty whether all its values are zero
 * @param refusal why it cannot be hashed; empty where it can
 * @param cells the counter of each sketch row it falls in; none where it cannot be hashed
 */
record HashedRow(String id, int size, boolean empty, String refusal, int[] cells) implements Serializable {}
