package org.oatmill.sampling.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalshHadamardTest {

    /** Whole numbers, of which floats make exact sums. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048})
    void fastIsTheDefinitionWholeAndInPart(int n) {
        Random random = new Random(n);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextInt(201) - 100;
        }
        float[] whole = WalshHadamard.of(x.clone(), n, new float[n]);
        for (int outputs = 1; outputs <= n; outputs *= 2) {
            float[] part = WalshHadamard.first(outputs, x.clone(), n, new float[n]);
            for (int j = 0; j < outputs; j += 1 + outputs / 50) {
                float sum = 0;
                for (int i = 0; i < n; i++) {
                    sum += Integer.bitCount(i & j) % 2 == 0 ? x[i] : -x[i];
                }
                assertEquals(sum, whole[j]);
                assertEquals(sum, part[j]);
            }
        }
    }
}
