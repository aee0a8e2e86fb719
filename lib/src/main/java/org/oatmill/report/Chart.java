package org.oatmill.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A picture of a table: one row per name, its values as bars or dots on a common axis. A chart
 * never stands alone: the table of its numbers is printed below it, and is what Markdown and
 * screen readers get.
 *
 * @param title what it shows
 * @param summary what a reader should see in it, in one sentence
 * @param axis how values become places
 * @param series what is compared; each has its own colour and its own shape
 * @param rows from top to bottom
 * @param numbers every number that the chart shows
 * @param folded whether HTML shows the table's caption only until it is opened
 */
public record Chart(
        String title, String summary, Axis axis, List<Series> series, List<Row> rows, DataTable numbers, boolean folded)
        implements Block {

    public Chart {
        series = List.copyOf(series);
        rows = List.copyOf(rows);
        for (Row row : rows) {
            if (row.marks().size() != series.size()) {
                throw new IllegalArgumentException("Cannot make chart '" + title + "': row '" + row.name() + "' has "
                        + row.marks().size() + " marks, expected " + series.size());
            }
        }
    }

    /** How a series is drawn. */
    public enum Shape {
        BAR,
        DOT,
        /** A grey stroke: what the other series are compared with. */
        BASELINE
    }

    /**
     * Things of one colour.
     *
     * @param name in the legend, which is left out where there is one series only
     * @param shape bars or dots
     */
    public record Series(String name, Shape shape) {}

    /**
     * A row.
     *
     * @param name at its left
     * @param value at its right, as it stands in the table; may be empty
     * @param marks one per series
     */
    public record Row(String name, String value, List<Mark> marks) {
        public Row {
            marks = List.copyOf(marks);
        }
    }

    /**
     * A value of a series.
     *
     * @param value where the bar ends or the dot lies; NaN draws nothing
     * @param chance where chance alone would put it, drawn as a band; or null
     * @param error how uncertain it is, drawn as a line; or null
     * @param dots single measurements, drawn small
     */
    public record Mark(double value, @Nullable Span chance, @Nullable Span error, List<Double> dots) {
        public Mark {
            dots = List.copyOf(dots);
        }

        public static Mark at(double value) {
            return new Mark(value, null, null, List.of());
        }

        /** A value beside the interval that chance alone would give. */
        public static Mark at(double value, Span chance) {
            return new Mark(value, chance, null, List.of());
        }
    }

    /** From low to high. */
    public record Span(double low, double high) {}

    /** Whether anything but values is drawn, so that each series needs a lane of its own. */
    boolean spans() {
        return rows.stream()
                .flatMap(r -> r.marks().stream())
                .anyMatch(m ->
                        m.chance() != null || m.error() != null || !m.dots().isEmpty());
    }
}
