package org.oatmill.zo;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.oatmill.model.Trajectory;

/**
 * A run, whole or as far as it got.
 *
 * @param learningRate of this run
 * @param header of its trajectory
 * @param lines what every probe gave
 * @param rows what it gave by row
 * @param target slopes of the target rows along the same directions
 * @param curve evaluations on dev rows
 * @param best the evaluation that is kept, or null before the first
 * @param forwards rows measured, evaluations included
 */
public record Tuned(
        double learningRate,
        Trajectory.Header header,
        List<Line> lines,
        List<ProbeRow> rows,
        List<TargetLine> target,
        List<Evaluation> curve,
        @Nullable Evaluation best,
        long forwards)
        implements Serializable {

    public Tuned {
        lines = List.copyOf(lines);
        rows = List.copyOf(rows);
        target = List.copyOf(target);
        curve = List.copyOf(curve);
    }

    /** All of it; the kept model is at entry {@link #bestEntry}. */
    public Trajectory trajectory() {
        return new Trajectory(header, lines.stream().map(Line::entry).toList());
    }

    /** Entries up to the kept evaluation; all where there was none. */
    public long bestEntry() {
        return best == null ? lines.size() : best.entry();
    }

    /**
     * A line of a trajectory.
     *
     * @param entry what is applied
     * @param lossPlus mean loss of the step's rows at theta + epsilon z, nats
     * @param lossMinus at theta - epsilon z, or at theta in a one-sided run
     * @param accepted false where the probe was skipped and nothing moved
     */
    public record Line(Trajectory.Entry entry, double lossPlus, double lossMinus, boolean accepted)
            implements Serializable {}

    /**
     * Losses of one row in one probe.
     *
     * @param role {@code train} or {@code target}
     */
    public record ProbeRow(int step, int query, String role, String id, double lossPlus, double lossMinus)
            implements Serializable {}

    /** Slope of the target rows' loss along a direction of the run. */
    public record TargetLine(int step, int query, float projectedGradient) implements Serializable {}

    /**
     * Dev rows at one entry.
     *
     * @param step updates before it
     * @param entry trajectory entries before it
     * @param loss weighted mean of the objective
     * @param accuracy share of rows, by weight, whose gold option has the lowest loss
     * @param forwards rows measured so far, this evaluation included
     */
    public record Evaluation(int step, long entry, double loss, double accuracy, long forwards)
            implements Serializable {}
}
