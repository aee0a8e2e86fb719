package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ChanceTest {

    @Test
    void isNeverZeroNorOne() {
        assertTrue(Chance.unit(0) > 0);
        assertTrue(Chance.unit(-1) < 1);
        assertEquals(0x1p-54, Chance.unit(0));
        assertEquals(0.5 + 0x1p-53, Chance.unit(1L << 63), 0x1p-53);
    }

    @Test
    void isTheDefinedBlockOfItsStream() {
        long block = Noise.stream(7, 0, 0, "sample\0row-1").hash(0);

        assertEquals(((block >>> 11) + 0.5) / 0x1p53, Chance.u(7, "sample", "row-1"));
        assertEquals(Noise.stream(7, 0, 0, "documents").hash(0), Chance.stageSeed(7, "documents"));
    }

    @Test
    void purposeAndIdDoNotRunTogether() {
        assertNotEquals(Chance.u(1, "ab", "c"), Chance.u(1, "a", "bc"));
        assertNotEquals(Chance.u(1, "a", "b"), Chance.u(2, "a", "b"));
        assertNotEquals(Chance.u(1, "a", "b"), Chance.u(1, "b", "a"));
    }

    /** Kolmogorov-Smirnov over 100,000 ids: beyond 3.2 / sqrt(n) in 2 exp(-2 * 3.2^2) = 2.5e-9 of runs. */
    @Test
    void isUniformOverIds() {
        int n = 100_000;
        double[] u = new double[n];
        for (int i = 0; i < n; i++) {
            u[i] = Chance.u(0, "sample", Integer.toString(i));
        }
        Arrays.sort(u);
        double distance = 0;
        for (int i = 0; i < n; i++) {
            distance = Math.max(distance, Math.max((i + 1.0) / n - u[i], u[i] - (double) i / n));
        }
        assertTrue(distance < 3.2 / Math.sqrt(n), "distance = " + distance);
    }
}
