package org.oatmill.jobs.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;

class BootstrapTest {

    private static Judged row(int id, int gold, int predicted, double loss) {
        return new Judged("r" + id, gold, predicted, loss);
    }

    private static Metric metric(List<Metric> metrics, String name) {
        return metrics.stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
    }

    /**
     * Class 0: 2 of 3 found, one false: F1 = 4 / 6. Class 1: 1 of 2 found, one false: F1 = 2 / 4. Class 2 is
     * predicted for one row of class 0 and is nobody's gold, so it does not count.
     */
    @Test
    void macroF1IsTheMeanOverTheClassesThatAreSomebodysGold() {
        List<Judged> rows = List.of(
                row(0, 0, 0, 1), row(1, 0, 0, 2), row(2, 0, 1, 3), row(3, 1, 1, 4), row(4, 1, 0, 5), row(5, 0, 2, 3));
        List<Metric> metrics = new Bootstrap(1, 200).metrics(rows, null, 3);

        // Class 0 has a fourth row now, found as class 2: 2 * 2 / (4 + 3).
        assertEquals((4.0 / 7 + 2.0 / 4) / 2, metric(metrics, "macro-f1").value(), 1e-12);
        assertEquals(3.0 / 6, metric(metrics, "accuracy").value(), 1e-12);
        assertEquals(3.0, metric(metrics, "loss").value(), 1e-12);
        assertEquals(6, metric(metrics, "loss").n());
    }

    /**
     * The mean of 400 losses of known spread: the interval's half width is 1.96 standard errors. The
     * standard deviation of a quantile of 4,000 normal replicates at 2.5 % is 2.67 / sqrt(4000) = 0.042
     * standard errors; six of them, and the Poisson size of a replicate changes less than that.
     */
    @Test
    void theIntervalOfAMeanIsTwoStandardErrorsWide() {
        List<Judged> rows = new ArrayList<>();
        double square = 0;
        for (int i = 0; i < 400; i++) {
            double loss = Math.sin(i);
            rows.add(row(i, 0, 0, loss));
            square += loss * loss / 400;
        }
        Metric loss = metric(new Bootstrap(3, 4000).metrics(rows, null, 1), "loss");
        double error = Math.sqrt(square / 400);

        assertEquals(loss.value() - 1.96 * error, loss.low(), 0.25 * error);
        assertEquals(loss.value() + 1.96 * error, loss.high(), 0.25 * error);
    }

    /** Draws have mean and variance 1: of 300 · 1,000 draws the mean is within 0.01, five and a half standard deviations. */
    @Test
    void aRowIsTakenOnceOnAverageAndAlikeWhateverTheOthers() {
        Bootstrap bootstrap = new Bootstrap(5, 1000);
        double sum = 0;
        double square = 0;
        for (int i = 0; i < 300; i++) {
            for (int times : Arrays.copyOf(bootstrap.times("id" + i), 1000)) {
                sum += times;
                square += (double) times * times;
            }
        }
        assertEquals(1, sum / 300_000, 0.01);
        assertEquals(2, square / 300_000, 0.03);
        assertArrayEquals(bootstrap.times("a"), new Bootstrap(5, 1000).times("a"));
        assertNotEquals(Arrays.toString(bootstrap.times("a")), Arrays.toString(bootstrap.times("b")));
    }

    @Test
    void theOrderOfRowsChangesNoBit() {
        List<Judged> rows = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            rows.add(row(i, i % 3, i % 2, 1.0 / (i + 1)));
        }
        List<Judged> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new java.util.Random(1));

        assertEquals(new Bootstrap(1, 100).metrics(rows, rows, 3), new Bootstrap(1, 100).metrics(shuffled, rows, 3));
    }

    /** A predictor that is right on one row in twenty more than another: pairs say so where intervals overlap. */
    @Test
    void aDifferenceOnTheSameRowsIsSurerThanTwoIntervals() {
        List<Judged> before = new ArrayList<>();
        List<Judged> after = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            boolean right = i % 2 == 0;
            before.add(row(i, 0, right ? 0 : 1, 1));
            after.add(row(i, 0, right || i % 20 == 1 ? 0 : 1, 1));
        }
        List<Metric> metrics = new Bootstrap(1, 2000).metrics(after, before, 2);
        Metric difference = metric(metrics, "accuracy-difference");

        assertEquals(0.05, difference.value(), 1e-12);
        assertTrue(difference.low() > 0.02 && difference.high() < 0.08, difference.toString());
        Metric accuracy = metric(metrics, "accuracy");
        assertTrue(accuracy.low() < 0.51, accuracy.toString());
        Metric same = metric(new Bootstrap(1, 2000).metrics(before, before, 2), "macro-f1-difference");
        assertEquals(List.of(0.0, 0.0, 0.0), List.of(same.value(), same.low(), same.high()));
    }

    @Test
    void otherRowsAreNoBaseline() {
        List<Judged> rows = List.of(row(0, 0, 0, 1), row(1, 0, 0, 1));

        assertThrows(UserException.class, () -> new Bootstrap(1, 100).metrics(rows, rows.subList(0, 1), 1));
        assertThrows(UserException.class, () -> new Bootstrap(1, 100).metrics(rows.subList(0, 1), rows, 1));
    }

    @Test
    void quantilesLieBetweenOrderStatistics() {
        assertEquals(1.5, Bootstrap.quantile(new double[] {1, 2, 3, 4, 5}, 0.125), 1e-12);
        assertEquals(5, Bootstrap.quantile(new double[] {1, 2, 3, 4, 5}, 1), 1e-12);
    }
}
