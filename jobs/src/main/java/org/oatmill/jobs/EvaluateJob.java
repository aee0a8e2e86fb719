package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Columns;
import org.oatmill.core.Describe;
import org.oatmill.core.Required;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.evaluate.Bootstrap;
import org.oatmill.jobs.evaluate.Judged;
import org.oatmill.jobs.evaluate.Metric;
import org.oatmill.jobs.evaluate.Predictor;
import org.oatmill.jobs.evaluate.Question;
import org.oatmill.model.Task;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.zo.Checkpoint;
import org.oatmill.spark.zo.TaskRow;

/**
 * Tells how well a predictor does on test rows, with intervals, and how much better than another on the
 * same rows. Rows without a label are not counted; the training weight plays no part.
 */
public final class EvaluateJob implements Job<EvaluateJob.Config> {
    static final String INTERVAL = "95 % paired bootstrap over test rows";

    /**
     * @param model name of the model, where no input {@code model} is given
     * @param task names the classes
     * @param predictor who is asked
     * @param split rows to predict
     * @param splits rows that fitted predictors learn from
     * @param replicates of the bootstrap
     */
    public record Config(
            @Describe("the shipped model's name, a Hugging Face directory, an archive of one, or a shipped file")
                    String model,
            @Required @Describe("how rows become examples") Task task,
            @Required @Describe("who is asked") Predictor predictor,
            @Describe("rows to predict") String split,
            @Describe("rows that fitted predictors learn from; the input chosen restricts those of pool alone")
                    List<String> splits,
            @Describe("replicates of the bootstrap") int replicates) {
        public Config {
            splits = List.copyOf(splits);
            new Bootstrap(0, replicates);
            if (task.target() != null) {
                throw new UserException(
                        "Cannot evaluate: task.target = " + task.target() + ", expected options by label");
            }
            if (splits.contains(split)) {
                throw new UserException(
                        "Cannot evaluate: splits = " + splits + ", expected none that is predicted: " + split);
            }
        }
    }

    private final ModelChoice models;

    public EvaluateJob() {
        this(ModelChoice.FILES);
    }

    EvaluateJob(ModelChoice models) {
        this.models = models;
    }

    @Override
    public String name() {
        return "evaluate";
    }

    @Override
    public String purpose() {
        return "Tells how well a predictor does on test rows, with intervals, and how much better than another.";
    }

    @Override
    public Config typical() {
        return new Config(
                ModelFiles.SHIPPED,
                new TuneJob().typical().task(),
                Predictor.METHODS.typical("zero-shot"),
                "test",
                List.of("pool"),
                2000);
    }

    @Override
    public int resultVersion() {
        return 1;
    }

