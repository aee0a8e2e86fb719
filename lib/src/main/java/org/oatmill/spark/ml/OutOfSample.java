package org.oatmill.spark.ml;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Chance;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.spark.rows.MlVectors;

/**
 * What a classifier thinks of rows it has not seen: logistic regression (MLlib's, softmax, L2) fitted
 * on all folds but one, asked about that one. A row's fold is a function of (seed, its group), so that
 * copies of a row do not give it away.
 *
 * @param folds at least 2
 * @param regularisation weight of the penalty on squared coefficients, features being standardised
 */
public record OutOfSample(int folds, double regularisation) {
    private static final int MAX_ITERATIONS = 100;

    /** Five folds. */
    public static final OutOfSample STANDARD = new OutOfSample(5, 0.01);

    /**
     * A row with its label as given.
     *
     * @param group rows of one group share a fold
     */
    public record Labelled(String id, String group, String label, Vector vector) {}

    public OutOfSample {
        if (folds < 2) {
            throw new UserException("Cannot cross-validate: folds = " + folds + ", expected at least 2");
        }
    }

    /**
     * By id, the probability of each class; a class that no other fold has gets none.
     *
     * @param rows in any order; held by the driver
     */
    public Map<String, Map<String, Double>> probabilities(List<Labelled> rows, long seed, SparkSession spark) {
        TreeMap<String, Labelled> byId = new TreeMap<>();
        rows.forEach(row -> byId.put(row.id(), row));
        // One part each, see table(): so a fit keeps one core busy, and fits go side by side.
        int threads = Math.min(folds, Math.max(1, spark.sparkContext().defaultParallelism()));
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<Map<String, Map<String, Double>>>> answers = IntStream.range(0, folds)
                    .mapToObj(fold -> pool.submit(() -> ofFold(fold, byId.values(), seed, spark)))
                    .toList();
            Map<String, Map<String, Double>> probabilities = new HashMap<>();
            for (Future<Map<String, Map<String, Double>>> answer : answers) {
                probabilities.putAll(answer.get());
            }
            return probabilities;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while classifiers were fitted");
        } finally {
            pool.shutdownNow();
        }
    }

    private Map<String, Map<String, Double>> ofFold(
            int fold, Collection<Labelled> rows, long seed, SparkSession spark) {
        List<Labelled> seen = new ArrayList<>();
        List<Labelled> unseen = new ArrayList<>();
        for (Labelled row : rows) {
            boolean here = (int) (folds * Chance.u(seed, "fold", row.group())) == fold;
            (here ? unseen : seen).add(row);
        }
        return unseen.isEmpty() ? Map.of() : asked(seen, unseen, spark);
    }

    private Map<String, Map<String, Double>> asked(List<Labelled> seen, List<Labelled> unseen, SparkSession spark) {
        List<String> classes =
                List.copyOf(new TreeSet<>(seen.stream().map(Labelled::label).toList()));
        if (classes.size() < 2) {
            throw new UserException("Cannot cross-validate: the labels of " + (seen.size() + unseen.size())
                    + " rows without one fold = " + classes + ", expected at least two classes in every " + folds
                    + " - 1 folds; there are too few rows, or they share too few groups");
        }
        LogisticRegressionModel model = new LogisticRegression()
                .setFamily("multinomial")
                .setRegParam(regularisation)
                .setMaxIter(MAX_ITERATIONS)
                .fit(table(seen, classes, spark));
        Map<String, Map<String, Double>> probabilities = new HashMap<>();
        for (Labelled row : unseen) {
            DenseVector p = model.predictProbability(MlVectors.of(row.vector())).toDense();
            Map<String, Double> byClass = new HashMap<>();
            for (int c = 0; c < classes.size(); c++) {
                byClass.put(classes.get(c), p.apply(c));
            }
            probabilities.put(row.id(), byClass);
        }
        return probabilities;
    }

    /** In one partition, in the order of ids: MLlib adds up by partition. Shuffled, or every iteration would send all rows. */
    private static Dataset<Row> table(List<Labelled> rows, List<String> classes, SparkSession spark) {
        StructType schema = new StructType()
                .add("position", DataTypes.IntegerType)
                .add("label", DataTypes.DoubleType)
                .add("features", org.apache.spark.ml.linalg.SQLDataTypes.VectorType());
        List<Row> table = new ArrayList<>();
        for (Labelled row : rows) {
            table.add(
                    RowFactory.create(table.size(), (double) classes.indexOf(row.label()), MlVectors.of(row.vector())));
        }
        return spark.createDataFrame(table, schema).repartition(1).sortWithinPartitions(col("position"));
    }
}
