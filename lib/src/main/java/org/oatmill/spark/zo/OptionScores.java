package org.oatmill.spark.zo;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.djl.Models;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Example;
import org.oatmill.model.Task;
import org.oatmill.spark.model.ModelSource;
import org.oatmill.spark.rows.SparkRows;

/** How likely a model finds each option of each row: mean log-probability per token, in nats, measured on the cluster. */
public final class OptionScores {
    private OptionScores() {}

    /**
     * Scores rows in the micro-batches of one {@link BatchPlan}, so that partitions change no bit.
     *
     * @param checkpoint of the model, or null for the base as it is
     * @return by id, scores in the order of {@link Task#labels}
     */
    public static Map<String, double[]> of(
            List<TaskRow> rows, Task task, ModelSource model, @Nullable Checkpoint checkpoint, SparkSession spark) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        int tasks = 2 * context.defaultParallelism();
        List<TaskRow> all = new ArrayList<>(rows);
        List<List<TaskRow>> parts = new ArrayList<>();
        int part = Math.max(1, (all.size() + tasks - 1) / tasks);
        for (int from = 0; from < all.size(); from += part) {
            parts.add(new ArrayList<>(all.subList(from, Math.min(all.size(), from + part))));
        }
        List<Example> examples = parts.isEmpty()
                ? List.of()
                : new SparkRows<>(context.parallelize(parts, parts.size()).map(some -> {
                            try (Models.Lease<? extends CausalLm> lease = model.lease()) {
                                return new ArrayList<>(some.stream()
                                        .map(row ->
                                                row.example(task, lease.model().tokenizer()))
                                        .toList());
                            }
                        }))
                        .collect().stream().flatMap(List::stream).toList();
        List<Batch> batches = BatchPlan.of(examples).batches();
        Map<String, double[]> scores = new TreeMap<>();
        if (batches.isEmpty()) {
            return scores;
        }
        Measurement measurement =
                new Measurement(model, checkpoint, UUID.randomUUID().toString());
        List<Scored> measured = new SparkRows<>(context.parallelize(batches, Math.min(tasks, batches.size())))
                .map(measurement::of)
                .collect();
        Forks.close(measurement.run());
        measured.forEach(scored -> {
            for (int i = 0; i < scored.ids().size(); i++) {
                scores.put(scored.ids().get(i), scored.scores()[i]);
            }
        });
        return scores;
    }

    private record Scored(List<String> ids, double[][] scores) implements Serializable {}

    private record Measurement(ModelSource model, @Nullable Checkpoint checkpoint, String run) implements Serializable {

        Scored of(Batch batch) {
            if (checkpoint == null) {
                try (Models.Lease<? extends CausalLm> lease = model.lease()) {
                    return scored(batch, lease.model());
                }
            }
            return Forks.with(run, model, checkpoint.subspace(), fork -> {
                fork.advance(checkpoint.trajectory(), checkpoint.entry());
                return scored(batch, fork);
            });
        }

        private static Scored scored(Batch batch, CausalLm model) {
            float[][] losses = model.losses(batch);
            double[][] scores = new double[losses.length][];
            for (int row = 0; row < losses.length; row++) {
                scores[row] = new double[losses[row].length];
                for (int option = 0; option < losses[row].length; option++) {
                    scores[row][option] = -(double) losses[row][option];
                }
            }
            return new Scored(
                    new ArrayList<>(batch.rows().stream().map(Example::id).toList()), scores);
        }
    }
}
