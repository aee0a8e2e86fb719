package org.oatmill.sampling.kernel;

import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;

/**
 * Projections on {@code count} random directions in O(d + count log d) additions: H G_b H D x, with H
 * the Walsh-Hadamard transform of n &gt;= d coordinates, D random signs and G_b a diagonal of Gaussians
 * for each block b of directions (Le, Sarlos and Smola, "Fastfood", ICML 2013; Andoni et al.,
 * NeurIPS 2015).
 *
 * <p>H D turns x without changing lengths and angles, so that no coordinate stands out. A row of H G_b
 * is a vector of n independent Gaussians up to signs. So every product is exactly Gaussian, two rows'
 * products are jointly so with the covariance of their inner product, and any collision law that holds
 * of {@link Projections#GAUSSIAN} holds here exactly. Directions of different blocks are independent;
 * two of one block are nearly so, with correlations of about sqrt(2 / n).
 *
 * <p>Direction j is number j / 16 (mod n) of block j % 16 + 16 (j / 16 n): 16 directions in a row, as
 * they are concatenated to sharpen a kernel, are of 16 blocks and so wholly independent. Only the
 * outputs that are asked for are computed. The signs are those of the noise stream (seed, 0, 0, use +
 * "-signs"), the diagonals those of (seed, 0, b, use + "-diagonal").
 *
 * <p>Differs from Fastfood: no permutation and no scaling of lengths, because a Gaussian diagonal beside
 * H already has Gaussian products, and independence comes from more blocks.
 */
final class HadamardProjections implements Projections.Projector {

    /** Dimensions beyond which vectors are sparse, and a plain projection is as fast. */
    static final int LONGEST = 8192;

    private static final int SHORTEST = 64;
    private static final int LANES = 16;

    private final long seed;
    private final int count;
    private final String use;
    private final ConcurrentMap<Integer, Tables> tables = new ConcurrentHashMap<>();

    /** Of vectors with n coordinates: n signs, and diagonals of n, block by block. */
    private record Tables(float[] signs, float[][] diagonals) {}

    HadamardProjections(long seed, int count, String use) {
        this.seed = seed;
        this.count = count;
        this.use = use;
    }

    @Override
    public void of(Vector row, double[] products) {
        int n = Math.max(SHORTEST, powerOfTwo(row.size()));
        Tables t = tables.computeIfAbsent(n, this::tables);
        float[] spread = new float[n];
        // Scaled to [1, 2), so that no sum leaves the range of a float.
        int exponent = exponent(row);
        double scale = Math.scalb(1.0, -exponent);
        for (int k = 0; k < row.stored(); k++) {
            int i = row.index(k);
            spread[i] = (float) (row.values()[k] * scale) * t.signs[i];
        }
        spread = WalshHadamard.of(spread, n, new float[n]);
        double back = Math.scalb(1 / Math.sqrt(n), exponent);
        float[] in = new float[n];
        float[] other = new float[n];
        float[][] outputs = new float[LANES][];
        for (int first = 0; first < count; first += LANES * n) {
            int wanted = Math.min(n, (count - first + LANES - 1) / LANES);
            for (int lane = 0; lane < LANES && first + lane < count; lane++) {
                float[] diagonal = t.diagonals[first / n + lane];
                for (int i = 0; i < n; i++) {
                    in[i] = spread[i] * diagonal[i];
                }
                outputs[lane] = Arrays.copyOf(WalshHadamard.first(powerOfTwo(wanted), in, n, other), wanted);
            }
            for (int i = 0, j = first; i < wanted; i++) {
                for (int lane = 0; lane < LANES && j < count; lane++, j++) {
                    products[j] = back * outputs[lane][i];
                }
            }
        }
    }

    private static int exponent(Vector row) {
        float largest = Float.MIN_VALUE;
        for (float value : row.values()) {
            largest = Math.max(largest, Math.abs(value));
        }
        // Of a subnormal float as well: its double is none.
        return Math.getExponent((double) largest);
    }

    private static int powerOfTwo(int atLeast) {
        return atLeast <= 1 ? 1 : Integer.highestOneBit(atLeast - 1) << 1;
    }

    private Tables tables(int n) {
        int inSuperblock = n * LANES;
        int blocks = (count - 1) / inSuperblock * LANES + Math.min(LANES, (count - 1) % inSuperblock + 1);
        float[] signs = new float[n];
        Noise.stream(seed, 0, 0, use + "-signs").fill(Noise.Law.RADEMACHER, 0, signs, 0, n);
        float[][] diagonals = new float[blocks][n];
        for (int b = 0; b < blocks; b++) {
            Noise.stream(seed, 0, b, use + "-diagonal").fill(Noise.Law.GAUSSIAN, 0, diagonals[b], 0, n);
        }
        return new Tables(signs, diagonals);
    }
}
