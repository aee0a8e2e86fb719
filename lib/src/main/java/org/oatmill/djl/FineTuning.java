package org.oatmill.djl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.oatmill.model.Batch;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;

/**
 * A model that learns a task by back-propagation, all its weights moving under {@link AdamW}: what
 * tuning by forward passes is compared with. Its result is weights, not a trajectory. Not for several
 * threads; equal batches give equal bits on one instruction set.
 */
public final class FineTuning implements AutoCloseable {
    private final DjlLm fork;
    private final AdamW law;
    private final Map<String, Moments> moments = new HashMap<>();
    private long steps;

    /** Of one tensor, in its numbers' order; the sum is of the step's gradients. */
    private record Moments(float[] theta, float[] first, float[] second, double[] sum, boolean decays) {
        static Moments of(TensorShape tensor, float[] theta) {
            return new Moments(
                    theta,
                    new float[theta.length],
                    new float[theta.length],
                    new double[theta.length],
                    tensor.shape().size() == 2);
        }
    }

    /** A copy of the base's weights, which stays as it is. */
    public FineTuning(DjlLm base, AdamW law) {
        this.fork = base.fork(new Subspace.Full());
        this.law = law;
        fork.trainable()
                .forEach(part -> moments.put(part.name(), Moments.of(part.tensor(), fork.coordinates(part.name()))));
    }

    /** The model as it is now; its counts are those of all that was measured and learned. */
    public CausalLm model() {
        return fork;
    }

    /**
     * One update, by the gradient of the rows' weighted mean loss.
     *
     * @param batches the rows of the step
     * @param rate of learning
     */
    public void step(List<Batch> batches, Objective objective, double rate) {
        double weight = batches.stream()
                .flatMap(batch -> batch.rows().stream())
                .mapToDouble(row -> row.weight())
                .sum();
        moments.values().forEach(moment -> Arrays.fill(moment.sum, 0));
        for (Batch batch : batches) {
            fork.gradients(batch, objective, (row, tensor, gradient) -> {
                double share = batch.rows().get(row).weight() / weight;
                double[] sum = Objects.requireNonNull(moments.get(tensor), tensor).sum;
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += share * gradient[i];
                }
            });
        }
        steps++;
        double shorten = Math.min(1, law.clip() / length());
        double firstBias = 1 - Math.pow(law.beta1(), steps);
        double secondBias = 1 - Math.pow(law.beta2(), steps);
        moments.forEach((name, m) -> {
            for (int i = 0; i < m.theta.length; i++) {
                double g = m.sum[i] * shorten;
                m.first[i] = (float) (law.beta1() * m.first[i] + (1 - law.beta1()) * g);
                m.second[i] = (float) (law.beta2() * m.second[i] + (1 - law.beta2()) * g * g);
                double move = m.first[i] / firstBias / (Math.sqrt(m.second[i] / secondBias) + law.epsilon());
                double kept = m.decays ? 1 - rate * law.weightDecay() : 1;
                m.theta[i] = (float) (kept * m.theta[i] - rate * move);
            }
            fork.overwrite(name, m.theta);
        });
    }

    /** Euclidean length of the step's gradient; tensors in the checkpoint's order, so that equal steps round equally. */
    private double length() {
        double squares = 0;
        for (TensorShape tensor : fork.tensors()) {
            Moments m = moments.get(tensor.name());
            double of = 0;
            for (int i = 0; m != null && i < m.sum.length; i++) {
                of += m.sum[i] * m.sum[i];
            }
            squares += of;
        }
        return Math.sqrt(squares);
    }

    /** The weights as they are now; a copy. */
    public Map<String, float[]> weights() {
        Map<String, float[]> copy = new HashMap<>();
        moments.forEach((name, m) -> copy.put(name, m.theta.clone()));
        return copy;
    }

    /**
     * Writes a directory that {@link DjlLm#open} opens: configuration and tokenizer of the base, and
     * these weights in float32.
     *
     * @param from directory that the base was opened from
     * @param weights as {@link #weights} gave them
     */
    public static void write(DjlLm base, Path from, Map<String, float[]> weights, Path directory) throws IOException {
        for (String file :
                List.of("config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            if (Files.exists(from.resolve(file))) {
                Files.copy(from.resolve(file), directory.resolve(file));
            }
        }
        Safetensors.write(directory.resolve("model.safetensors"), base.tensors(), Safetensors.Type.F32, weights::get);
    }

    @Override
    public void close() {
        fork.close();
    }
}
