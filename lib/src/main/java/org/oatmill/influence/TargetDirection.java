package org.oatmill.influence;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;
import org.oatmill.model.Batch;
import org.oatmill.model.DifferentiableLm;
import org.oatmill.model.Direction;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Sides;
import org.oatmill.model.Subspace;

/**
 * Where the target loss rises fastest, or what is known of it: v, one value per coordinate that may
 * move, the gradient of the mean loss of the target rows, each counted with its weight.
 *
 * @param parts coordinates that may move
 * @param values by tensor, one per coordinate of its part
 * @param norm Euclidean length
 * @param forwards target rows measured
 * @param backwards target rows differentiated
 */
record TargetDirection(
        List<Subspace.Part> parts, Map<String, float[]> values, double norm, long forwards, long backwards)
        implements Serializable {

    private static final int BLOCK = 1024;

    /**
     * By backward passes. Gradients are summed in double over blocks of 1,024 rows in the order of
     * their ids, in a block in the order of its micro-batches; blocks are added in order.
     */
    static TargetDirection ofGradients(Evidence evidence, Checkpoint at) {
        List<List<Batch>> blocks = new ArrayList<>();
        for (int from = 0; from < evidence.target().size(); from += BLOCK) {
            blocks.add(Evidence.batches(
                    evidence.target().subList(from, Math.min(evidence.target().size(), from + BLOCK))));
        }
        Objective objective = evidence.objective();
        Map<String, double[]> total = zero(at.parts());
        for (Map<String, double[]> block :
                evidence.model().each(blocks, (model, batches) -> sum(model, batches, objective))) {
            block.forEach((tensor, sums) -> add(total, tensor, sums));
        }
        double weight = weight(evidence.target());
        Map<String, float[]> mean = new HashMap<>();
        total.forEach((tensor, sums) -> {
            float[] values = new float[sums.length];
            for (int i = 0; i < sums.length; i++) {
                values[i] = (float) (sums[i] / weight);
            }
            mean.put(tensor, values);
        });
        long rows = evidence.target().size();
        return of(at.parts(), mean, rows, rows);
    }

    private static Map<String, double[]> sum(DifferentiableLm model, List<Batch> block, Objective objective) {
        Map<String, double[]> sum = zero(model.trainable());
        for (Batch batch : block) {
            model.gradients(batch, objective, (row, tensor, gradient) -> {
                double[] sums = sum.get(tensor);
                double weight = batch.rows().get(row).weight();
                for (int i = 0; sums != null && i < gradient.length; i++) {
                    sums[i] += weight * gradient[i];
                }
            });
        }
        return sum;
    }

    private static Map<String, double[]> zero(List<Subspace.Part> parts) {
        Map<String, double[]> zero = new HashMap<>();
        parts.forEach(part -> zero.put(part.name(), new double[Math.toIntExact(part.size())]));
        return zero;
    }

    private static void add(Map<String, double[]> total, String tensor, double[] more) {
        double[] sums = total.get(tensor);
        for (int i = 0; sums != null && i < more.length; i++) {
            sums[i] += more[i];
        }
    }

    private static double weight(List<EvidenceRow> target) {
        double weight = 0;
        for (EvidenceRow row : target) {
            weight += row.example().weight();
        }
        if (!(weight > 0)) {
            throw new UserException("Cannot value rows: the weights of the " + target.size() + " target rows add up to "
                    + weight + ", expected more than 0; look at the target split's rows and their labels");
        }
        return weight;
    }

    /**
     * By forward passes: 1/q times the sum over q seeds of [L(theta + r z) - L(theta - r z)] / 2r z,
     * L being the mean loss of the target rows.
     *
     * @param radiusRatio length of a probe, as a share of the length of theta
     */
    static TargetDirection ofSeeds(Evidence evidence, Checkpoint at, int seeds, Noise.Law law, double radiusRatio) {
        long dimension = at.parts().stream().mapToLong(Subspace.Part::size).sum();
        float radius = radius(radiusRatio, at.norm(), Math.sqrt(dimension));
        Objective objective = evidence.objective();
        long master = evidence.seed();
        List<Batch> batches = Evidence.batches(evidence.target());
        List<double[][]> measured = evidence.model().each(batches, (model, batch) -> IntStream.range(0, seeds)
                .mapToObj(query -> model.sides(batch, seed(law, master, query), radius))
                .map(sides -> Losses.slopes(batch, sides.plus(), sides.minus(), radius, objective))
                .toArray(double[][]::new));
        Map<String, double[]> byRow = new HashMap<>();
        for (int b = 0; b < batches.size(); b++) {
            List<Example> rows = batches.get(b).rows();
            for (int r = 0; r < rows.size(); r++) {
                double[] slopes = new double[seeds];
                for (int query = 0; query < seeds; query++) {
                    slopes[query] = measured.get(b)[query][r];
                }
                byRow.put(rows.get(r).id(), slopes);
            }
        }
        double weight = weight(evidence.target());
        double[] slope = new double[seeds];
        for (EvidenceRow row : evidence.target()) {
            double[] own = byRow.getOrDefault(row.id(), new double[seeds]);
            for (int query = 0; query < seeds; query++) {
                slope[query] += row.example().weight() * own[query];
            }
        }
        List<Direction.Term> terms = IntStream.range(0, seeds)
                .mapToObj(
                        query -> new Direction.Term(seed(law, master, query), (float) (slope[query] / weight / seeds)))
                .toList();
        long forwards = 2L * seeds * evidence.target().size();
        return of(at.parts(), formed(new Direction.Combination(terms), at.parts()), forwards, 0);
    }

    private static Direction.Seed seed(Noise.Law law, long master, int query) {
        return new Direction.Seed(law, master, 0, query);
    }

    // Formed once: thousands of seeds would cost every probe more than its two forwards.
    private static Map<String, float[]> formed(Direction direction, List<Subspace.Part> parts) {
        Map<String, float[]> values = new HashMap<>();
        for (Subspace.Part part : parts) {
            float[] own = new float[Math.toIntExact(part.size())];
            long[] kept = part.kept();
            if (kept == null) {
                direction.of(part.name()).add(0, 1, own, 0, own.length);
            } else {
                direction.of(part.name()).add(kept, 0, 1, own, 0, own.length);
            }
            values.put(part.name(), own);
        }
        return values;
    }

    private static TargetDirection of(
            List<Subspace.Part> parts, Map<String, float[]> values, long forwards, long backwards) {
        double squares = 0;
        for (Subspace.Part part : parts) {
            for (float value : values.getOrDefault(part.name(), new float[0])) {
                squares += (double) value * value;
            }
        }
        if (!(squares > 0)) {
            throw new UserException("Cannot value rows: the gradient of the target loss is zero, expected a loss that"
                    + " the model can lower; an objective such as option-cross-entropy needs two options a row");
        }
        return new TargetDirection(parts, values, Math.sqrt(squares), forwards, backwards);
    }

    /** Radius at which a direction of some length moves theta by a share of its own length. */
    static float radius(double ratio, double theta, double direction) {
        float radius = (float) (ratio * theta / direction);
        if (!(radius > 0) || Float.isInfinite(radius)) {
            throw new UserException("Cannot value rows: radius = " + radius + ", expected a number above 0; the"
                    + " coordinates that may move have length " + theta + ", the direction " + direction);
        }
        return radius;
    }

    /** As the model takes it: full tensors, zero where nothing may move. */
    Direction direction() {
        Map<String, float[]> full = new HashMap<>();
        for (Subspace.Part part : parts) {
            float[] own = values.getOrDefault(part.name(), new float[0]);
            long[] kept = part.kept();
            float[] all = own;
            if (kept != null) {
                all = new float[Math.toIntExact(part.tensor().size())];
                for (int i = 0; i < kept.length; i++) {
                    all[(int) kept[i]] = own[i];
                }
            }
            full.put(part.name(), all);
        }
        return new Direction.Stored(full);
    }

    /** How steeply each row's loss rises along this direction: two forwards a row. */
    Valuation slopes(Evidence evidence, Checkpoint at, double radiusRatio) {
        float radius = radius(radiusRatio, at.norm(), norm);
        Objective objective = evidence.objective();
        Direction along = direction();
        double[] scores = evidence.measured((model, batch) -> {
            Sides sides = model.sides(batch, along, radius);
            return Losses.slopes(batch, sides.plus(), sides.minus(), radius, objective);
        });
        return new Valuation(
                scores,
                at.name(),
                Valuation.NONE,
                forwards + 2L * scores.length,
                backwards,
                Map.of("radius", (double) radius, "target_gradient_norm", norm, "theta_norm", at.norm()));
    }
}
