package org.oatmill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AxisTest {

    private static Axis.Fitted fit(Axis.Scale scale, double... values) {
        List<Chart.Row> rows = Arrays.stream(values)
                .mapToObj(v -> new Chart.Row("r", "", List.of(Chart.Mark.at(v))))
                .toList();
        Axis axis = new Axis("a", scale, Numbers::tick);
        DataTable numbers = new DataTable("n", List.of(), List.of(), "");
        return axis.fit(
                new Chart("t", "s", axis, List.of(new Chart.Series("s", Chart.Shape.DOT)), rows, numbers, false));
    }

    @Test
    void linearAxisStartsAtZeroAndEndsAtARoundNumber() {
        assertEquals(
                List.of(0.0, 2500.0, 5000.0, 7500.0, 10000.0, 12500.0),
                fit(Axis.Scale.LINEAR, 17, 10012).ticks());
        assertEquals(
                List.of(0.0, 0.05, 0.1, 0.15, 0.2), fit(Axis.Scale.LINEAR, 0.19).ticks());
        assertEquals(1, fit(Axis.Scale.LINEAR, 0.2).place(0.2), 1e-12);
    }

    @Test
    void halfAndDoubleAreEquallyFarFromOne() {
        Axis.Fitted axis = fit(Axis.Scale.RATIO, 0.3, 5);
        assertEquals(axis.place(2) - axis.place(1), axis.place(1) - axis.place(0.5), 1e-12);
        assertTrue(axis.ticks().contains(1.0));
    }

    @Test
    void everyValueLiesOnTheAxisInOrder() {
        double[] values = {0, 1e-9, 0.003, 0.5, 1, 1.2, 40, 1e6};
        for (Axis.Scale scale : Axis.Scale.values()) {
            Axis.Fitted axis = fit(scale, values);
            double previous = 0;
            for (double value : values) {
                double place = axis.place(value);
                assertTrue(place >= previous && place <= 1, scale + " " + value + " at " + place);
                previous = place;
            }
            assertTrue(axis.ticks().size() <= 12, axis.ticks().toString());
        }
    }

    @Test
    void emptyChartHasAnAxis() {
        assertEquals(0, fit(Axis.Scale.LINEAR).place(0));
        assertEquals(0.5, fit(Axis.Scale.RATIO).place(1), 1e-12);
        assertEquals(1, fit(Axis.Scale.LINEAR, 0, 0).high());
    }
}
