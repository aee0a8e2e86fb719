package org.oatmill.spark.rows;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Counters;
import org.oatmill.core.Empty;
import org.oatmill.core.LargeSummary;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;
import scala.Function1;
import scala.Tuple2;
import scala.collection.JavaConverters;

/**
 * Rows on a cluster. A fold makes one summary per part and merges them as a tree, or slice by slice
 * where a tree would bring too much to the driver; a score is sent once to each executor, where all
 * tasks share it, so it must bear being used by several threads.
 *
 * @param <T> the rows, serialisable
 */
public final class SparkRows<T> implements Rows<T> {
    /** Counters, in bytes, that a tree may bring to the driver: what Spark lets a job return unless told otherwise. */
    private static final long TREE = 1L << 30;

    /** Rows may be held where they need no more than this many times the executors' memory for that; the rest is on their disks. */
    private static final int HELD = 4;

    private final JavaRDD<T> rdd;
    private final Known known;
    private final long tree;

    /**
     * @param rows how many there are; 0 where nobody knows
     * @param kept summaries of parts of them, where such are kept
     */
    private record Known(long rows, @Nullable KeptParts kept) {}

    public SparkRows(JavaRDD<T> rdd) {
        this(rdd, new Known(0, null), TREE);
    }

    private SparkRows(JavaRDD<T> rdd, Known known, long tree) {
        this.rdd = rdd;
        this.known = known;
        this.tree = tree;
    }

    /** The same rows, of which it is known that there are so many. */
    public SparkRows<T> counted(long rows) {
        return new SparkRows<>(rdd, new Known(rows, known.kept), tree);
    }

    /** The same rows; large summaries of their partitions are kept, and read where they are there. */
    public SparkRows<T> keeping(KeptParts kept) {
        return new SparkRows<>(rdd, new Known(known.rows, kept), tree);
    }

    /** The same rows, merging in a tree no more than so many bytes of counters. */
    SparkRows<T> treeOf(long bytes) {
        return new SparkRows<>(rdd, known, bytes);
    }

    private <R> SparkRows<R> of(JavaRDD<R> others) {
        return new SparkRows<>(others, known, tree);
    }

    public JavaRDD<T> rdd() {
        return rdd;
    }

