package org.oatmill.sampling.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.oatmill.core.Noise;

class ExponentialTest {
    private static final Noise.Stream STREAM = Noise.stream(5, 0, 0, "test");
    private static final int DRAWS = 1_000_000;

    /** The share of draws beyond t is e^-t within 4 standard deviations: 20 times a chance of 1 in 16,000 to fail a correct program. */
    @Test
    void bothWaysAreExponential() {
        for (int way = 0; way < 2; way++) {
            int[] beyond = new int[10];
            for (int n = 0; n < DRAWS; n++) {
                long block = STREAM.hash(n);
                double x = way == 0 ? Exponential.of(block, STREAM) : Exponential.inverse(block);
                for (int t = 0; t < 10 && x > t + 0.3; t++) {
                    beyond[t]++;
                }
            }
            for (int t = 0; t < 10; t++) {
                double expected = Math.exp(-t - 0.3);
                assertEquals(
                        expected,
                        beyond[t] / (double) DRAWS,
                        4 * Math.sqrt(expected * (1 - expected) / DRAWS),
                        "t " + t);
            }
        }
    }

    @Test
    void inversionIsTheLogarithm() {
        for (int n = 0; n < 10_000; n++) {
            long block = STREAM.hash(n) >>> (n % 50);
            double u = (block >>> 11) * 0x1p-53;
            assertEquals(-StrictMath.log1p(-u), Exponential.inverse(block), 1e-11);
        }
    }
}
