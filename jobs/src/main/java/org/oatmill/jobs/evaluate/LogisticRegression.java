package org.oatmill.jobs.evaluate;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.linalg.Matrix;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Describe;
import org.oatmill.core.Json;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.spark.embed.Embedder;
import org.oatmill.spark.embed.FittedEmbedder;
import org.oatmill.spark.embed.HiddenStates;
import org.oatmill.spark.embed.TextTemplate;
import org.oatmill.spark.rows.MlVectors;
import org.oatmill.spark.rows.VectorColumn;
import org.oatmill.spark.zo.TaskRow;

/**
 * Multinomial logistic regression on vectors of length 1, fitted by MLlib: of words alone (tf-idf), or of
 * a frozen language model's hidden states. Of several penalties the one with the lowest loss on dev rows
 * is kept. What was fitted is committed, and all scores are computed from it; fits agree to MLlib's
 * tolerance. The embedder learns from the training rows.
 *
 * @param embedder how texts become vectors
 * @param regularisation squared-length penalties to try
 */
@Describe("logistic regression: on words alone, or on hidden states")
public record LogisticRegression(
        @Describe("how texts become vectors, each then divided by its length") Embedder embedder,
        @Describe("what it reads: {text}, or {name} for a field of the document") String template,
        @Describe("penalties to try; the best on dev rows is kept") List<Double> regularisation)
        implements Predictor {

    private static final String FILE = "logistic-regression.json";

    /**
     * @param regularisation the penalty that was kept
     * @param weights [class][term]
     * @param intercepts by class
     */
    record Fit(double regularisation, double[][] weights, double[] intercepts) {
        double[] scores(Vector x) {
            double[] scores = intercepts.clone();
            for (int k = 0; k < x.stored(); k++) {
                for (int c = 0; c < scores.length; c++) {
                    scores[c] += weights[c][x.index(k)] * x.values()[k];
                }
            }
            double all = Judged.logSumExp(scores);
            for (int c = 0; c < scores.length; c++) {
                scores[c] -= all;
            }
            return scores;
        }
    }

    public LogisticRegression {
        regularisation = List.copyOf(regularisation);
        if (regularisation.isEmpty() || regularisation.stream().anyMatch(penalty -> !(penalty >= 0))) {
            throw new UserException(
                    "Cannot fit: regularisation = " + regularisation + ", expected one number or more, from 0");
        }
    }

    @Override
    public Optional<String> asks(String model) {
        return embedder instanceof HiddenStates hidden ? Optional.of(hidden.model()) : Optional.empty();
    }

    @Override
    public Predictor with(String model) {
        return embedder instanceof HiddenStates hidden
                ? new LogisticRegression(new HiddenStates(model, hidden.maxTokens()), template, regularisation)
                : this;
    }

    @Override
    public Answer answer(Question question) throws IOException {
        if (question.train().isEmpty() || question.dev().isEmpty() && regularisation.size() > 1) {
            throw new UserException("Cannot fit: there are " + question.train().size() + " training and "
                    + question.dev().size() + " dev rows, expected some of both, or a single regularisation");
        }
        Dataset<Row> train = texts(question.train(), question);
        FittedEmbedder fitted;
        Map<String, Vector> known;
        try (Embedder.Learned learned = embedder.learn(train)) {
            fitted = new FittedEmbedder(embedder, learned.fitted());
            known = units(learned.vectors());
        }
        Map<String, Vector> dev = units(fitted.vectors(texts(question.dev(), question)));
        Fit kept = fit(known, question, regularisation.get(0));
        double least = loss(kept, dev, question);
        for (double penalty : regularisation.subList(1, regularisation.size())) {
            Fit fit = fit(known, question, penalty);
            double loss = loss(fit, dev, question);
            kept = loss < least ? fit : kept;
            least = Math.min(loss, least);
        }
        write(FittedEmbedder.FILE, fitted.json(), question);
        write(FILE, Json.pretty(Json.tree(kept)), question);
        Map<String, double[]> scores = new TreeMap<>();
        Map<String, Vector> test = units(fitted.vectors(texts(question.test(), question)));
        for (TaskRow row : question.test()) {
            scores.put(row.id(), kept.scores(vector(test, row)));
        }
        boolean words = asks("").isEmpty();
        return new Answer(scores, words ? 0 : (long) known.size() + dev.size() + test.size());
    }

    private static double loss(Fit fit, Map<String, Vector> dev, Question question) {
        double loss = 0;
        for (TaskRow row : question.dev()) {
            int gold = question.task().labels().indexOf(row.label());
            loss += Judged.of(row.id(), gold, fit.scores(vector(dev, row))).loss();
        }
        return loss;
    }

    private static Vector vector(Map<String, Vector> vectors, TaskRow row) {
        return Objects.requireNonNull(vectors.get(row.id()), row.id());
    }

    private Dataset<Row> texts(List<TaskRow> rows, Question question) {
        List<Row> documents = rows.stream()
                .map(row -> RowFactory.create(
                        row.id(), row.fields().get("text"), row.label(), row.fields(), "", "", 1f, "", null))
                .toList();
        return new TextTemplate(template)
                .of(question.spark()
                        .createDataFrame(documents, StructType.fromDDL(Tables.DOCUMENTS.ddl()))
                        .coalesce(1));
    }

    /** By id, each of length 1, or zero. */
    private static Map<String, Vector> units(Dataset<Row> table) {
        Map<String, Vector> vectors = new TreeMap<>();
        table.select("id", "vector")
                .collectAsList()
                .forEach(row -> vectors.put(
                        row.getString(0), VectorColumn.vector(row.getStruct(1)).unit()));
        return vectors;
    }

    private static Fit fit(Map<String, Vector> vectors, Question question, double penalty) {
        List<String> labels = question.task().labels();
        List<Row> rows = new ArrayList<>();
        question.train().stream().sorted(Comparator.comparing(TaskRow::id)).forEach(row -> {
            rows.add(RowFactory.create(
                    rows.size(),
                    (double) labels.indexOf(row.label()),
                    (double) row.weight(),
                    MlVectors.of(vector(vectors, row))));
        });
        StructType schema = new StructType()
                .add("position", DataTypes.IntegerType, false)
                .add("label", DataTypes.DoubleType, false)
                .add("weight", DataTypes.DoubleType, false)
                .add("features", SQLDataTypes.VectorType(), false);
        LogisticRegressionModel model = new org.apache.spark.ml.classification.LogisticRegression()
                .setFamily("multinomial")
                .setWeightCol("weight")
                .setRegParam(penalty)
                .setStandardization(false)
                // One part in one order: sums of parts would depend on how rows are spread.
                .fit(question.spark()
                        .createDataFrame(rows, schema)
                        .repartition(1)
                        .sortWithinPartitions("position"));
        Matrix matrix = model.coefficientMatrix();
        double[][] weights = new double[labels.size()][matrix.numCols()];
        double[] intercepts = new double[labels.size()];
        for (int c = 0; c < labels.size(); c++) {
            // A class behind the last one that a training row has is not in the fit.
            boolean known = c < matrix.numRows();
            intercepts[c] =
                    known ? Math.max(-50, Math.min(50, model.interceptVector().apply(c))) : -50;
            for (int i = 0; known && i < matrix.numCols(); i++) {
                weights[c][i] = matrix.apply(c, i);
            }
        }
        return new Fit(penalty, weights, intercepts);
    }

    private static void write(String path, String json, Question question) throws IOException {
        try (OutputStream file = question.out().file(path)) {
            file.write(json.getBytes(StandardCharsets.UTF_8));
        }
    }
}