    @Override
    public <S extends Summary<T, S>> S fold(Empty<S> empty) {
        if (rdd.getNumPartitions() == 0) {
            return empty.summary();
        }
        S nothing = empty.summary();
        try {
            JavaRDD<S> parts = nothing instanceof LargeSummary<?, ?> large && known.kept != null
                    ? kept(known.kept, large, empty)
                    : few(rdd).mapPartitions(
                                    rows -> List.of(summary(empty, rows)).iterator());
            if (nothing instanceof LargeSummary<?, ?> large && bySlice(parts.getNumPartitions(), large)) {
                mergeSlices(parts, large);
                return nothing;
            }
            return parts.treeReduce(
                    (a, b) -> {
                        a.merge(b);
                        return a;
                    },
                    2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (Exception e) {
            throw operators(e);
        }
    }

    /** Summaries are large and rows are not: more of them than cores only moves more bytes. */
    private static <R> JavaRDD<R> few(JavaRDD<R> rdd) {
        return rdd.coalesce(parts(rdd));
    }

    /** Summaries that a fold of these rows makes. */
    public static int parts(JavaRDD<?> rdd) {
        return Math.max(1, Math.min(rdd.getNumPartitions(), 2 * rdd.context().defaultParallelism()));
    }

    /** First every partition that is not known, by itself; then what is known of all. */
    private <S> JavaRDD<S> kept(KeptParts kept, LargeSummary<?, ?> like, Empty<S> empty) throws IOException {
        Set<Integer> missing = kept.missing(like);
        if (!missing.isEmpty()) {
            Function1<Object, Object> chosen = (Function1<Object, Object> & Serializable) missing::contains;
            List<Integer> numbers = missing.stream().sorted().toList();
            new JavaRDD<>(PartitionPruningRDD.create(rdd.rdd(), chosen), rdd.classTag())
                    .mapPartitionsWithIndex(
                            (number, rows) -> {
                                LargeSummary<T, ?> part = large(empty.summary());
                                rows.forEachRemaining(part::add);
                                kept.keep(numbers.get(number), part);
                                return Collections.<Integer>emptyIterator();
                            },
                            false)
                    .count();
        }
        List<Integer> all = IntStream.range(0, rdd.getNumPartitions()).boxed().toList();
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(rdd.context());
        return few(spark.parallelize(all, all.size())).mapPartitions(numbers -> {
            S sum = empty.summary();
            while (numbers.hasNext()) {
                kept.merge(numbers.next(), large(sum));
            }
            return List.of(sum).iterator();
        });
    }

    @SuppressWarnings("unchecked") // whoever calls has asked
    private static <R> LargeSummary<R, ?> large(Object summary) {
        return (LargeSummary<R, ?>) summary;
    }

    private boolean bySlice(int parts, LargeSummary<?, ?> summary) {
        return bySlice(parts, (long) summary.slices() * summary.slice(0).length(), tree);
    }

    /** Whether a fold merges so many counters, in so many parts, slice by slice. */
    public static boolean bySlice(int parts, long counters) {
        return bySlice(parts, counters, TREE);
    }

    /** The root of a tree of depth 2 merges the square root of the parts. */
    private static boolean bySlice(int parts, long counters, long tree) {
        return Math.sqrt(parts) * counters * Integer.BYTES > tree;
    }

    /** A slice, or all else. */
    private record Piece(@Nullable Counters slice, @Nullable Object rest) implements Serializable {}

    /** Each slice is added up by one task, and the driver gets the sums only. */
    private static <S> void mergeSlices(JavaRDD<S> parts, LargeSummary<?, ?> into) {
        int slices = into.slices();
        parts.flatMapToPair(part -> pieces(SparkRows.large(part)))
                .reduceByKey(SparkRows::merged)
                .collect()
                .forEach(piece -> {
                    if (piece._1() < slices) {
                        into.add(piece._1(), Objects.requireNonNull(piece._2().slice));
                    } else {
                        mergeInto(into, Objects.requireNonNull(piece._2().rest));
                    }
                });
    }

    private static Iterator<Tuple2<Integer, Piece>> pieces(LargeSummary<?, ?> part) {
        Piece rest = new Piece(null, part.withoutSlices());
        return IntStream.rangeClosed(0, part.slices())
                .mapToObj(k -> new Tuple2<>(k, k == part.slices() ? rest : new Piece(part.slice(k), null)))
                .iterator();
    }

    private static Piece merged(Piece a, Piece b) {
        if (a.slice != null && b.slice != null) {
            a.slice.add(b.slice);
            return a;
        }
        mergeInto(large(Objects.requireNonNull(a.rest)), Objects.requireNonNull(b.rest));
        return a;
    }

    @SuppressWarnings("unchecked") // both were made by one Empty
    private static <S extends LargeSummary<Object, S>> void mergeInto(LargeSummary<?, ?> into, Object other) {
        ((S) into).merge((S) other);
    }

    private static <T, S extends Summary<T, S>> S summary(Empty<S> empty, Iterator<T> rows) {
        S summary = empty.summary();
        rows.forEachRemaining(summary::add);
        return summary;
    }

    @Override
    public <R> Rows<R> map(Score<T, R> score) {
        Broadcast<Score<T, R>> shared = broadcast(score);
        return of(rdd.map(row -> shared.value().of(row)));
    }

    @Override
    public <B extends Summary<T, B>> Rows<B> batches(int size, Empty<B> empty) {
        long batches = (known.rows + size - 1) / size;
        return new SparkRows<>(
                rdd.mapPartitions(rows -> new Batches<>(rows, size, empty)), new Known(batches, known.kept), tree);
    }

    private record Batches<T, B extends Summary<T, B>>(Iterator<T> rows, int size, Empty<B> empty)
            implements Iterator<B> {
        @Override
        public boolean hasNext() {
            return rows.hasNext();
        }

        @Override
        public B next() {
            B batch = empty.summary();
            for (int n = 0; n < size && (n == 0 || rows.hasNext()); n++) {
                batch.add(rows.next());
            }
            return batch;
        }
    }

    @Override
    public <R> Rows<R> flatMap(Score<T, List<R>> score) {
        Broadcast<Score<T, List<R>>> shared = broadcast(score);
        return new SparkRows<>(rdd.flatMap(row -> shared.value().of(row).iterator()), new Known(0, known.kept), tree);
    }

    @Override
    public Rows<T> where(Score<T, Boolean> predicate) {
        Broadcast<Score<T, Boolean>> shared = broadcast(predicate);
        return new SparkRows<>(rdd.filter(row -> shared.value().of(row)), new Known(known.rows, null), tree);
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
        return of(rdd.persist(StorageLevel.MEMORY_AND_DISK_SER()));
    }

    @Override
    public Rows<T> cached(long bytesEach) {
        return roomFor(rdd.context(), known.rows, bytesEach) ? cached() : this;
    }

    /** Whether so many rows of so many bytes are held where somebody asks for it. */
    public static boolean roomFor(SparkContext spark, long rows, long bytesEach) {
        long memory = JavaConverters.mapAsJavaMap(spark.getExecutorMemoryStatus()).values().stream()
                .mapToLong(status -> (Long) status._1())
                .sum();
        return (double) rows * bytesEach <= (double) HELD * memory;
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
