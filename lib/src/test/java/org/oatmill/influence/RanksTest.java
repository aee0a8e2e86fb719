package org.oatmill.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RanksTest {

    /** dattri, test/metric: 1.0 and 0.8660 for the two target rows. */
    @Test
    void linearDatamodellingScoreOfDattrisTest() {
        double[][] scores = {{.1, .2, .3, .4}, {.2, .1, .3, .4}};
        List<int[]> subsets = List.of(new int[] {0, 1}, new int[] {0, 2}, new int[] {1, 2});
        double[][] measured = {{.3, .4, .5}, {.3, .4, .3}};
        for (int target = 0; target < 2; target++) {
            assertEquals(
                    new double[] {1, .8660}[target],
                    Ranks.linearDatamodellingScore(
                            new double[][] {scores[target]}, subsets, new double[][] {measured[target]}),
                    5e-5);
        }
        assertEquals((1 + Math.sqrt(.75)) / 2, Ranks.linearDatamodellingScore(scores, subsets, measured), 1e-12);
    }

    /** dattri, test/metric: rows 80 to 89 are noisy among scores 0 to 99. */
    @Test
    void areaUnderTheCurveOfDattrisTest() {
        double[] scores = IntStream.range(0, 100).asDoubleStream().toArray();
        boolean[] noisy = new boolean[100];
        for (int i = 80; i < 90; i++) {
            noisy[i] = true;
        }
        assertEquals(8 / 9.0, Ranks.auc(scores, noisy), 1e-12);
        assertEquals(0.5, Ranks.auc(new double[100], noisy), 1e-12);
    }

    @Test
    void equalValuesShareTheirRank() {
        assertArrayEquals(new double[] {2.5, 1, 2.5, 4}, Ranks.ranks(new double[] {7, -1, 7, 8}));
        assertEquals(-1, Ranks.spearman(new double[] {1, 2, 3}, new double[] {9, 4, 1}), 1e-12);
        assertEquals(0, Ranks.spearman(new double[] {1, 2, 3}, new double[] {5, 5, 5}));
    }

    @Test
    void overlapOfTheHighest() {
        double[] a = {9, 8, 1, 2};
        assertEquals(1, Ranks.topOverlap(a, new double[] {5, 6, 0, 0}, 0.5));
        assertEquals(0.5, Ranks.topOverlap(a, new double[] {5, 0, 6, 0}, 0.5));
    }
}
