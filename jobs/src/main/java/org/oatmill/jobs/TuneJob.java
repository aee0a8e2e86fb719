package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
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
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.model.Task;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.zo.Checkpoint;
import org.oatmill.spark.zo.ClusterTuner;
import org.oatmill.spark.zo.TaskRow;
import org.oatmill.zo.Estimator;
import org.oatmill.zo.Schedule;
import org.oatmill.zo.Tuned;
import org.oatmill.zo.Tuner;
import org.oatmill.zo.Tuning;

/**
 * Tunes a model by forward passes alone and commits the trajectory, which is the whole result; the
 * header is the note {@code header}, and {@code files/} holds a {@link Checkpoint}. Of several
 * learning rates the best on dev rows is committed; the forwards of all are counted.
 */
public final class TuneJob implements Job<TuneJob.Config> {

    /** What runs side by side. The bytes are the same. */
    public enum Shape {
        /** Whole runs, one for each learning rate. */
        RUN,
        /** The probes of every step: micro-batches times directions. */
        STEPS
    }

    /**
     * @param model name of the model, where no input {@code model} is given
     * @param task how rows become examples
     * @param objective loss of a row
     * @param estimator how losses become projected gradients
     * @param subspace what may move
     * @param steps updates
     * @param batchSize rows of a step
     * @param learningRate step sizes to try
     * @param schedule how they change
     * @param weightDecay decoupled
     * @param evalEvery steps between evaluations on dev rows
     * @param keep which of them is the best
     * @param patience evaluations without a better one before a run ends
     * @param splits rows to learn from
     * @param devRows most dev rows
     * @param targetBatchSize target rows measured in every probe
     * @param shape what runs side by side
     */
    public record Config(
            @Describe("the shipped model's name, a Hugging Face directory, an archive of one, or a shipped file")
                    String model,
            @Required @Describe("how rows become examples") Task task,
            @Describe("loss of a row") Objective objective,
            @Describe("how losses become projected gradients") Estimator estimator,
            @Describe("which coordinates may move") Subspace subspace,
            @Required @Describe("updates") int steps,
            @Describe(value = "rows of a step", unit = "rows") int batchSize,
            @Required @Describe("step sizes to try; the best on dev rows is kept") List<Double> learningRate,
            @Describe("how they change over a run") Schedule schedule,
            @Describe("decoupled weight decay, times the learning rate; biases and norms are spared")
                    double weightDecay,
            @Describe(value = "between evaluations on dev rows", unit = "steps") int evalEvery,
            @Describe("which evaluation is the best") Tuning.Keep keep,
            @Nullable @Describe("evaluations in a row without a better one that end a run; none: it goes on")
                    Integer patience,
            @Describe("rows to learn from; the input chosen restricts those of pool alone") List<String> splits,
            @Nullable @Describe(value = "most dev rows, those of the smallest u; none: all", unit = "rows")
                    Integer devRows,
            @Describe(value = "target rows to measure, not learn from, in every probe", unit = "rows")
                    int targetBatchSize,
            @Describe("what runs side by side: runs of several learning rates, or the probes of a step") Shape shape) {

        public Config {
            splits = List.copyOf(splits);
            learningRate = List.copyOf(learningRate);
            if (splits.isEmpty()) {
                throw new UserException("Cannot tune: splits = [], expected at least one, such as pool");
            }
            if (learningRate.isEmpty()) {
                throw new UserException("Cannot tune: learning_rate = [], expected at least one, such as 1e-4");
            }
            for (double rate : learningRate) {
                new Tuning(
                        objective,
                        estimator,
                        steps,
                        batchSize,
                        targetBatchSize,
                        rate,
                        schedule,
                        weightDecay,
                        evalEvery,
                        keep,
                        patience);
            }
        }

        List<Tuning> grid() {
            Tuning first = new Tuning(
                    objective,
                    estimator,
                    steps,
                    batchSize,
                    targetBatchSize,
                    learningRate.get(0),
                    schedule,
                    weightDecay,
                    evalEvery,
                    keep,
                    patience);
            return learningRate.stream().map(first::at).toList();
        }
    }

