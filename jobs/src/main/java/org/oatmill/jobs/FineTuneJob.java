package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
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
import org.oatmill.djl.AdamW;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.FineTuning;
import org.oatmill.djl.Models;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Task;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.zo.TaskRow;
import org.oatmill.zo.DevRows;
import org.oatmill.zo.StepBatches;
import org.oatmill.zo.Tuned.Evaluation;
import org.oatmill.zo.Tuner;
import org.oatmill.zo.Tuning;

/**
 * Fine-tunes a model by back-propagation on one core of the driver, all weights moving: the arm that
 * tuning by forward passes is compared with. Reads the same rows in the same order as the job {@code
 * tune} of equal seed. Commits the best weights on dev rows under {@code files/model/}, so the
 * artifact can be anybody's input {@code model}.
 */
public final class FineTuneJob implements Job<FineTuneJob.Config> {
    private static final String DIRECTORY = "model/";

    /**
     * @param model name of the model, where no input {@code model} is given
     * @param task how rows become examples
     * @param objective loss of a row
     * @param optimizer how weights move; its rate is that of {@code learningRate}
     * @param steps updates
     * @param batchSize rows of a step
     * @param learningRate highest rates to try
     * @param evalEvery steps between evaluations on dev rows
     * @param keep which of them is the best
     * @param splits rows to learn from
     * @param devRows most dev rows
     */
    public record Config(
            @Describe("the shipped model's name, a Hugging Face directory, an archive of one, or a shipped file")
                    String model,
            @Required @Describe("how rows become examples") Task task,
            @Describe("loss of a row") Objective objective,
            @Describe("how weights move, at the rates of learning_rate") AdamW optimizer,
            @Required @Describe("updates") int steps,
            @Describe(value = "rows of a step", unit = "rows") int batchSize,
            @Required @Describe("highest rates to try; the best on dev rows is kept") List<Double> learningRate,
            @Describe(value = "between evaluations on dev rows", unit = "steps") int evalEvery,
            @Describe("which evaluation is the best") Tuning.Keep keep,
            @Describe("rows to learn from; the input chosen restricts those of pool alone") List<String> splits,
            @Nullable @Describe(value = "most dev rows, those of the smallest u; none: all", unit = "rows")
                    Integer devRows) {

        public Config {
            splits = List.copyOf(splits);
            learningRate = List.copyOf(learningRate);
            if (splits.isEmpty() || learningRate.isEmpty()) {
                throw new UserException("Cannot fine-tune: splits = " + splits + ", learning_rate = " + learningRate
                        + ", expected at least one of each, such as pool and 1e-4");
            }
            if (steps < 1 || batchSize < 1 || evalEvery < 1) {
                throw new UserException("Cannot fine-tune: steps = " + steps + ", batch_size = " + batchSize
                        + ", eval_every = " + evalEvery + ", expected 1 or more each");
            }
            learningRate.forEach(optimizer::at);
        }
    }

    @Override
    public String name() {
        return "fine-tune";
    }

    @Override
    public String purpose() {
        return "Fine-tunes a model by back-propagation, to compare with.";
    }

    @Override
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    public Config typical() {
        return new Config(
                ModelFiles.SHIPPED,
                new TuneJob().typical().task(),
                Objective.METHODS.typical("option-cross-entropy"),
                new AdamW(1e-4, 0, 0.1, 0.9, 0.999, 1e-8, 0, 1),
                300,
                16,
                List.of(1e-4),
                100,
                Tuning.Keep.LOWEST_LOSS,
                List.of("pool"),
                null);
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
        return List.of(Tables.CURVE);
    }

    @Override
    public boolean callsBackward(Config config) {
        return true;
    }

    @Override
    public Map<String, String> external(Config config, SparkSession spark) {
        return ModelFiles.of(config.model(), spark).external();
    }

    /** A learning rate's run: its best weights on dev rows, or its last where there are none. */
    private record Run(
            double learningRate,
            @Nullable Evaluation best,
            int bestStep,
            Map<String, float[]> weights,
            List<Row> curve,
            CausalLm.Counts counts) {}

