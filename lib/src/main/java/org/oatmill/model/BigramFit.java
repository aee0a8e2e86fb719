package org.oatmill.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.oatmill.core.Noise;

/**
 * Weights of a {@link BigramNet} from counted bigrams, in closed form.
 *
 * <p>The logits of the net are to be log q(next) + M(token, next), with q the smoothed frequency of
 * a token and M the log of how much likelier it is behind the given one. M, weighted by the square
 * roots of both frequencies, is factored by subspace iteration (Halko, Martinsson and Tropp, SIAM
 * Review 2011) to hidden - 2 dimensions; one dimension is constant and carries log q, the last one
 * fills every embedding up to the same length, so that the norms divide all by one number. The
 * layer's own matrices are small and random: they blur the fit by a percent or two, and give
 * adapters something to hold on to.
 */
final class BigramFit {
    /** Weight of the overall frequencies in a token's own, in observations. */
    private static final double SMOOTHING = 4;

    private static final int ITERATIONS = 8;

    private BigramFit() {}

    static Map<String, float[]> weights(List<String> texts, Tokenizer tokenizer, int hidden) {
        int size = tokenizer.size();
        int rank = hidden - 2;
        if (rank < 1) {
            throw new IllegalArgumentException("Cannot fit: hidden = " + hidden + ", expected at least 3");
        }
        double[][] counts = counts(texts, tokenizer);
        double[] before = new double[size];
        double[] after = new double[size];
        double total = 0;
        for (int p = 0; p < size; p++) {
            for (int n = 0; n < size; n++) {
                before[p] += counts[p][n];
                after[n] += counts[p][n];
                total += counts[p][n];
            }
        }
        double[] frequency = new double[size];
        double[] left = new double[size];
        double[] right = new double[size];
        for (int n = 0; n < size; n++) {
            frequency[n] = (after[n] + 0.5) / (total + 0.5 * size);
            right[n] = Math.sqrt(frequency[n]);
            left[n] = Math.sqrt((before[n] + 0.5) / (total + 0.5 * size));
        }
        double[][] matrix = new double[size][size];
        for (int p = 0; p < size; p++) {
            for (int n = 0; n < size; n++) {
                double share = (counts[p][n] + SMOOTHING * frequency[n]) / (before[p] + SMOOTHING);
                matrix[p][n] = left[p] * Math.log(share / frequency[n]) * right[n];
            }
        }
        double[][] basis = basis(matrix, rank);
        double[][] factors = times(matrix, basis);
        double mean = 0;
        for (int p = 0; p < size; p++) {
            for (int r = 0; r < rank; r++) {
                factors[p][r] /= left[p];
                mean += factors[p][r] * factors[p][r] / size;
            }
        }
        double unit = Math.sqrt(Math.max(mean, 1e-12));
        double longest = 0;
        double[] length = new double[size];
        for (int p = 0; p < size; p++) {
            length[p] = 1
                    + Arrays.stream(factors[p]).map(v -> v * v / (unit * unit)).sum();
            longest = Math.max(longest, length[p]);
        }
        float[] embedding = new float[size * hidden];
        float[] head = new float[size * hidden];
        for (int t = 0; t < size; t++) {
            embedding[t * hidden] = 1;
            head[t * hidden] = (float) Math.log(frequency[t]);
            for (int r = 0; r < rank; r++) {
                embedding[t * hidden + 1 + r] = (float) (factors[t][r] / unit);
                head[t * hidden + 1 + r] = (float) (basis[t][r] * unit / right[t]);
            }
            embedding[t * hidden + hidden - 1] = (float) Math.sqrt(longest - length[t]);
        }
        float gain = (float) Math.sqrt(longest / hidden);
        Map<String, float[]> weights = new HashMap<>();
        weights.put(BigramNet.EMBEDDING, embedding);
        weights.put(BigramNet.HEAD, head);
        weights.put(BigramNet.FINAL_NORM, filled(hidden, gain));
        weights.put(BigramNet.INPUT_NORM, filled(hidden, 1));
        weights.put(BigramNet.VALUE, small(BigramNet.VALUE, hidden));
        weights.put(BigramNet.OUTPUT, small(BigramNet.OUTPUT, hidden));
        return weights;
    }

    private static double[][] counts(List<String> texts, Tokenizer tokenizer) {
        double[][] counts = new double[tokenizer.size()][tokenizer.size()];
        for (String text : texts) {
            int previous = tokenizer.bos();
            for (int token : tokenizer.encode(text)) {
                counts[previous][token]++;
                previous = token;
            }
            counts[previous][tokenizer.eos()]++;
        }
        return counts;
    }

    /** Orthonormal columns [size][rank] close to the strongest right singular vectors. */
    private static double[][] basis(double[][] matrix, int rank) {
        int size = matrix.length;
        double[][] basis = new double[size][rank];
        float[] start = new float[size * rank];
        Noise.stream(0, 0, 0, "subspace-iteration").fill(Noise.Law.GAUSSIAN, 0, start, 0, start.length);
        for (int i = 0; i < start.length; i++) {
            basis[i / rank][i % rank] = start[i];
        }
        orthonormalise(basis);
        for (int iteration = 0; iteration < ITERATIONS; iteration++) {
            double[][] image = times(matrix, basis);
            double[][] next = new double[size][rank];
            for (int p = 0; p < size; p++) {
                for (int n = 0; n < size; n++) {
                    for (int r = 0; r < rank; r++) {
                        next[n][r] += matrix[p][n] * image[p][r];
                    }
                }
            }
            basis = next;
            orthonormalise(basis);
        }
        return basis;
    }

    private static double[][] times(double[][] matrix, double[][] basis) {
        double[][] product = new double[matrix.length][basis[0].length];
        for (int p = 0; p < matrix.length; p++) {
            for (int n = 0; n < basis.length; n++) {
                for (int r = 0; r < basis[0].length; r++) {
                    product[p][r] += matrix[p][n] * basis[n][r];
                }
            }
        }
        return product;
    }

    /** Gram-Schmidt, twice over for accuracy; a column that vanishes becomes zero. */
    private static void orthonormalise(double[][] columns) {
        int rank = columns[0].length;
        for (int c = 0; c < rank; c++) {
            for (int pass = 0; pass < 2; pass++) {
                for (int other = 0; other < c; other++) {
                    double along = 0;
                    for (double[] row : columns) {
                        along += row[c] * row[other];
                    }
                    for (double[] row : columns) {
                        row[c] -= along * row[other];
                    }
                }
            }
            double length = 0;
            for (double[] row : columns) {
                length += row[c] * row[c];
            }
            length = Math.sqrt(length);
            for (double[] row : columns) {
                row[c] = length > 1e-12 ? row[c] / length : 0;
            }
        }
    }

    private static float[] small(String name, int hidden) {
        float[] w = new float[hidden * hidden];
        float scale = (float) (0.1 / Math.sqrt(hidden));
        Noise.stream(0, 0, 0, "small\0" + name).add(Noise.Law.GAUSSIAN, 0, scale, w, 0, w.length);
        return w;
    }

    private static float[] filled(int length, float value) {
        float[] w = new float[length];
        Arrays.fill(w, value);
        return w;
    }
}
