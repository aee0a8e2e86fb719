package org.oatmill.core;

import java.io.Serializable;

/**
 * What is known of many rows after one reading: built in parts and merged. Its state is integers
 * only, so any order of adding and merging gives the same bytes.
 *
 * @param <T> the rows
 * @param <S> the summary itself
 */
public interface Summary<T, S extends Summary<T, S>> extends Serializable {

    void add(T row);

    /** Takes the other part in; parts made with other parameters are refused. */
    void merge(S other);
}
