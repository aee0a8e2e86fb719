package org.oatmill.spark.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Counters;
import org.oatmill.core.LargeSummary;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.HadoopStore;

/** Rows on Spark answer as rows of a list do. */
class SparkRowsTest {
    private static final List<Integer> NUMBERS =
            IntStream.range(0, 1000).boxed().toList();

    private static final class Moments implements Summary<Integer, Moments> {
        private long n;
        private long sum;
        private long squares;

        @Override
        public void add(Integer row) {
            n++;
            sum += row;
            squares += (long) row * row;
        }

        @Override
        public void merge(Moments other) {
            n += other.n;
            sum += other.sum;
            squares += other.squares;
        }

        List<Long> all() {
            return List.of(n, sum, squares);
        }
    }

    private static Rows<Integer> spark(List<Integer> numbers, int parts) {
        return new SparkRows<>(new JavaSparkContext(SharedSpark.session().sparkContext()).parallelize(numbers, parts));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 7})
    void sparkAnswersAsAListDoes(int parts) {
        Rows<Integer> list = Rows.of(NUMBERS);
        Rows<Integer> spark = spark(NUMBERS, parts);
        int[] captured = {3};
        assertEquals(list.fold(Moments::new).all(), spark.fold(Moments::new).all());
        assertEquals(
                list.map(n -> n * captured[0]).fold(Moments::new).all(),
                spark.map(n -> n * captured[0]).cached().fold(Moments::new).all());
        assertEquals(
                list.where(n -> n % 7 == 0).collect(),
                new ArrayList<>(spark.where(n -> n % 7 == 0).collect()));
    }

    /** In batches of seven or fewer, none of them of two partitions; and taken apart again. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 7})
    void batchesHoldAllRowsOnce(int parts) {
        List<List<Long>> batches =
                spark(NUMBERS, parts).batches(7, Moments::new).map(Moments::all).collect();
        assertTrue(batches.stream().allMatch(batch -> batch.get(0) >= 1 && batch.get(0) <= 7), batches.toString());
        assertTrue(batches.size() <= NUMBERS.size() / 7 + parts, batches.size() + " batches");
        for (int k = 0; k < 3; k++) {
            int moment = k;
            assertEquals(
                    Rows.of(NUMBERS).fold(Moments::new).all().get(k),
                    batches.stream().mapToLong(batch -> batch.get(moment)).sum());
        }
        assertEquals(
                Rows.of(NUMBERS)
                        .batches(7, Moments::new)
                        .map(Moments::all)
                        .collect()
                        .size(),
                (NUMBERS.size() + 6) / 7);
        assertEquals(
                Rows.of(NUMBERS)
                        .flatMap(n -> n % 3 == 0 ? List.of() : List.of(n, -n))
                        .collect(),
                spark(NUMBERS, parts)
                        .flatMap(n -> n % 3 == 0 ? List.<Integer>of() : List.of(n, -n))
                        .collect());
    }

    /** Batches are as many fewer: what is known of the rows' number is known of theirs. */
    @Test
    void batchesAreHeldWhereThereIsRoomForThem() {
        SparkRows<Integer> rows = (SparkRows<Integer>) spark(NUMBERS, 4);
        Rows<Moments> many =
                rows.counted(1L << 40).batches(1 << 10, Moments::new).cached(1 << 20);
        assertFalse(((SparkRows<Moments>) many).rdd().getStorageLevel().useDisk());
        Rows<Moments> few =
                rows.counted(1L << 40).batches(1 << 30, Moments::new).cached(1 << 10);
        assertTrue(((SparkRows<Moments>) few).rdd().getStorageLevel().useDisk());
        few.release();
    }

    /** A row may stand in several groups; a group's rows come by id, which is no order of the numbers. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 7})
    void groupsAreThoseOfAListAndOrderedById(int parts) {
        assertEquals(groups(Rows.of(NUMBERS)), groups(spark(NUMBERS, parts)));
        assertTrue(groups(Rows.of(List.of(500, 0, 1000))).contains("[0, 1000, 500]"));
    }

    private static List<String> groups(Rows<Integer> rows) {
        return rows
                .group(
                        n -> List.of("tens " + n / 10 % 10, "ones " + n % 10),
                        n -> "" + n,
                        group -> group.size() > 1 ? List.of(group.toString(), group.get(0) + " first") : List.of())
                .collect()
                .stream()
                .sorted()
                .toList();
    }

    @Test
    void noRowsFoldToTheEmptySummary() {
        assertEquals(List.of(0L, 0L, 0L), spark(List.of(), 1).fold(Moments::new).all());
        assertEquals(
                List.of(0L, 0L, 0L),
                new SparkRows<Integer>(
                                new JavaSparkContext(SharedSpark.session().sparkContext()).emptyRDD())
                        .fold(Moments::new)
                        .all());
    }

    @Test
    void theOperatorsMistakeComesBackFromATaskAsItWasThrown() {
        Rows<Integer> rows = spark(NUMBERS, 4).map(n -> {
            if (n == 500) {
                throw new UserException("Cannot do: n = 500, expected another");
            }
            return n;
        });
        UserException thrown = assertThrows(UserException.class, () -> rows.fold(Moments::new));
        assertEquals("Cannot do: n = 500, expected another", thrown.getMessage());
    }

    @Test
    void vectorsSurviveTheirColumn() {
        SparkSession spark = SharedSpark.session();
        List<Vector> vectors = List.of(
                Vector.dense(1, -2, 0),
                Vector.dense(),
                Vector.sparse(10, new int[] {0, 9}, new float[] {0.5f, 0}),
                Vector.sparse(10, new int[0], new float[0]));
        List<Row> rows = IntStream.range(0, vectors.size())
                .mapToObj(i -> RowFactory.create("r" + i, VectorColumn.row(vectors.get(i))))
                .toList();
        Dataset<Row> table = spark.createDataFrame(rows, StructType.fromDDL(Tables.VECTORS.ddl()));
        assertEquals(
                vectors,
                table.orderBy("id").collectAsList().stream()
                        .map(row -> VectorColumn.vector(row.getStruct(1)))
                        .toList());
    }

    /** Counts numbers by their last digit, in two rows: the even ones and the odd ones. */
    private static final class Digits implements LargeSummary<Integer, Digits> {
        private static final long serialVersionUID = 1L;

        private final List<Counters> counters;
        private long sum;

        Digits() {
            this(List.of(new Counters(10), new Counters(10)));
        }

        private Digits(List<Counters> counters) {
            this.counters = counters;
        }

        @Override
        public void add(Integer row) {
            counters.get(row % 2).increment(row % 10);
            sum += row;
        }

        @Override
        public void merge(Digits other) {
            for (int k = 0; k < other.counters.size(); k++) {
                counters.get(k).add(other.counters.get(k));
            }
            sum += other.sum;
        }

        @Override
        public String key() {
            return "digits";
        }

        @Override
        public int slices() {
            return 2;
        }

        @Override
        public Counters slice(int number) {
            return counters.get(number);
        }

        @Override
        public void add(int number, Counters slice) {
            counters.get(number).add(slice);
        }

        @Override
        public Digits withoutSlices() {
            Digits rest = new Digits(List.of());
            rest.sum = sum;
            return rest;
        }

        @Override
        public byte[] bytes() {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(this);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return bytes.toByteArray();
        }

        @Override
        public void merge(byte[] bytes) {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
                merge((Digits) in.readObject());
            } catch (IOException | ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }

        List<Object> all() {
            return List.of(counters, sum);
        }
    }

    private static KeptParts kept(Path place, int from, int to) {
        List<String> names =
                IntStream.range(from, to).mapToObj(part -> "part" + part).toList();
        return new KeptParts(names, place.toString(), "_summaries", new Configuration());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 200})
    void everyWayToMergeGivesTheSummaryOfTheList(int parts, @TempDir Path place) {
        List<Object> expected = Rows.of(NUMBERS).fold(Digits::new).all();
        SparkRows<Integer> rows = (SparkRows<Integer>) spark(NUMBERS, parts);
        assertEquals(expected, rows.fold(Digits::new).all());
        assertEquals(expected, rows.treeOf(0).fold(Digits::new).all());
        SparkRows<Integer> keeping = rows.keeping(kept(place, 0, parts));
        assertEquals(expected, keeping.fold(Digits::new).all());
        assertEquals(expected, keeping.treeOf(0).fold(Digits::new).all());
    }

    private static final AtomicInteger READ = new AtomicInteger();
    private static final AtomicBoolean BROKEN = new AtomicBoolean();

    /** Ten parts of 100 rows, of which the last cannot be read at first. Two run at a time, so nine or eight are done by then. */
    @Test
    void whatWasInterruptedGoesOnWithThePartsThatAreMissing(@TempDir Path place) throws IOException {
        Rows<Integer> rows = ((SparkRows<Integer>) spark(NUMBERS, 10))
                .keeping(kept(place, 0, 10))
                .map(n -> {
                    if (n >= 900 && BROKEN.get()) {
                        throw new IllegalStateException("the last part cannot be read");
                    }
                    READ.incrementAndGet();
                    return n;
                });
        BROKEN.set(true);
        assertThrows(RuntimeException.class, () -> rows.fold(Digits::new));
        BROKEN.set(false);
        int done = new HadoopStore(place.toString(), new Configuration())
                .list("_summaries/digits")
                .size();
        assertTrue(done >= 8 && done < 10, done + " parts");
        READ.set(0);
        assertEquals(
                Rows.of(NUMBERS).fold(Digits::new).all(), rows.fold(Digits::new).all());
        assertEquals(100 * (10 - done), READ.get());
        READ.set(0);
        rows.fold(Digits::new);
        assertEquals(0, READ.get());
    }

    @Test
    void newPartsAreAddedToThoseThatAreKnown(@TempDir Path place) {
        ((SparkRows<Integer>) spark(NUMBERS.subList(0, 600), 6))
                .keeping(kept(place, 0, 6))
                .fold(Digits::new);
        READ.set(0);
        Digits all = ((SparkRows<Integer>) spark(NUMBERS, 10))
                .keeping(kept(place, 0, 10))
                .map(n -> {
                    READ.incrementAndGet();
                    return n;
                })
                .fold(Digits::new);
        assertEquals(Rows.of(NUMBERS).fold(Digits::new).all(), all.all());
        assertEquals(400, READ.get());
    }

    /** As a speculative task does, or a second run at the same time. */
    @Test
    void twoThatCountTheSamePartsAtOnceAgree(@TempDir Path place) throws Exception {
        Callable<List<Object>> count = () -> ((SparkRows<Integer>) spark(NUMBERS, 8))
                .keeping(kept(place, 0, 8))
                .fold(Digits::new)
                .all();
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            for (Future<List<Object>> found : two.invokeAll(List.of(count, count))) {
                assertEquals(Rows.of(NUMBERS).fold(Digits::new).all(), found.get());
            }
        } finally {
            two.shutdown();
        }
    }

    @Test
    void rowsThatAreFilteredHaveNoKnownParts(@TempDir Path place) throws IOException {
        ((SparkRows<Integer>) spark(NUMBERS, 4))
                .keeping(kept(place, 0, 4))
                .where(n -> n > 5)
                .fold(Digits::new);
        assertEquals(List.of(), new HadoopStore(place.toString(), new Configuration()).list("_summaries"));
    }

    @Test
    void rowsAreHeldWhereThereIsRoomForThem() {
        SparkRows<Integer> rows = (SparkRows<Integer>) spark(NUMBERS, 4);
        assertFalse(isHeld(rows.counted(1L << 40).cached(1 << 10)));
        Rows<Integer> held = rows.counted(1000).cached(1 << 10);
        assertTrue(isHeld(held));
        held.release();
    }

    private static boolean isHeld(Rows<Integer> rows) {
        return ((SparkRows<Integer>) rows).rdd().getStorageLevel().useDisk();
    }
}
