package org.oatmill.spark.rows;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.oatmill.core.Empty;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;
import scala.Tuple2;

/**
 * Rows on a cluster. A fold makes one summary per part and merges them as a tree; a score is sent
 * once to each executor, where all tasks share it, so it must bear being used by several threads.
 *
 * @param <T> the rows, serialisable
 */
public final class SparkRows<T> implements Rows<T> {
    private final JavaRDD<T> rdd;

    public SparkRows(JavaRDD<T> rdd) {
        this.rdd = rdd;
    }

    public JavaRDD<T> rdd() {
        return rdd;
    }

    @Override
    public <S extends Summary<T, S>> S fold(Empty<S> empty) {
        // Summaries are large and rows are not: more of them than cores only moves more bytes.
        int parts =
                Math.max(1, Math.min(rdd.getNumPartitions(), 2 * rdd.context().defaultParallelism()));
        if (rdd.getNumPartitions() == 0) {
            return empty.summary();
        }
        try {
            return rdd.coalesce(parts)
                    .mapPartitions(rows -> List.of(summary(empty, rows)).iterator())
                    .treeReduce(
                            (a, b) -> {
                                a.merge(b);
                                return a;
                            },
                            2);
        } catch (Exception e) {
            throw operators(e);
        }
    }

    private static <T, S extends Summary<T, S>> S summary(Empty<S> empty, Iterator<T> rows) {
        S summary = empty.summary();
        rows.forEachRemaining(summary::add);
        return summary;
    }

    @Override
    public <R> Rows<R> map(Score<T, R> score) {
        Broadcast<Score<T, R>> shared = broadcast(score);
        return new SparkRows<>(rdd.map(row -> shared.value().of(row)));
    }

    @Override
    public Rows<T> where(Score<T, Boolean> predicate) {
        Broadcast<Score<T, Boolean>> shared = broadcast(predicate);
        return new SparkRows<>(rdd.filter(row -> shared.value().of(row)));
    }

    @Override
    public <K, R> Rows<R> group(Score<T, List<K>> keys, Score<T, String> id, Score<List<T>, List<R>> each) {
        Broadcast<Score<T, List<K>>> sharedKeys = broadcast(keys);
        Broadcast<Score<List<T>, List<R>>> sharedEach = broadcast(each);
        return new SparkRows<>(rdd.flatMapToPair(
                        row -> Iterators.map(sharedKeys.value().of(row).iterator(), key -> new Tuple2<>(key, row)))
                .groupByKey()
                .flatMap(group -> {
                    List<T> rows = new ArrayList<>();
                    group._2().forEach(rows::add);
                    rows.sort(Comparator.comparing(id::of));
                    return sharedEach.value().of(rows).iterator();
                }));
    }

    private <V> Broadcast<V> broadcast(V value) {
        return JavaSparkContext.fromSparkContext(rdd.context()).broadcast(value);
    }

    @Override
    public Rows<T> cached() {
        return new SparkRows<>(rdd.persist(StorageLevel.MEMORY_AND_DISK_SER()));
    }

    @Override
    public void release() {
        rdd.unpersist(false);
    }

    @Override
    public List<T> collect() {
        try {
            return rdd.collect();
        } catch (Exception e) {
            throw operators(e);
        }
    }

    /** What a task threw for the operator comes back wrapped; the message is the operator's. */
    private static RuntimeException operators(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserException mistake) {
                return mistake;
            }
        }
        // Spark throws checked exceptions that Scala does not declare.
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
}
