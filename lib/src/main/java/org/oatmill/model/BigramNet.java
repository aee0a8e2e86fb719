package org.oatmill.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The function that {@link BigramLm} computes, and its derivative, at one set of weights. All
 * arithmetic is in double.
 *
 * <p>A decoder of one layer whose attention sees the current token alone (its softmax over one
 * position is 1, so neither queries nor keys exist) and without feed-forward: {@code x = E[token]; y
 * = x + O·V·norm(x, g1); logits = H·norm(y, g2)}, with {@code norm(x, g) = g·x / sqrt(mean(x²) + 1e-6)}.
 */
final class BigramNet {
    static final String EMBEDDING = "model.embed_tokens.weight";
    static final String INPUT_NORM = "model.layers.0.input_layernorm.weight";
    static final String VALUE = "model.layers.0.self_attn.v_proj.weight";
    static final String OUTPUT = "model.layers.0.self_attn.o_proj.weight";
    static final String FINAL_NORM = "model.norm.weight";
    static final String HEAD = "lm_head.weight";

    private static final double TINY = 1e-6;

    private final int vocabulary;
    private final int hidden;
    private final double[] embedding;
    private final double[] inputNorm;
    private final double[] value;
    private final double[] output;
    private final double[] finalNorm;
    private final double[] head;

    /** Its tensors, in the order of the checkpoint. */
    static List<TensorShape> tensors(int vocabulary, int hidden) {
        return List.of(
                new TensorShape(EMBEDDING, List.of(vocabulary, hidden)),
                new TensorShape(INPUT_NORM, List.of(hidden)),
                new TensorShape(VALUE, List.of(hidden, hidden)),
                new TensorShape(OUTPUT, List.of(hidden, hidden)),
                new TensorShape(FINAL_NORM, List.of(hidden)),
                new TensorShape(HEAD, List.of(vocabulary, hidden)));
    }

    /** @param weights the model's tensors and, where there are adapters, theirs */
    BigramNet(int vocabulary, int hidden, Map<String, float[]> weights, Subspace.@Nullable Lora lora) {
        this.vocabulary = vocabulary;
        this.hidden = hidden;
        embedding = formed(EMBEDDING, weights, lora);
        inputNorm = formed(INPUT_NORM, weights, lora);
        value = formed(VALUE, weights, lora);
        output = formed(OUTPUT, weights, lora);
        finalNorm = formed(FINAL_NORM, weights, lora);
        head = formed(HEAD, weights, lora);
    }

    /** A tensor, with its adapters added where it has some. */
    private static double[] formed(String name, Map<String, float[]> weights, Subspace.@Nullable Lora lora) {
        double[] w = widen(weights, name);
        if (lora != null && weights.containsKey(adapter(name, true))) {
            Adapters ab = new Adapters(weights, name, lora);
            for (int o = 0; o < ab.out; o++) {
                for (int i = 0; i < ab.in; i++) {
                    for (int r = 0; r < ab.rank; r++) {
                        w[o * ab.in + i] += ab.scale * ab.b[o * ab.rank + r] * ab.a[r * ab.in + i];
                    }
                }
            }
        }
        return w;
    }

    /** What follows from the current token. */
    private final class Forward {
        final int token;
        final double[] x = new double[hidden];
        final double[] normed = new double[hidden];
        final double[] v;
        final double[] y;
        final double[] state = new double[hidden];
        final double xScale;
        final double yScale;

        Forward(int token) {
            this.token = token;
            System.arraycopy(embedding, token * hidden, x, 0, hidden);
            xScale = norm(x, inputNorm, normed);
            v = times(value, normed);
            y = times(output, v);
            add(y, x);
            yScale = norm(y, finalNorm, state);
        }

        double[] logits() {
            return times(head, state);
        }
    }

    /** Last state after the final norm. */
    double[] state(int token) {
        return new Forward(token).state;
    }

    float[] logits(int token) {
        double[] logits = new Forward(token).logits();
        float[] narrow = new float[vocabulary];
        for (int v = 0; v < vocabulary; v++) {
            narrow[v] = (float) logits[v];
        }
        return narrow;
    }

    /** Negative log-likelihood of every scored token, in nats. */
    double[] tokenLosses(Sequence sequence) {
        double[] losses = new double[sequence.scored()];
        for (int s = 0; s < losses.length; s++) {
            int at = sequence.scoredFrom() + s;
            double[] logits = new Forward(sequence.tokens()[at - 1]).logits();
            losses[s] = logSumExp(logits) - logits[sequence.tokens()[at]];
        }
        return losses;
    }

    /** Weighted mean of {@link #tokenLosses}. */
    double loss(Sequence sequence) {
        double[] losses = tokenLosses(sequence);
        double sum = 0;
        for (int s = 0; s < losses.length; s++) {
            sum += share(sequence, s) * losses[s];
        }
        return sum;
    }

    float[] losses(Example row) {
        float[] losses = new float[row.options().size()];
        for (int o = 0; o < losses.length; o++) {
            losses[o] = (float) loss(row.options().get(o));
        }
        return losses;
    }

    /** Gradient by every tensor of the model, as if adapters were part of their weight. */
    Map<String, double[]> gradient(Example row, double[] slope) {
        Map<String, double[]> gradient = new HashMap<>();
        tensors(vocabulary, hidden).forEach(t -> gradient.put(t.name(), new double[(int) t.size()]));
        for (int o = 0; o < slope.length; o++) {
            Sequence sequence = row.options().get(o);
            for (int s = 0; s < sequence.scored(); s++) {
                int at = sequence.scoredFrom() + s;
                Forward forward = new Forward(sequence.tokens()[at - 1]);
                double[] logits = forward.logits();
                double total = logSumExp(logits);
                for (int v = 0; v < vocabulary; v++) {
                    logits[v] = slope[o]
                            * share(sequence, s)
                            * (Math.exp(logits[v] - total) - (v == sequence.tokens()[at] ? 1 : 0));
                }
                backward(forward, logits, gradient);
            }
        }
        return gradient;
    }

