package org.oatmill.sampling.kernel;

/**
 * The Walsh-Hadamard transform of floats, in natural order and not normalised: {@code z[j] = } sum over i
 * of (-1)^(bits that i and j share) x[i]. n is a power of two.
 *
 * <p>The wide stages are loops that the compiler makes vector instructions of, which it does from one array
 * to another only; the narrow ones take eight values at a time.
 */
final class WalshHadamard {
    private WalshHadamard() {}

    /** In {@code x} or in {@code y}: whichever is returned. The other is overwritten. */
    static float[] of(float[] x, int n, float[] y) {
        int stages = Integer.numberOfTrailingZeros(n);
        int eights = stages >= 6 ? 2 : stages >= 3 ? 1 : 0;
        float[] in = x;
        float[] out = y;
        int half = n / 2;
        for (int stage = stages - 3 * eights; stage > 0; stage--, half /= 2) {
            for (int from = 0; from < n; from += 2 * half) {
                add(in, out, from, half);
                subtract(in, out, from, half);
            }
            float[] swap = in;
            in = out;
            out = swap;
        }
        if (eights == 2) {
            eights(in, n, 8);
        }
        if (eights >= 1) {
            eights(in, n, 1);
        }
        return in;
    }

    /** The first of its values alone, a power of two of them; in {@code x} or in {@code y}, whichever is returned. */
    static float[] first(int outputs, float[] x, int n, float[] y) {
        float[] in = x;
        float[] out = y;
        for (int half = n / 2; half >= outputs; half /= 2) {
            add(in, out, 0, half);
            float[] swap = in;
            in = out;
            out = swap;
        }
        return of(in, outputs, out);
    }

    private static void add(float[] in, float[] out, int from, int half) {
        for (int i = from; i < from + half; i++) {
            out[i] = in[i] + in[i + half];
        }
    }

    private static void subtract(float[] in, float[] out, int from, int half) {
        for (int i = from; i < from + half; i++) {
            out[i + half] = in[i] - in[i + half];
        }
    }

    /** Three stages in place, of values that lie 4, 2 and 1 strides apart. */
    private static void eights(float[] x, int n, int stride) {
        for (int from = 0; from < n; from += 8 * stride) {
            for (int i = from; i < from + stride; i++) {
                float a = x[i] + x[i + stride];
                float b = x[i] - x[i + stride];
                float c = x[i + 2 * stride] + x[i + 3 * stride];
                float d = x[i + 2 * stride] - x[i + 3 * stride];
                float e = x[i + 4 * stride] + x[i + 5 * stride];
                float f = x[i + 4 * stride] - x[i + 5 * stride];
                float g = x[i + 6 * stride] + x[i + 7 * stride];
                float h = x[i + 6 * stride] - x[i + 7 * stride];
                x[i] = (a + c) + (e + g);
                x[i + stride] = (b + d) + (f + h);
                x[i + 2 * stride] = (a - c) + (e - g);
                x[i + 3 * stride] = (b - d) + (f - h);
                x[i + 4 * stride] = (a + c) - (e + g);
                x[i + 5 * stride] = (b + d) - (f + h);
                x[i + 6 * stride] = (a - c) - (e - g);
                x[i + 7 * stride] = (b - d) - (f - h);
            }
        }
    }
}
