package org.oatmill.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * How values become places on a chart.
 *
 * @param name what is measured, with its unit
 * @param scale how places are spaced
 * @param label how a value is written below its tick
 */
public record Axis(String name, Scale scale, DoubleFunction<String> label) {

    /** How places are spaced. */
    public enum Scale {
        /** From 0. */
        LINEAR,
        /** Ratios: half and double lie equally far from 1, which has a line of its own. 0, where it occurs, lies at the left edge. */
        RATIO
    }

    /**
     * Where on a chart, from 0 (left) to 1 (right), the values of a range lie.
     *
     * @param scale how places are spaced
     * @param low the left end; of ratios, that of the part where halves and doubles are equally far
     * @param high the right end
     * @param ticks round numbers within
     * @param broken share of the width that is left of {@code low}, for the ratio 0
     */
    record Fitted(Scale scale, double low, double high, List<Double> ticks, double broken) {

        double place(double value) {
            if (scale == Scale.LINEAR) {
                return Math.min(1, Math.max(0, value / high));
            }
            if (value <= 0) {
                return 0;
            }
            double share = Math.log(value / low) / Math.log(high / low);
            return Math.min(1, Math.max(0, broken + (1 - broken) * share));
        }
    }

    /** The range that holds all values of a chart, with round numbers for ticks. */
    Fitted fit(Chart chart) {
        double[] values = chart.rows().stream()
                .flatMap(row -> row.marks().stream())
                .flatMapToDouble(Axis::values)
                .filter(Double::isFinite)
                .toArray();
        return scale == Scale.LINEAR ? linear(values) : ratio(values);
    }

    private static DoubleStream values(Chart.Mark mark) {
        DoubleStream spans = Stream.of(
                        mark.chance() == null ? new Chart.Span(Double.NaN, Double.NaN) : mark.chance(),
                        mark.error() == null ? new Chart.Span(Double.NaN, Double.NaN) : mark.error())
                .flatMapToDouble(span -> DoubleStream.of(span.low(), span.high()));
        DoubleStream dots = mark.dots().stream().mapToDouble(Double::doubleValue);
        return DoubleStream.concat(DoubleStream.of(mark.value()), DoubleStream.concat(spans, dots));
    }

    private Fitted linear(double[] values) {
        double largest = DoubleStream.of(values).max().orElse(1);
        if (largest <= 0) {
            largest = 1;
        }
        int power = (int) Math.floor(Math.log10(largest));
        BigDecimal step = BigDecimal.ONE;
        for (String digits : List.of("0.2", "0.25", "0.5", "1", "2")) {
            step = new BigDecimal(digits).scaleByPowerOfTen(power);
            if (largest / step.doubleValue() <= 5) {
                break;
            }
        }
        List<Double> ticks = new ArrayList<>();
        ticks.add(0.0);
        while (ticks.get(ticks.size() - 1) < largest * (1 - 1e-9)) {
            ticks.add(step.multiply(BigDecimal.valueOf(ticks.size())).doubleValue());
        }
        return new Fitted(scale, 0, ticks.get(ticks.size() - 1), ticks, 0);
    }

    private Fitted ratio(double[] values) {
        double smallest = DoubleStream.of(values).filter(v -> v > 0).min().orElse(1);
        double largest = DoubleStream.of(values).max().orElse(1);
        int from = (int) Math.max(-7, Math.min(-1, Math.floor(Math.log(smallest) / Math.log(2))));
        int to = (int) Math.min(20, Math.max(1, Math.ceil(Math.log(largest) / Math.log(2))));
        int step = (to - from) / 8 + 1;
        List<Double> ticks = new ArrayList<>();
        boolean zero = DoubleStream.of(values).anyMatch(v -> v <= 0);
        if (zero) {
            ticks.add(0.0);
        }
        for (int power = from; power <= to; power++) {
            if (power % step == 0) {
                ticks.add(Math.pow(2, power));
            }
        }
        return new Fitted(scale, Math.pow(2, from), Math.pow(2, to), ticks, zero ? 0.1 : 0);
    }
}
