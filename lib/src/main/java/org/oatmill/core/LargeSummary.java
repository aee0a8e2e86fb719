package org.oatmill.core;

/**
 * A summary made of very many counters: so large that it matters how its parts come together, and of
 * rows so dear to read that a part is worth keeping.
 *
 * @param <T> the rows
 * @param <S> the summary itself
 */
public interface LargeSummary<T, S extends LargeSummary<T, S>> extends Summary<T, S> {

    /** Names all that its bytes depend on besides the rows; a name for a file. */
    String key();

    /** Rows of counters, a number that depends on the key alone. */
    int slices();

    Counters slice(int number);

    /** Adds to one of its rows of counters. */
    void add(int number, Counters slice);

    /** All that is known besides the counters: with every slice added, the whole. */
    S withoutSlices();

    /** As {@link #merge(byte[])} reads them. */
    byte[] bytes();

    /** Takes in what another summary of this key wrote. */
    void merge(byte[] bytes);
}
