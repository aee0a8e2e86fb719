package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ObjectiveTest {

    private static final float[] LOSSES = {2.5f, 0.75f, 3.25f};

    static Stream<Objective> objectives() {
        return Objective.METHODS.rows().values().stream();
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void lowerLossOfTheGoldOptionIsNeverWorse(Objective objective) {
        for (int gold = 0; gold < 3; gold++) {
            double before = objective.of(row(gold), LOSSES);
            float[] better = LOSSES.clone();
            better[gold] -= 2;
            assertTrue(objective.of(row(gold), better) <= before);
        }
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void slopeIsTheDerivative(Objective objective) {
        if (objective instanceof Objective.NegativeAccuracy) {
            assertThrows(UnsupportedOperationException.class, () -> objective.slope(row(0), LOSSES));
            return;
        }
        double[] slope = objective.slope(row(1), LOSSES);
        for (int o = 0; o < 3; o++) {
            float[] above = LOSSES.clone();
            float[] below = LOSSES.clone();
            above[o] += 0x1p-10f;
            below[o] -= 0x1p-10f;
            double difference = (objective.of(row(1), above) - objective.of(row(1), below)) / 0x1p-9;
            assertEquals(difference, slope[o], 1e-6);
        }
    }

    /** python3 -c "from math import *; print(-log(exp(-.75)/(exp(-2.5)+exp(-.75)+exp(-3.25))))" */
    @Test
    void optionCrossEntropyIsASoftmaxOverNegatedLosses() {
        assertEquals(0.22781975447342417, new Objective.OptionCrossEntropy().of(row(1), LOSSES), 1e-12);
    }

    @Test
    void hugeLossesDoNotOverflow() {
        float[] huge = {1e30f, 0, 5000};
        assertEquals(0, new Objective.OptionCrossEntropy().of(row(1), huge));
        assertEquals(1e30, new Objective.OptionCrossEntropy().of(row(0), huge), 1e24);
    }

    @Test
    void accuracyCountsTheFirstOfEquals() {
        Objective accuracy = new Objective.NegativeAccuracy();
        assertEquals(-1, accuracy.of(row(1), LOSSES));
        assertEquals(0, accuracy.of(row(0), LOSSES));
        assertEquals(-1, accuracy.of(row(0), new float[] {1, 1, 1}));
        assertEquals(0, accuracy.of(row(2), new float[] {1, 1, 1}));
    }

    private static Example row(int gold) {
        Sequence any = new Sequence(new int[] {1, 2}, 1);
        return new Example("r", List.of(any, any, any), gold, 1);
    }
}