    private void backward(Forward forward, double[] byLogits, Map<String, double[]> gradient) {
        outer(byLogits, forward.state, of(gradient, HEAD));
        double[] byState = transposed(head, byLogits, hidden);
        double[] byY = normBackward(forward.y, forward.yScale, finalNorm, byState, of(gradient, FINAL_NORM));
        outer(byY, forward.v, of(gradient, OUTPUT));
        double[] byV = transposed(output, byY, hidden);
        outer(byV, forward.normed, of(gradient, VALUE));
        double[] byNormed = transposed(value, byV, hidden);
        double[] byX = normBackward(forward.x, forward.xScale, inputNorm, byNormed, of(gradient, INPUT_NORM));
        add(byX, byY);
        double[] byEmbedding = of(gradient, EMBEDDING);
        for (int i = 0; i < hidden; i++) {
            byEmbedding[forward.token * hidden + i] += byX[i];
        }
    }

    /** From the gradient by a weight that has adapters to the gradients by A and B, in this order. */
    static List<float[]> adapterGradients(
            double[] byWeight, Map<String, float[]> weights, String tensor, Subspace.Lora lora) {
        Adapters ab = new Adapters(weights, tensor, lora);
        double[] byA = new double[ab.a.length];
        double[] byB = new double[ab.b.length];
        for (int o = 0; o < ab.out; o++) {
            for (int i = 0; i < ab.in; i++) {
                double g = ab.scale * byWeight[o * ab.in + i];
                for (int r = 0; r < ab.rank; r++) {
                    byA[r * ab.in + i] += g * ab.b[o * ab.rank + r];
                    byB[o * ab.rank + r] += g * ab.a[r * ab.in + i];
                }
            }
        }
        return List.of(narrow(byA), narrow(byB));
    }

    static String adapter(String weight, boolean down) {
        String module = weight.substring(0, weight.length() - ".weight".length());
        return down ? Subspace.Lora.a(module) : Subspace.Lora.b(module);
    }

    private static final class Adapters {
        final double[] a;
        final double[] b;
        final int out;
        final int in;
        final int rank;
        final double scale;

        Adapters(Map<String, float[]> weights, String tensor, Subspace.Lora lora) {
            a = widen(weights, adapter(tensor, true));
            b = widen(weights, adapter(tensor, false));
            rank = lora.rank();
            out = b.length / rank;
            in = a.length / rank;
            scale = (double) lora.alpha() / lora.rank();
        }
    }

    private static double share(Sequence sequence, int s) {
        float[] weights = sequence.weights();
        if (weights == null) {
            return 1.0 / sequence.scored();
        }
        double total = 0;
        for (float weight : weights) {
            total += weight;
        }
        return total == 0 ? 0 : weights[s] / total;
    }

    private double norm(double[] x, double[] gain, double[] out) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        double scale = 1 / Math.sqrt(squares / hidden + TINY);
        for (int i = 0; i < hidden; i++) {
            out[i] = gain[i] * x[i] * scale;
        }
        return scale;
    }

    private double[] normBackward(double[] x, double scale, double[] gain, double[] by, double[] byGain) {
        double along = 0;
        for (int i = 0; i < hidden; i++) {
            byGain[i] += by[i] * x[i] * scale;
            along += by[i] * gain[i] * x[i];
        }
        double[] byX = new double[hidden];
        for (int i = 0; i < hidden; i++) {
            byX[i] = scale * (by[i] * gain[i] - x[i] * along * scale * scale / hidden);
        }
        return byX;
    }

    private static double logSumExp(double[] logits) {
        double highest = Arrays.stream(logits).max().orElseThrow();
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit - highest);
        }
        return highest + Math.log(sum);
    }

    private static double[] times(double[] matrix, double[] x) {
        double[] product = new double[matrix.length / x.length];
        for (int o = 0, at = 0; o < product.length; o++) {
            double sum = 0;
            for (double v : x) {
                sum += matrix[at++] * v;
            }
            product[o] = sum;
        }
        return product;
    }

    private static double[] transposed(double[] matrix, double[] by, int in) {
        double[] product = new double[in];
        for (int o = 0; o < by.length; o++) {
            for (int i = 0; i < in; i++) {
                product[i] += matrix[o * in + i] * by[o];
            }
        }
        return product;
    }

    private static void outer(double[] by, double[] x, double[] sum) {
        for (int o = 0; o < by.length; o++) {
            for (int i = 0; i < x.length; i++) {
                sum[o * x.length + i] += by[o] * x[i];
            }
        }
    }

    private static void add(double[] sum, double[] x) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += x[i];
        }
    }

    private static double[] of(Map<String, double[]> tensors, String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    private static double[] widen(Map<String, float[]> weights, String name) {
        float[] narrow = Objects.requireNonNull(weights.get(name), name);
        double[] wide = new double[narrow.length];
        for (int i = 0; i < wide.length; i++) {
            wide[i] = narrow[i];
        }
        return wide;
    }

    static float[] narrow(double[] wide) {
        float[] narrow = new float[wide.length];
        for (int i = 0; i < wide.length; i++) {
            narrow[i] = (float) wide[i];
        }
        return narrow;
    }
}
