package org.oatmill.jobs.evaluate;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Methods;
import org.oatmill.core.UserException;
import org.oatmill.spark.embed.Embedder;
import org.oatmill.spark.zo.Checkpoint;
import org.oatmill.spark.zo.OptionScores;
import org.oatmill.spark.zo.TaskRow;

/** Gives every row a score for every class, higher for likelier. */
public interface Predictor {

    Methods<Predictor> METHODS = Methods.of(Predictor.class)
            .row("majority", Majority::new)
            .row("zero-shot", ZeroShot::new)
            .row("calibrated", () -> new Calibrated(1000))
            .row(
                    "logistic-regression",
                    () -> new LogisticRegression(
                            Embedder.METHODS.typical("tf-idf"), "{text}", List.of(1e-4, 1e-3, 1e-2)))
            .row("tuned", () -> new Tuned(false, 1000));

    Answer answer(Question question) throws IOException;

    /** Whether it needs what the input {@code trajectory} gives. */
    default boolean isTuned() {
        return false;
    }

    /** The model that has its say, if one has, where the job's is {@code model}. */
    default Optional<String> asks(String model) {
        return Optional.of(model);
    }

    /** The same with hidden states, where it reads any, of the model that lies there. */
    default Predictor with(String model) {
        return this;
    }

    /**
     * @param scores by row id, in the order of the task's labels
     * @param forwards rows that went through the model
     */
    record Answer(Map<String, double[]> scores, long forwards) {}

    /** The class that most training rows have, whatever the row: scores are logs of smoothed shares. */
    @Describe("the most frequent class of the training rows")
    record Majority() implements Predictor {
        @Override
        public Optional<String> asks(String model) {
            return Optional.empty();
        }

        @Override
        public Answer answer(Question question) {
            List<String> labels = question.task().labels();
            double[] counts = new double[labels.size()];
            Arrays.fill(counts, 1);
            question.train().forEach(row -> counts[labels.indexOf(row.label())]++);
            double all = Arrays.stream(counts).sum();
            double[] scores =
                    Arrays.stream(counts).map(count -> Math.log(count / all)).toArray();
            Map<String, double[]> same = new TreeMap<>();
            question.test().forEach(row -> same.put(row.id(), scores));
            return new Answer(same, 0);
        }
    }

    /** The option with the highest mean log-probability per token (MeZO, arXiv 2305.17333, appendix E.2). */
    @Describe("the option that the model finds likeliest")
    record ZeroShot() implements Predictor {
        @Override
        public Answer answer(Question question) {
            return new Answer(
                    scores(question, question.test(), null), question.test().size());
        }
    }

    /**
     * Zero-shot less what the model says of any row: s_y(x) - log mean over rows x' of softmax(s(x'))_y
     * (domain-conditional calibration; Holtzman et al., EMNLP 2021, and Zhao et al., ICML 2021, correct
     * the same bias with other texts). No label is used.
     */
    @Describe("zero-shot, less how likely the model finds each option on average")
    record Calibrated(@Describe(value = "training rows that the average is taken over", unit = "rows") int priorRows)
            implements Predictor {
        public Calibrated {
            check(priorRows);
        }

        @Override
        public Answer answer(Question question) {
            return lessPrior(question, null, priorRows);
        }
    }

    /** The model at the best entry of the input {@code trajectory}. */
    @Describe("the tuned model of the input trajectory, at its best dev entry")
    record Tuned(
            @Describe("whether its average is taken off, as of calibrated") boolean calibrated,
            @Describe(value = "training rows that the average is taken over", unit = "rows") int priorRows)
            implements Predictor {
        public Tuned {
            check(priorRows);
        }

        @Override
        public boolean isTuned() {
            return true;
        }

        @Override
        public Answer answer(Question question) {
            return calibrated
                    ? lessPrior(question, question.tuned(), priorRows)
                    : new Answer(
                            scores(question, question.test(), question.tuned()),
                            question.test().size());
        }
    }

    private static void check(int priorRows) {
        if (priorRows < 1) {
            throw new UserException("Cannot calibrate: prior_rows = " + priorRows + ", expected 1 or more");
        }
    }

    private static Map<String, double[]> scores(Question question, List<TaskRow> rows, @Nullable Checkpoint tuned) {
        return OptionScores.of(rows, question.task(), question.model().get(), tuned, question.spark());
    }

    private static Answer lessPrior(Question question, @Nullable Checkpoint tuned, int priorRows) {
        List<TaskRow> some = question.train().stream()
                .sorted(Comparator.comparingDouble((TaskRow row) -> Chance.u(question.seed(), "prior", row.id()))
                        .thenComparing(TaskRow::id))
                .limit(priorRows)
                .toList();
        if (some.isEmpty()) {
            throw new UserException("Cannot calibrate: there are 0 training rows, expected some; look at splits");
        }
        double[] prior = prior(scores(question, some, tuned).values());
        Map<String, double[]> scores = scores(question, question.test(), tuned);
        scores.values().forEach(row -> Arrays.setAll(row, c -> row[c] - Math.log(prior[c])));
        return new Answer(scores, (long) some.size() + question.test().size());
    }

    /** Mean over rows, in the order given, of the softmax of their scores. */
    static double[] prior(Iterable<double[]> rows) {
        double[] sum = {};
        int n = 0;
        for (double[] row : rows) {
            double all = Judged.logSumExp(row);
            double[] longer = n == 0 ? new double[row.length] : sum;
            for (int c = 0; c < row.length; c++) {
                longer[c] += Math.exp(row[c] - all);
            }
            sum = longer;
            n++;
        }
        for (int c = 0; c < sum.length; c++) {
            sum[c] /= n;
        }
        return sum;
    }
}
