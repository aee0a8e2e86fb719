package org.oatmill.zo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Direction;
import org.oatmill.model.Example;
import org.oatmill.model.Sides;
import org.oatmill.model.Trajectory;
import org.oatmill.zo.Tuned.Evaluation;
import org.oatmill.zo.Tuned.Line;
import org.oatmill.zo.Tuned.ProbeRow;
import org.oatmill.zo.Tuned.TargetLine;

/**
 * The loop of a zeroth-order run: {@code theta <- keep theta - (rate / queries) g z} for every
 * direction z of every step (MeZO, arXiv 2305.17333, algorithms 1 and 2).
 *
 * <p>Every epoch orders the rows anew, by u(master, "epoch/" + epoch, id), and cuts them into step
 * batches; rows that fill no batch wait for another epoch. All directions of a step are measured at
 * the same weights, in micro-batches of a {@link BatchPlan}; a loss is the weighted mean over rows,
 * in the order of their ids. So the result is a function of settings, master, rows and model, and of
 * nothing else: wherever and in whatever order the probes are measured.
 *
 * <p>Differs from the paper: weights are never perturbed in place; the loss of a step is that of
 * both sides; a slope that is no finite number moves nothing.
 */
public final class Tuner {
    /** Rows of epoch e come in the order of u(master, this + e, id), of equal ones in that of their ids. */
    public static final String ROWS = "epoch/";

    /** The same for target rows. */
    public static final String TARGET_ROWS = "target-epoch/";

    private final Tuning tuning;
    private final long master;
    private final StepBatches batches;
    private final StepBatches targetBatches;
    private final DevRows dev;
    private final Trajectory.Header header;

    /**
     * @param origin what the run starts from
     * @param master seed of directions and order
     * @param rows to learn from
     * @param target rows that are measured along the same directions, and never learned from
     * @param dev rows to choose the best entry on; may be empty
     */
    public Tuner(
            Tuning tuning, Origin origin, long master, List<Example> rows, List<Example> target, List<Example> dev) {
        if (rows.isEmpty()) {
            throw new UserException("Cannot tune: there are 0 rows to learn from, expected 1 or more;"
                    + " look at splits, labels and the rows chosen");
        }
        if (target.isEmpty() && tuning.targetBatchSize() > 0) {
            throw new UserException("Cannot tune: target_batch_size = " + tuning.targetBatchSize()
                    + ", expected 0 where there are no target rows");
        }
        this.tuning = tuning;
        this.master = master;
        this.batches = new StepBatches(master, ROWS, rows, tuning.batchSize());
        this.targetBatches = new StepBatches(master, TARGET_ROWS, target, Math.max(1, tuning.targetBatchSize()));
        this.dev = new DevRows(dev, tuning.objective());
        Estimator estimator = tuning.estimator();
        this.header = new Trajectory.Header(
                Trajectory.FORMAT,
                Noise.VERSION,
                estimator.law(),
                master,
                origin.modelDigest(),
                origin.subspaceDigest(),
                origin.tensors(),
                origin.decayed(),
                "sgd",
                estimator.epsilon(),
                estimator.oneSided(),
                estimator.queries(),
                BatchPlan.of(stepBatch(0)).digest(),
                origin.instructionSet());
    }

    /** The whole run. */
    public Tuned run(Prober prober) {
        return run(prober, null, tuning.steps(), evaluation -> {});
    }

    /**
     * Goes on from where a run of the same settings stopped.
     *
     * @param from what was done before, or null
     * @param untilStep steps to have been made in the end
     * @param said hears of every evaluation
     */
    public Tuned run(Prober prober, @Nullable Tuned from, int untilStep, Consumer<Evaluation> said) {
        Run run = new Run(prober, from);
        int end = Math.min(untilStep, tuning.steps());
        while (true) {
            if (run.step % tuning.evalEvery() == 0 || run.step == tuning.steps()) {
                run.evaluate(said);
            }
            if (run.step >= end || run.lostPatience()) {
                return run.tuned();
            }
            run.update();
        }
    }

