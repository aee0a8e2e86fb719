package org.oatmill.core;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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

    /** Brings so many rows at a time together, or what is left of them; evaluated when the result is read. */
    <B extends Summary<T, B>> Rows<B> batches(int size, Empty<B> empty);

    /** All that every row is taken apart into; evaluated when the result is read. */
    <R> Rows<R> flatMap(Score<T, List<R>> score);

    /** The rows of which this is true; evaluated when the result is read. */
    Rows<T> where(Score<T, Boolean> predicate);

    /**
     * Brings rows together: a row stands in the group of each key that is given for it, and {@code each} makes new rows
     * of a group, whose rows are ordered by id. Keys need a hash that is the same in every process: texts, numbers,
     * records of these. Evaluated when the result is read.
     */
    <K, R> Rows<R> group(Score<T, List<K>> keys, Score<T, String> id, Score<List<T>, List<R>> each);

    /** The same rows, held once they are computed, so that another reading computes nothing again; {@link #release} lets go. */
    Rows<T> cached();

    /** As {@link #cached}, unless rows of so many bytes each are too many to be held where they live. */
    default Rows<T> cached(long bytesEach) {
        return cached();
    }

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
            public <B extends Summary<T, B>> Rows<B> batches(int size, Empty<B> empty) {
                List<B> batches = new ArrayList<>();
                for (int from = 0; from < rows.size(); from += size) {
                    batches.add(of(rows.subList(from, Math.min(from + size, rows.size())))
                            .fold(empty));
                }
                return of(batches);
            }

            @Override
            public <R> Rows<R> flatMap(Score<T, List<R>> score) {
                return of(rows.stream().flatMap(row -> score.of(row).stream()).toList());
            }

            @Override
            public Rows<T> where(Score<T, Boolean> predicate) {
                return of(rows.stream().filter(predicate::of).toList());
            }

            @Override
            public <K, R> Rows<R> group(Score<T, List<K>> keys, Score<T, String> id, Score<List<T>, List<R>> each) {
                Map<K, List<T>> groups = new LinkedHashMap<>();
                rows.forEach(row -> keys.of(row).forEach(key -> groups.computeIfAbsent(key, k -> new ArrayList<>())
                        .add(row)));
                List<R> made = new ArrayList<>();
                groups.values().forEach(group -> {
                    group.sort(Comparator.comparing(id::of));
                    made.addAll(each.of(group));
                });
                return of(made);
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
