package org.oatmill.jobs.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.apache.commons.math3.distribution.HypergeometricDistribution;
import org.junit.jupiter.api.Test;

class UniformChoiceTest {

    /** The twin: quantiles of Commons Math, which adds up all probabilities from the lowest count on. */
    @Test
    void intervalHasTheQuantilesOfTheHypergeometricLaw() {
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            int population = 1 + random.nextInt(i % 2 == 0 ? 30 : 3000);
            int marked = random.nextInt(population + 1);
            int drawn = random.nextInt(population + 1);
            HypergeometricDistribution law = new HypergeometricDistribution(null, population, marked, drawn);
            UniformChoice.Interval interval = new UniformChoice(population, marked, drawn).interval();
            String of = population + " " + marked + " " + drawn;
            assertEquals(law.inverseCumulativeProbability(0.025), interval.low(), of);
            assertEquals(law.inverseCumulativeProbability(0.975), interval.high(), of);
        }
    }

    @Test
    void intervalOfABillionRowsIsWhatTheNormalLawSays() {
        // n p = 5e7; the deviation is sqrt(k p q (N - k) / (N - 1)) = sqrt(1e8 * 0.25 * 0.9) = 4743.4, and 1.95996 of
        // it 9297.
        UniformChoice.Interval interval = new UniformChoice(1_000_000_000L, 500_000_000L, 100_000_000L).interval();
        assertEquals(50_000_000 - 9297, interval.low(), 2);
        assertEquals(50_000_000 + 9297, interval.high(), 2);
    }

    @Test
    void nothingToChooseLeavesNoDoubt() {
        assertEquals(new UniformChoice.Interval(5, 5), new UniformChoice(10, 5, 10).interval());
        assertEquals(new UniformChoice.Interval(0, 0), new UniformChoice(10, 0, 4).interval());
        assertEquals(new UniformChoice.Interval(0, 0), new UniformChoice(0, 0, 0).interval());
        assertEquals(new UniformChoice.Interval(4, 4), new UniformChoice(10, 10, 4).interval());
        assertTrue(Double.isNaN(new UniformChoice(10, 0, 4).ratio(0)));
        assertEquals(1, new UniformChoice(10, 5, 4).ratio(2));
    }
}