    private final ModelChoice models;

    public TuneJob() {
        this(ModelChoice.FILES);
    }

    TuneJob(ModelChoice models) {
        this.models = models;
    }

    @Override
    public String name() {
        return "tune";
    }

    @Override
    public String purpose() {
        return "Tunes a model by forward passes alone; the result is a list of scalars.";
    }

    @Override
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    public Config typical() {
        return new Config(
                ModelFiles.SHIPPED,
                new Task(
                        "{text}. This is a kind of",
                        Map.of("noun.animal", " animal", "noun.food", " food"),
                        null,
                        128,
                        false),
                Objective.METHODS.typical("option-cross-entropy"),
                Estimator.METHODS.typical("spsa"),
                Subspace.METHODS.typical("full"),
                1000,
                16,
                List.of(1e-4),
                Schedule.METHODS.typical("constant"),
                0,
                100,
                Tuning.Keep.LOWEST_LOSS,
                null,
                List.of("pool"),
                null,
                0,
                Shape.RUN);
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
                new Role("model", Tables.CURVE, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.TRAJECTORY, Tables.PROBE_ROWS, Tables.TARGET, Tables.CURVE);
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return models.external(config.model(), spark);
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) throws IOException {
        long began = System.nanoTime();
        List<Tuning> grid = config.grid();
        ClusterTuner tuner = tuner(config, in, out, spark);
        if (tuner.dev().isEmpty() && grid.size() > 1) {
            throw new UserException("Cannot tune: learning_rate = " + config.learningRate()
                    + ", expected one where there are no dev rows to choose by; give the source a split dev");
        }
        List<Tuned> runs = new ArrayList<>();
        switch (config.shape()) {
            case RUN -> runs.addAll(tuner.runs(grid, spark));
            case STEPS -> {
                int tasks = spark.sparkContext().defaultParallelism();
                grid.forEach(tuning -> runs.add(tuner.steps(tuning, spark, tasks)));
            }
        }
        Tuned best = best(runs, config.keep());
        write(best, out, spark);
        new Checkpoint(config.subspace(), best.trajectory(), best.bestEntry()).write(out);
        describe(runs, best, config, out);
        out.note("rows", tuner.rows().size());
        out.note("dev_rows", tuner.dev().size());
        out.note("tuning_seconds", (System.nanoTime() - began) / 1_000_000 / 1000.0);
    }

    private ClusterTuner tuner(Config config, Inputs in, Output out, SparkSession spark) {
        Dataset<Row> documents = in.table("documents", Tables.DOCUMENTS);
        long unlabelled = 0;
        if (config.task().target() == null) {
            Dataset<Row> missing = documents.where(col(Columns.LABEL.name()).isNull());
            unlabelled = missing.where(split(config.splits())).count();
            documents = documents.where(col(Columns.LABEL.name()).isNotNull());
        }
        if (unlabelled > 0) {
            out.warn(unlabelled + " rows of " + config.splits() + " have no label and are not learned from");
        }
        Dataset<Row> learned = Chosen.of(documents.where(split(config.splits())), in);
        // More rows than this are not reached in the first epoch, so they need not be sent.
        long reached = (long) config.steps() * config.batchSize();
        long reachedTarget = (long) config.steps() * config.targetBatchSize();
        long dev = config.devRows() == null ? Long.MAX_VALUE : config.devRows();
        return new ClusterTuner(
                models.of(config.model(), in.optional("model"), spark),
                config.task(),
                config.subspace(),
                in.seed(),
                TaskRow.some(learned, in.seed(), Tuner.ROWS + 0, reached),
                TaskRow.some(
                        documents.where(split(List.of("target"))), in.seed(), Tuner.TARGET_ROWS + 0, reachedTarget),
                TaskRow.some(documents.where(split(List.of("dev"))), in.seed(), "dev", dev).stream()
                        .map(TaskRow::unweighted)
                        .toList());
    }

