package org.oatmill.djl;

import java.util.Map;

/**
 * The same model in float64, one loop a formula, without a thought of speed: the twin of the engine.
 * Written from the papers (Touvron et al., arXiv 2302.13971; Su et al., arXiv 2104.09864; Ainslie et
 * al., arXiv 2305.13245), and not from the engine.
 */
final class RefLlama {
    private final DecoderConfig c;
    private final Map<String, double[]> w;

    RefLlama(DecoderConfig config, Map<String, double[]> weights) {
        this.c = config;
        this.w = weights;
    }

    /** Logits of every position. */
    double[][] logits(int[] tokens) {
        double[][] h = hidden(tokens);
        double[][] logits = new double[tokens.length][];
        for (int t = 0; t < tokens.length; t++) {
            logits[t] = times(c.tied() ? "model.embed_tokens.weight" : "lm_head.weight", h[t], c.vocabulary(), null);
        }
        return logits;
    }

    /** Mean negative log-likelihood of the tokens from {@code scoredFrom} on. */
    double loss(int[] tokens, int scoredFrom) {
        double[][] logits = logits(tokens);
        double sum = 0;
        for (int t = scoredFrom; t < tokens.length; t++) {
            double all = 0;
            for (double z : logits[t - 1]) {
                all += Math.exp(z);
            }
            sum += Math.log(all) - logits[t - 1][tokens[t]];
        }
        return sum / (tokens.length - scoredFrom);
    }

    /** After the final norm. */
    double[][] hidden(int[] tokens) {
        int n = tokens.length;
        double[][] h = new double[n][c.hidden()];
        for (int t = 0; t < n; t++) {
            for (int i = 0; i < c.hidden(); i++) {
                h[t][i] = w.get("model.embed_tokens.weight")[tokens[t] * c.hidden() + i];
            }
        }
        for (int layer = 0; layer < c.layers(); layer++) {
            String p = "model.layers." + layer + ".";
            double[][][] q = new double[n][][];
            double[][][] k = new double[n][][];
            double[][][] v = new double[n][][];
            for (int t = 0; t < n; t++) {
                double[] x = norm(h[t], p + "input_layernorm.weight");
                q[t] = heads(p + "self_attn.q", x, c.heads(), t, true);
                k[t] = heads(p + "self_attn.k", x, c.kvHeads(), t, true);
                v[t] = heads(p + "self_attn.v", x, c.kvHeads(), t, false);
            }
            for (int t = 0; t < n; t++) {
                double[] attended = new double[c.heads() * c.headDim()];
                for (int head = 0; head < c.heads(); head++) {
                    int kv = head / (c.heads() / c.kvHeads());
                    int first = c.window() == 0 ? 0 : Math.max(0, t - c.window() + 1);
                    double[] score = new double[t + 1];
                    double all = 0;
                    for (int s = first; s <= t; s++) {
                        for (int i = 0; i < c.headDim(); i++) {
                            score[s] += q[t][head][i] * k[s][kv][i];
                        }
                        score[s] = Math.exp(score[s] / Math.sqrt(c.headDim()));
                        all += score[s];
                    }
                    for (int s = first; s <= t; s++) {
                        for (int i = 0; i < c.headDim(); i++) {
                            attended[head * c.headDim() + i] += score[s] / all * v[s][kv][i];
                        }
                    }
                }
                add(h[t], linear(p + "self_attn.o_proj", attended, c.hidden()));
            }
            for (int t = 0; t < n; t++) {
                double[] y = norm(h[t], p + "post_attention_layernorm.weight");
                double[] gate = linear(p + "mlp.gate_proj", y, c.intermediate());
                double[] up = linear(p + "mlp.up_proj", y, c.intermediate());
                for (int i = 0; i < gate.length; i++) {
                    gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
                }
                add(h[t], linear(p + "mlp.down_proj", gate, c.hidden()));
            }
        }
        for (int t = 0; t < n; t++) {
            h[t] = norm(h[t], "model.norm.weight");
        }
        return h;
    }

    private double[][] heads(String name, double[] x, int count, int position, boolean rotated) {
        double[] flat = linear(name + "_proj", x, count * c.headDim());
        double[][] heads = new double[count][c.headDim()];
        for (int head = 0; head < count; head++) {
            System.arraycopy(flat, head * c.headDim(), heads[head], 0, c.headDim());
            if (rotated && w.containsKey(name + "_norm.weight")) {
                heads[head] = norm(heads[head], name + "_norm.weight");
            }
            if (rotated) {
                heads[head] = rotate(heads[head], position);
            }
        }
        return heads;
    }

    private double[] rotate(double[] x, int position) {
        int half = x.length / 2;
        double[] y = new double[x.length];
        for (int i = 0; i < half; i++) {
            double angle = position * frequency(i, x.length);
            y[i] = x[i] * Math.cos(angle) - x[i + half] * Math.sin(angle);
            y[i + half] = x[i + half] * Math.cos(angle) + x[i] * Math.sin(angle);
        }
        return y;
    }

    /** Llama 3.1's rule: long waves are stretched by the factor, short ones kept, those between mixed. */
    private double frequency(int i, int length) {
        DecoderConfig.Rope rope = c.rope();
        double f = 1 / Math.pow(rope.theta(), 2.0 * i / length);
        if (rope.scaling().equals("linear")) {
            return f / rope.factor();
        }
        if (rope.scaling().equals("default")) {
            return f;
        }
        double turns = rope.original() * f / (2 * Math.PI);
        double keep = Math.min(1, Math.max(0, (turns - rope.lowFactor()) / (rope.highFactor() - rope.lowFactor())));
        return keep * f + (1 - keep) * f / rope.factor();
    }

    private double[] norm(double[] x, String gain) {
        double squares = 0;
        for (double v : x) {
            squares += v * v;
        }
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / Math.sqrt(squares / x.length + c.epsilon()) * w.get(gain)[i];
        }
        return y;
    }

    private double[] linear(String name, double[] x, int outputs) {
        return times(name + ".weight", x, outputs, w.get(name + ".bias"));
    }

    private double[] times(String name, double[] x, int outputs, double[] bias) {
        double[] matrix = w.get(name);
        double[] y = new double[outputs];
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < x.length; i++) {
                y[o] += x[i] * matrix[o * x.length + i];
            }
            y[o] += bias == null ? 0 : bias[o];
        }
        return y;
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }
}