    /** Rows of a step, in no order that matters. */
    List<Example> stepBatch(int step) {
        return batches.of(step);
    }

    private static List<Example> byId(List<Example> rows) {
        return rows.stream().sorted(Comparator.comparing(Example::id)).toList();
    }

    /** What changes while a run goes on. */
    private final class Run {
        private final Prober prober;
        private final List<Line> lines = new ArrayList<>();
        private final List<Trajectory.Entry> entries = new ArrayList<>();
        private final List<ProbeRow> probeRows = new ArrayList<>();
        private final List<TargetLine> targetLines = new ArrayList<>();
        private final List<Evaluation> curve = new ArrayList<>();
        private @Nullable Evaluation best;
        private int sinceBest;
        private int step;
        private long forwards;

        Run(Prober prober, @Nullable Tuned from) {
            this.prober = prober;
            if (from == null) {
                return;
            }
            if (!from.header().equals(header)) {
                throw new UserException(
                        "Cannot go on with a run: its header = " + from.header() + ", expected " + header);
            }
            lines.addAll(from.lines());
            from.lines().forEach(line -> entries.add(line.entry()));
            probeRows.addAll(from.rows());
            targetLines.addAll(from.target());
            from.curve().forEach(this::note);
            step = lines.size() / header.queries();
            forwards = from.forwards();
        }

        boolean lostPatience() {
            return tuning.patience() != null && sinceBest >= tuning.patience();
        }

        void evaluate(Consumer<Evaluation> said) {
            boolean done = !curve.isEmpty() && curve.get(curve.size() - 1).step() == step;
            if (dev.isEmpty() || done) {
                return;
            }
            List<float[][]> losses = measure(
                            dev.batches().stream().map(Probe::here).toList())
                    .stream()
                    .map(Sides::plus)
                    .toList();
            Evaluation evaluation = dev.judged(step, entries.size(), losses, forwards);
            note(evaluation);
            said.accept(evaluation);
        }

        private void note(Evaluation evaluation) {
            curve.add(evaluation);
            sinceBest++;
            if (best == null || better(evaluation, best)) {
                best = evaluation;
                sinceBest = 0;
            }
        }

        void update() {
            Estimator estimator = tuning.estimator();
            List<Example> batch = byId(stepBatch(step));
            List<Example> aside = tuning.targetBatchSize() == 0 ? List.of() : byId(targetBatches.of(step));
            List<BatchPlan> plans = List.of(BatchPlan.of(batch), BatchPlan.of(aside));
            List<Probe> probes = new ArrayList<>();
            for (int q = estimator.oneSided() ? -1 : 0; q < estimator.queries(); q++) {
                for (BatchPlan plan : plans) {
                    for (var rows : plan.batches()) {
                        probes.add(
                                q < 0
                                        ? Probe.here(rows)
                                        : new Probe(rows, direction(q), estimator.epsilon(), !estimator.oneSided()));
                    }
                }
            }
            List<Sides> measured = measure(probes);
            int perQuery =
                    plans.get(0).batches().size() + plans.get(1).batches().size();
            double[] plus = new double[estimator.queries()];
            double[] minus = new double[estimator.queries()];
            double[] targetPlus = new double[estimator.queries()];
            double[] targetMinus = new double[estimator.queries()];
            for (int q = 0; q < estimator.queries(); q++) {
                Map<String, Double> rowPlus = new HashMap<>();
                Map<String, Double> rowMinus = new HashMap<>();
                for (int b = 0; b < perQuery; b++) {
                    int at = (q + (estimator.oneSided() ? 1 : 0)) * perQuery + b;
                    List<Example> rows = probes.get(at).batch().rows();
                    float[][] below = estimator.oneSided()
                            ? measured.get(b).plus()
                            : measured.get(at).minus();
                    for (int r = 0; r < rows.size(); r++) {
                        Example row = rows.get(r);
                        rowPlus.put(
                                row.id(),
                                tuning.objective().of(row, measured.get(at).plus()[r]));
                        rowMinus.put(row.id(), tuning.objective().of(row, below[r]));
                    }
                }
                plus[q] = RowMean.of(batch, rowPlus);
                minus[q] = RowMean.of(batch, rowMinus);
                record(q, "train", batch, rowPlus, rowMinus);
                if (!aside.isEmpty()) {
                    targetPlus[q] = RowMean.of(aside, rowPlus);
                    targetMinus[q] = RowMean.of(aside, rowMinus);
                    record(q, "target", aside, rowPlus, rowMinus);
                }
            }
            commit(estimator.projectedGradients(plus, minus), plus, minus);
            if (!aside.isEmpty()) {
                double[] slopes = estimator.projectedGradients(targetPlus, targetMinus);
                for (int q = 0; q < slopes.length; q++) {
                    targetLines.add(new TargetLine(step, q, (float) slopes[q]));
                }
            }
            step++;
        }