    /** One learning rate in the note {@code grid}. */
    private record Tried(
            double learningRate, int bestStep, double devLoss, double devAccuracy, long forwards, long backwards) {
        static Tried of(Run run) {
            return new Tried(
                    run.learningRate,
                    run.bestStep,
                    run.best == null ? Double.NaN : run.best.loss(),
                    run.best == null ? Double.NaN : run.best.accuracy(),
                    run.counts.forwards(),
                    run.counts.backwards());
        }
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) throws IOException {
        ModelFiles files = in.optional("model")
                .map(artifact -> ModelFiles.of(artifact, spark))
                .orElseGet(() -> ModelFiles.of(config.model(), spark));
        Dataset<Row> documents = in.table("documents", Tables.DOCUMENTS)
                .where(col(Columns.LABEL.name()).isNotNull());
        List<TaskRow> learned = TaskRow.some(
                Chosen.of(
                        documents.where(
                                col(Columns.SPLIT.name()).isin(config.splits().toArray())),
                        in),
                in.seed(),
                Tuner.ROWS + 0,
                (long) config.steps() * config.batchSize());
        if (learned.isEmpty()) {
            throw new UserException("Cannot fine-tune: there are 0 rows to learn from, expected 1 or more; look at"
                    + " splits, labels and the rows chosen");
        }
        List<TaskRow> dev = TaskRow.some(
                documents.where(col(Columns.SPLIT.name()).equalTo("dev")),
                in.seed(),
                "dev",
                config.devRows() == null ? Long.MAX_VALUE : config.devRows());
        if (dev.isEmpty() && config.learningRate().size() > 1) {
            throw new UserException("Cannot fine-tune: learning_rate = " + config.learningRate()
                    + ", expected one where there are no dev rows to choose by; give the source a split dev");
        }
        try (Models.Lease<DjlLm> lease = files.lease()) {
            DjlLm base = lease.model();
            List<Example> rows = examples(learned, config.task(), base);
            DevRows watched = new DevRows(
                    examples(dev.stream().map(TaskRow::unweighted).toList(), config.task(), base), config.objective());
            List<Run> runs = new ArrayList<>();
            for (double rate : config.learningRate()) {
                runs.add(learn(config, rate, base, rows, watched, in.seed(), out));
            }
            Run best = runs.get(0);
            for (Run run : runs) {
                boolean better = run.best != null
                        && best.best != null
                        && Tuner.preference(config.keep()).compare(run.best, best.best) < 0;
                best = better ? run : best;
            }
            out.table(Tables.CURVE, best.curve, spark);
            write(base, files.directory(), best.weights, out);
            describe(runs, best, out);
        }
    }

    private static List<Example> examples(List<TaskRow> rows, Task task, CausalLm model) {
        return rows.stream().map(row -> row.example(task, model.tokenizer())).toList();
    }

    private static Run learn(
            Config config, double rate, DjlLm base, List<Example> rows, DevRows dev, long seed, Output out) {
        AdamW law = config.optimizer().at(rate);
        StepBatches batches = new StepBatches(seed, Tuner.ROWS, rows, config.batchSize());
        try (FineTuning tuning = new FineTuning(base, law)) {
            List<Row> curve = new ArrayList<>();
            Evaluation best = null;
            Map<String, float[]> weights = Map.of();
            for (int step = 0; ; step++) {
                if (!dev.isEmpty() && (step % config.evalEvery() == 0 || step == config.steps())) {
                    Evaluation now = judged(dev, step, tuning.model(), curve);
                    if (best == null || Tuner.preference(config.keep()).compare(now, best) < 0) {
                        best = now;
                        weights = tuning.weights();
                    }
                }
                if (step == config.steps()) {
                    break;
                }
                List<Batch> batch = BatchPlan.of(batches.of(step)).batches();
                tuning.step(batch, config.objective(), law.rate(step, config.steps()));
                out.progress(String.format(
                        Locale.ROOT, "learning rate %.1e: step %,d of %,d", rate, step + 1, config.steps()));
            }
            return new Run(
                    rate,
                    best,
                    best == null ? config.steps() : best.step(),
                    best == null ? tuning.weights() : weights,
                    curve,
                    tuning.model().counts());
        }
    }

    private static Evaluation judged(DevRows dev, int step, CausalLm model, List<Row> curve) {
        List<float[][]> losses = dev.batches().stream().map(model::losses).toList();
        CausalLm.Counts counts = model.counts();
        Evaluation now = dev.judged(step, 0, losses, counts.forwards());
        for (Map.Entry<String, Double> metric :
                Map.of("loss", now.loss(), "accuracy", now.accuracy()).entrySet().stream()
                        .sorted(Map.Entry.<String, Double>comparingByKey().reversed())
                        .toList()) {
            curve.add(RowFactory.create(
                    step, 0L, "dev", metric.getKey(), metric.getValue(), counts.forwards(), counts.backwards()));
        }
        return now;
    }

    private static void write(DjlLm base, Path from, Map<String, float[]> weights, Output out) throws IOException {
        Path directory = Files.createTempDirectory("oatmill-fine-tune");
        try {
            FineTuning.write(base, from, weights, directory);
            try (Stream<Path> made = Files.list(directory)) {
                for (Path file : made.sorted().toList()) {
                    try (OutputStream to = out.file(DIRECTORY + file.getFileName())) {
                        Files.copy(file, to);
                    }
                }
            }
        } finally {
            PretrainJob.remove(directory);
        }
    }

    private static void describe(List<Run> runs, Run best, Output out) {
        out.note("learning_rate", best.learningRate);
        out.note("best_step", best.bestStep);
        out.note("grid", runs.stream().map(Tried::of).toList());
        out.note(
                "forwards",
                runs.stream().mapToLong(run -> run.counts.forwards()).sum());
        out.note(
                "backwards",
                runs.stream().mapToLong(run -> run.counts.backwards()).sum());
        if (best.best == null) {
            out.warn("there are no dev rows: the last step is kept, whether it is the best or not");
        } else if (best.bestStep == 0) {
            out.warn("no step was better on dev rows than the model as it was: that is kept");
        }
    }
}
