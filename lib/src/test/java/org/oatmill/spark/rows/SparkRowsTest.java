package org.oatmill.spark.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.spark.SharedSpark;

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
}