        private Direction direction(int query) {
            return new Direction.Seed(header.law(), master, step, query);
        }

        private void record(
                int query, String role, List<Example> rows, Map<String, Double> plus, Map<String, Double> minus) {
            for (Example row : rows) {
                probeRows.add(new ProbeRow(step, query, role, row.id(), valueOf(plus, row), valueOf(minus, row)));
            }
        }

        private double valueOf(Map<String, Double> values, Example row) {
            return values.getOrDefault(row.id(), Double.NaN);
        }

        private void commit(double[] slopes, double[] plus, double[] minus) {
            double rate = tuning.learningRate() * tuning.schedule().factor(step, tuning.steps());
            boolean first = true;
            for (int q = 0; q < slopes.length; q++) {
                float slope = (float) slopes[q];
                float coefficient = (float) (-(rate / slopes.length) * slope);
                boolean accepted = Float.isFinite(slope) && Float.isFinite(coefficient);
                float keep = accepted && first ? (float) (1 - rate * tuning.weightDecay()) : 1;
                first &= !accepted;
                Trajectory.Entry entry = new Trajectory.Entry(step, q, slope, accepted ? coefficient : 0, keep);
                entries.add(entry);
                lines.add(new Line(entry, plus[q], minus[q], accepted));
            }
        }

        private List<Sides> measure(List<Probe> probes) {
            List<Sides> measured = prober.measure(new Trajectory(header, entries), probes);
            for (Sides sides : measured) {
                if (sides.entry() != entries.size()) {
                    throw new IllegalStateException("Cannot use a measurement at entry " + sides.entry()
                            + ", expected entry " + entries.size());
                }
            }
            probes.forEach(probe -> forwards += probe.forwards());
            return measured;
        }

        Tuned tuned() {
            return new Tuned(tuning.learningRate(), header, lines, probeRows, targetLines, curve, best, forwards);
        }
    }

    private boolean better(Evaluation one, Evaluation other) {
        return preference().compare(one, other) < 0;
    }

    /** The better of two evaluations first; one without a loss comes last. */
    private Comparator<Evaluation> preference() {
        return preference(tuning.keep());
    }

    /** The better of two evaluations first, of equals the earlier; a loss that is no number is the worst. */
    public static Comparator<Evaluation> preference(Tuning.Keep keep) {
        // Double.compare puts NaN behind everything.
        Comparator<Evaluation> loss = Comparator.comparingDouble(Evaluation::loss);
        return switch (keep) {
            case LOWEST_LOSS -> loss;
            case HIGHEST_ACCURACY ->
                Comparator.comparing((Evaluation e) -> Double.isNaN(e.loss()))
                        .thenComparing(
                                Comparator.comparingDouble(Evaluation::accuracy).reversed())
                        .thenComparing(loss);
        };
    }
}