    @Override
    public List<Role> reads() {
        return List.of(
                new Role("documents", Tables.DOCUMENTS, true),
                new Role("chosen", Tables.SAMPLE, false),
                new Role("trajectory", Tables.TRAJECTORY, false),
                new Role("model", Tables.CURVE, false),
                new Role("baseline", Tables.PREDICTIONS, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.PREDICTIONS, Tables.METRICS);
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return config.predictor()
                .asks(config.model())
                .map(model -> models.external(model, spark))
                .orElse(Map.of());
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) throws IOException {
        Optional<Artifact> trajectory = in.optional("trajectory");
        if (config.predictor().isTuned() != trajectory.isPresent()) {
            throw new UserException("Cannot evaluate: predictor = "
                    + Predictor.METHODS.name(config.predictor())
                    + (trajectory.isPresent() ? " does not read" : " needs")
                    + " the input trajectory; give it to the predictor tuned");
        }
        List<String> labels = config.task().labels();
        Dataset<Row> labelled = labelled(config, in.table("documents", Tables.DOCUMENTS), labels, out);
        List<TaskRow> test = rows(labelled, List.of(config.split()));
        if (test.isEmpty()) {
            throw new UserException(
                    "Cannot evaluate: split = " + config.split() + ", expected one that has rows with a label");
        }
        Question question = new Question(
                config.task(),
                test,
                TaskRow.all(Chosen.of(
                        labelled.where(
                                col(Columns.SPLIT.name()).isin(config.splits().toArray())),
                        in)),
                rows(labelled, List.of("dev")),
                () -> models.of(config.model(), in.optional("model"), spark),
                trajectory.map(Checkpoint::read).orElse(null),
                in.seed(),
                out,
                spark);
        Predictor predictor = in.optional("model")
                .map(pretrained -> config.predictor().with(ModelFiles.place(pretrained)))
                .orElse(config.predictor());
        Predictor.Answer answer = predictor.answer(question);
        List<Judged> judged = new ArrayList<>();
        List<Row> predictions = new ArrayList<>();
        for (TaskRow row : test) {
            double[] scores = Objects.requireNonNull(answer.scores().get(row.id()), row.id());
            Judged one = Judged.of(row.id(), labels.indexOf(row.label()), scores);
            judged.add(one);
            predictions.add(RowFactory.create(
                    row.id(), scores, labels.get(one.predicted()), labels.get(one.gold()), one.loss()));
        }
        List<Metric> metrics =
                new Bootstrap(in.seed(), config.replicates()).metrics(judged, baseline(in, labels), labels.size());
        out.table(Tables.PREDICTIONS, predictions, spark);
        out.table(
                Tables.METRICS,
                metrics.stream()
                        .map(m -> RowFactory.create(m.name(), m.value(), m.low(), m.high(), m.n()))
                        .toList(),
                spark);
        out.note("predictor", Predictor.METHODS.name(config.predictor()));
        out.note("interval", INTERVAL + ", " + config.replicates() + " replicates");
        out.note("forwards", answer.forwards());
        out.note("backwards", 0);
        // What learning cost: of a trajectory, or of a model that was fine-tuned.
        for (String count : List.of("forwards", "backwards")) {
            trajectory
                    .or(() -> in.optional("model"))
                    .map(tuned -> tuned.manifest().notes().get(count))
                    .ifPresent(number -> out.note("tuning_" + count, number));
        }
    }

    private static Dataset<Row> labelled(Config config, Dataset<Row> documents, List<String> labels, Output out) {
        Dataset<Row> asked = documents.where(col(Columns.SPLIT.name())
                .isin(config.split(), "dev")
                .or(col(Columns.SPLIT.name()).isin(config.splits().toArray())));
        long unlabelled = asked.where(col(Columns.LABEL.name()).isNull()).count();
        if (unlabelled > 0) {
            out.warn(unlabelled + " rows have no label and are not counted");
        }
        Dataset<Row> labelled = asked.where(col(Columns.LABEL.name()).isNotNull());
        List<Row> strange = labelled.where(org.apache.spark.sql.functions.not(
                        col(Columns.LABEL.name()).isin(labels.toArray())))
                .orderBy(Columns.ID.name())
                .limit(1)
                .collectAsList();
        if (!strange.isEmpty()) {
            throw new UserException(
                    "Cannot evaluate: row id = " + strange.get(0).getAs("id") + ", label = "
                            + strange.get(0).getAs("label") + ", expected one of " + labels
                            + "; add an option for it or filter the rows");
        }
        return labelled;
    }

    private static List<TaskRow> rows(Dataset<Row> documents, List<String> splits) {
        return TaskRow.all(documents.where(col(Columns.SPLIT.name()).isin(splits.toArray())));
    }

    private static @Nullable List<Judged> baseline(Inputs in, List<String> labels) {
        if (in.optional("baseline").isEmpty()) {
            return null;
        }
        return in
                .table("baseline", Tables.PREDICTIONS)
                .select("id", "gold", "predicted", "loss")
                .collectAsList()
                .stream()
                .map(row -> new Judged(
                        row.getString(0),
                        number(labels, row.getString(1)),
                        number(labels, row.getString(2)),
                        row.getDouble(3)))
                .toList();
    }

    private static int number(List<String> labels, String label) {
        int number = labels.indexOf(label);
        if (number < 0) {
            throw new UserException("Cannot compare with baseline: label = " + label + ", expected one of " + labels
                    + "; evaluate both on one task");
        }
        return number;
    }
}
