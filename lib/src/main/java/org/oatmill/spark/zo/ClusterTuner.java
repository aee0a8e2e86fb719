package org.oatmill.spark.zo;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.oatmill.djl.Models;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Example;
import org.oatmill.model.Subspace;
import org.oatmill.model.Task;
import org.oatmill.spark.model.ModelSource;
import org.oatmill.spark.rows.SparkRows;
import org.oatmill.zo.Origin;
import org.oatmill.zo.Prober;
import org.oatmill.zo.Tuned;
import org.oatmill.zo.Tuner;
import org.oatmill.zo.Tuning;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a {@link Tuner} on a cluster, in one of two shapes with the same bytes: {@link #runs}, where a
 * whole run is one task and runs of a grid go side by side, and {@link #steps}, where the probes of
 * every step are tasks.
 *
 * @param model the base
 * @param task how rows become examples
 * @param subspace what may move
 * @param master seed of directions and order
 * @param rows to learn from
 * @param target rows that are measured and never learned from
 * @param dev rows to choose the best entry on
 */
public record ClusterTuner(
        ModelSource model,
        Task task,
        Subspace subspace,
        long master,
        List<TaskRow> rows,
        List<TaskRow> target,
        List<TaskRow> dev)
        implements Serializable {

    private static final Logger LOG = LoggerFactory.getLogger(ClusterTuner.class);

    public ClusterTuner {
        rows = List.copyOf(rows);
        target = List.copyOf(target);
        dev = List.copyOf(dev);
    }

    /** One run for each setting, each a fork of one base and one task; in the order given. */
    public List<Tuned> runs(List<Tuning> grid, SparkSession spark) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        List<Integer> numbers = IntStream.range(0, grid.size()).boxed().toList();
        List<Tuning> sent = new ArrayList<>(grid);
        return new SparkRows<>(context.parallelize(numbers, grid.size()))
                .map(number -> run(sent.get(number)))
                .collect();
    }

    private Tuned run(Tuning tuning) {
        try (Models.Lease<? extends CausalLm> lease = model.lease();
                CausalLm fork = lease.model().fork(subspace)) {
            return prepared(fork).tuner(tuning, master).run(Prober.on(fork), null, tuning.steps(), said(tuning));
        }
    }

    /** One run whose probes are tasks, micro-batches times directions, spread over so many at a time. */
    public Tuned steps(Tuning tuning, SparkSession spark, int tasks) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        Prepared prepared = new SparkRows<>(context.parallelize(List.of(0), 1))
                .map(number -> {
                    try (Models.Lease<? extends CausalLm> lease = model.lease();
                            CausalLm fork = lease.model().fork(subspace)) {
                        return prepared(fork);
                    }
                })
                .collect()
                .get(0);
        try (TaskProber prober = new TaskProber(model, subspace, context, tasks)) {
            return prepared.tuner(tuning, master).run(prober, null, tuning.steps(), said(tuning));
        }
    }

    private static java.util.function.Consumer<Tuned.Evaluation> said(Tuning tuning) {
        return at -> LOG.info(
                "learning rate {}: step {} of {}, dev loss {}, accuracy {}",
                tuning.learningRate(),
                at.step(),
                tuning.steps(),
                String.format(java.util.Locale.ROOT, "%.4f", at.loss()),
                String.format(java.util.Locale.ROOT, "%.3f", at.accuracy()));
    }

    private Prepared prepared(CausalLm fork) {
        return new Prepared(
                Origin.of(fork, subspace), examples(rows, fork), examples(target, fork), examples(dev, fork));
    }

    private List<Example> examples(List<TaskRow> from, CausalLm fork) {
        return new ArrayList<>(
                from.stream().map(row -> row.example(task, fork.tokenizer())).toList());
    }

    /** What a run needs to know of its model and rows. */
    private record Prepared(Origin origin, List<Example> rows, List<Example> target, List<Example> dev)
            implements Serializable {
        Tuner tuner(Tuning tuning, long master) {
            return new Tuner(tuning, origin, master, rows, target, dev);
        }
    }
}
