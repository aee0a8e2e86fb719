package org.oatmill.core;

import java.io.Serializable;

/**
 * Makes an empty summary, wherever a part of the rows is read.
 *
 * @param <S> the summary
 */
@FunctionalInterface
public interface Empty<S> extends Serializable {
    S summary();
}
