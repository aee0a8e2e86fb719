package org.oatmill.spark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;
import org.oatmill.spark.SharedSpark;

class BatchesTest {

    private static List<String> lines(List<Batch> batches) {
        return batches.stream()
                .map(batch -> batch.length() + " "
                        + batch.rows().stream().map(Example::id).toList())
                .sorted()
                .toList();
    }

    @Test
    void areThoseOfThePlanWhateverThePartitions() {
        Random random = new Random(1);
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < 700; i++) {
            int length = 2 + (int) (400 * Math.pow(random.nextDouble(), 4));
            rows.add(new Example("r" + random.nextInt() + "/" + i, List.of(new Sequence(new int[length], 1)), 0, 1));
        }
        List<String> expected = lines(BatchPlan.of(rows).batches());
        for (int parts : new int[] {1, 4, 7}) {
            JavaSparkContext spark =
                    JavaSparkContext.fromSparkContext(SharedSpark.session().sparkContext());
            assertEquals(
                    expected, lines(Batches.of(spark.parallelize(rows, parts)).collect()));
            assertEquals(
                    0, Batches.of(spark.parallelize(List.<Example>of(), parts)).count());
        }
    }
}
