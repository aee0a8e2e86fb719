package org.oatmill.core;

import java.io.Serializable;

/**
 * What is said of one row, from that row alone.
 *
 * @param <T> the row
 * @param <R> the result
 */
@FunctionalInterface
public interface Score<T, R> extends Serializable {
    R of(T row);
}
