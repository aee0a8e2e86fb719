package org.oatmill.spark.zo;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.InstructionSet;
import org.oatmill.core.UserException;
import org.oatmill.model.Sides;
import org.oatmill.model.Subspace;
import org.oatmill.model.Trajectory;
import org.oatmill.spark.model.ModelSource;
import org.oatmill.spark.rows.SparkRows;
import org.oatmill.zo.Probe;
import org.oatmill.zo.Prober;

/**
 * Measures probes in the tasks of a Spark job, one job for each call. Every JVM keeps a fork of the
 * model and catches up with the run by replaying its lines; a retried or speculative task measures
 * the same again.
 */
final class TaskProber implements Prober, AutoCloseable {
    /** Lines that travel with every task, before they are broadcast. */
    private static final int TAIL = 256;

    private final String run = UUID.randomUUID().toString();
    private final ModelSource model;
    private final Subspace subspace;
    private final JavaSparkContext context;
    private final int tasks;
    private @Nullable Broadcast<Trajectory> known;

    TaskProber(ModelSource model, Subspace subspace, JavaSparkContext context, int tasks) {
        this.model = model;
        this.subspace = subspace;
        this.context = context;
        this.tasks = tasks;
    }

    @Override
    public List<Sides> measure(Trajectory at, List<Probe> probes) {
        Broadcast<Trajectory> sent = known;
        int shared = sent == null ? 0 : sent.value().entries().size();
        if (sent == null || at.entries().size() - shared > TAIL) {
            forget();
            sent = context.broadcast(at);
            shared = at.entries().size();
            known = sent;
        }
        List<Trajectory.Entry> tail =
                new ArrayList<>(at.entries().subList(shared, at.entries().size()));
        CatchUp catchUp = new CatchUp(run, model, subspace, sent, tail);
        return new SparkRows<>(context.parallelize(probes, Math.max(1, Math.min(tasks, probes.size())))
                        .map(catchUp::measure))
                .collect();
    }

    /** Closes the fork of this JVM, where the tasks of local masters run; others close when newer runs need their place. */
    @Override
    public void close() {
        forget();
        Forks.close(run);
    }

    private void forget() {
        if (known != null) {
            known.destroy();
        }
        known = null;
    }

    private record CatchUp(
            String run, ModelSource model, Subspace subspace, Broadcast<Trajectory> known, List<Trajectory.Entry> tail)
            implements Serializable {

        private static final String HERE = InstructionSet.current();

        Sides measure(Probe probe) {
            Trajectory shared = known.value();
            if (!HERE.equals(shared.header().instructionSet())) {
                throw new UserException("Cannot measure: instruction set = " + HERE + ", expected "
                        + shared.header().instructionSet() + " as where the run began; use nodes of one kind");
            }
            return Forks.with(run, model, subspace, fork -> {
                long entries = (long) shared.entries().size() + tail.size();
                if (fork.entry() < entries) {
                    List<Trajectory.Entry> all = new ArrayList<>(shared.entries());
                    all.addAll(tail);
                    fork.advance(new Trajectory(shared.header(), all), entries);
                }
                Sides sides = probe.of(fork);
                if (sides.entry() != entries) {
                    throw new IllegalStateException("Cannot measure at entry " + entries
                            + ": the run has gone on to entry " + sides.entry() + " without this task");
                }
                return sides;
            });
        }
    }
}
