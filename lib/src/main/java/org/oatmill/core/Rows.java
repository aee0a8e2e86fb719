package org.oatmill.core;

import java.util.List;

/**
 * Rows, wherever they live: a list in a test, a Spark artifact in a job. An algorithm written
 * against this interface runs on both and gives the same answer.
 *
 * @param <T> the rows
 */
public interface Rows<T> {

    /** Reads all rows once into a summary. */
    <S extends Summary<T, S>> S fold(Empty<S> empty);

    /** Scores every row by itself; evaluated when the result is read. */
    <R> Rows<R> map(Score<T, R> score);

    /** The rows of which this is true; evaluated when the result is read. */
    Rows<T> where(Score<T, Boolean> predicate);

    /** The same rows, held once they are computed, so that another reading computes nothing again; {@link #release} lets go. */
    Rows<T> cached();

    /** Lets go of what {@link #cached} holds. The rows can still be read, and are computed again. */
    void release();

    /** All rows in memory, in no promised order. */
    List<T> collect();

    /** Rows of a list. */
    static <T> Rows<T> of(List<T> rows) {
        return new Rows<>() {
            @Override
            public <S extends Summary<T, S>> S fold(Empty<S> empty) {
                S summary = empty.summary();
                rows.forEach(summary::add);
                return summary;
            }

            @Override
            public <R> Rows<R> map(Score<T, R> score) {
                return of(rows.stream().map(score::of).toList());
            }

            @Override
            public Rows<T> where(Score<T, Boolean> predicate) {
                return of(rows.stream().filter(predicate::of).toList());
            }

            @Override
            public Rows<T> cached() {
                return this;
            }

            @Override
            public void release() {
                // A list needs no holding.
            }

            @Override
            public List<T> collect() {
                return rows;
            }
        };
    }
}