    private static org.apache.spark.sql.Column split(List<String> splits) {
        return col(Columns.SPLIT.name()).isin(splits.toArray());
    }

    private static Tuned best(List<Tuned> runs, Tuning.Keep keep) {
        Tuned best = runs.get(0);
        for (Tuned run : runs) {
            boolean better = run.best() != null
                    && best.best() != null
                    && Tuner.preference(keep).compare(run.best(), best.best()) < 0;
            best = better ? run : best;
        }
        return best;
    }

    private static void write(Tuned run, Output out, SparkSession spark) {
        table(
                Tables.TRAJECTORY,
                run.lines(),
                out,
                spark,
                line -> RowFactory.create(
                        line.entry().step(),
                        line.entry().query(),
                        line.entry().projectedGradient(),
                        line.entry().coefficient(),
                        line.entry().keep(),
                        line.lossPlus(),
                        line.lossMinus(),
                        line.accepted()));
        table(
                Tables.PROBE_ROWS,
                run.rows(),
                out,
                spark,
                row -> RowFactory.create(
                        row.step(), row.query(), row.role(), row.id(), row.lossPlus(), row.lossMinus()));
        table(
                Tables.TARGET,
                run.target(),
                out,
                spark,
                line -> RowFactory.create(line.step(), line.query(), line.projectedGradient()));
        List<Row> curve = new ArrayList<>();
        for (Tuned.Evaluation at : run.curve()) {
            curve.add(RowFactory.create(at.step(), at.entry(), "dev", "loss", at.loss(), at.forwards(), 0L));
            curve.add(RowFactory.create(at.step(), at.entry(), "dev", "accuracy", at.accuracy(), at.forwards(), 0L));
        }
        out.table(Tables.CURVE, curve, spark);
    }

    private static <T> void table(Table table, List<T> lines, Output out, SparkSession spark, Function<T, Row> row) {
        out.table(table, lines.stream().map(row).toList(), spark);
    }

    /** One learning rate in the note {@code grid}. */
    private record Tried(
            double learningRate, int steps, int bestStep, double devLoss, double devAccuracy, long forwards)
            implements Serializable {
        static Tried of(Tuned run, int queries) {
            Tuned.Evaluation best = run.best();
            return new Tried(
                    run.learningRate(),
                    run.lines().size() / queries,
                    best == null ? run.lines().size() / queries : best.step(),
                    best == null ? Double.NaN : best.loss(),
                    best == null ? Double.NaN : best.accuracy(),
                    run.forwards());
        }
    }

    private static void describe(List<Tuned> runs, Tuned best, Config config, Output out) {
        int queries = config.estimator().queries();
        out.note("header", best.header());
        out.note("learning_rate", best.learningRate());
        out.note("best", Tried.of(best, queries));
        out.note("best_entry", best.bestEntry());
        out.note("grid", runs.stream().map(run -> Tried.of(run, queries)).toList());
        out.note("forwards", runs.stream().mapToLong(Tuned::forwards).sum());
        out.note("backwards", 0);
        long skipped = best.lines().stream().filter(line -> !line.accepted()).count();
        out.note("skipped_probes", skipped);
        if (skipped > 0) {
            out.warn(skipped + " of " + best.lines().size()
                    + " probes gave no finite slope and moved nothing; lower learning_rate, or look at epsilon");
        }
        Tuned.Evaluation kept = best.best();
        if (kept == null) {
            out.warn("there are no dev rows: the last step is kept, whether it is the best or not");
        } else if (kept.entry() == 0) {
            out.warn("no step was better on dev rows than the model as it was: that is kept");
        }
    }
}
