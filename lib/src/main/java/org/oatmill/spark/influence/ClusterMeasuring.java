package org.oatmill.spark.influence;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.UserException;
import org.oatmill.djl.Models;
import org.oatmill.influence.Measuring;
import org.oatmill.model.CausalLm;
import org.oatmill.model.DifferentiableLm;
import org.oatmill.spark.model.ModelSource;

/**
 * Measures on the executors. The weights are opened once in each JVM; every task has a fork of its
 * own. Units of work are spread as they come and results return in their order, so the bits do not
 * depend on how many tasks there are.
 */
public final class ClusterMeasuring implements Measuring {
    /** So that a task whose rows are long keeps nobody waiting for long. */
    private static final int TASKS_PER_SLOT = 4;

    private final JavaSparkContext spark;
    private final ModelSource source;
    private final Forking forking;
    private final int tasks;

    /** The model as it is measured: a fork of the base, moved or not. */
    @FunctionalInterface
    public interface Forking extends Serializable {
        CausalLm of(CausalLm base);
    }

    public ClusterMeasuring(SparkSession spark, ModelSource source, Forking forking) {
        this(spark, source, forking, TASKS_PER_SLOT * spark.sparkContext().defaultParallelism());
    }

    ClusterMeasuring(SparkSession spark, ModelSource source, Forking forking, int tasks) {
        this.spark = JavaSparkContext.fromSparkContext(spark.sparkContext());
        this.source = source;
        this.forking = forking;
        this.tasks = tasks;
    }

    @Override
    public <T, R> List<R> each(List<T> units, Measurement<T, R> how) {
        if (units.isEmpty()) {
            return List.of();
        }
        ModelSource from = source;
        Forking as = forking;
        Broadcast<Measurement<T, R>> shared = spark.broadcast(how);
        try {
            return spark.parallelize(units, Math.min(units.size(), tasks))
                    .mapPartitions(
                            some -> measured(from, as, some, shared.value()).iterator())
                    .collect();
        } catch (Exception e) {
            throw operators(e);
        } finally {
            shared.unpersist(false);
        }
    }

    private static <T, R> List<R> measured(
            ModelSource source, Forking forking, Iterator<T> units, Measurement<T, R> how) {
        List<R> results = new ArrayList<>();
        try (Models.Lease<? extends CausalLm> lease = source.lease();
                CausalLm fork = forking.of(lease.model())) {
            if (!(fork instanceof DifferentiableLm model)) {
                throw new UserException("Cannot value rows: the model is "
                        + fork.getClass().getSimpleName() + ", expected one that can be differentiated");
            }
            units.forEachRemaining(unit -> results.add(how.of(model, unit)));
        }
        return results;
    }

    /** What a task threw for the operator comes back wrapped; the message is the operator's. */
    private static RuntimeException operators(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserException mistake) {
                return mistake;
            }
        }
        return e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
    }
}
