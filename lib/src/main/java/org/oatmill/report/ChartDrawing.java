package org.oatmill.report;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * A chart as HTML: names and values are text of the page, and each row has a small SVG whose places
 * are shares of its width. So letters keep their size on a phone, and colours follow the style sheet
 * in light, dark and print.
 */
final class ChartDrawing {

    private static final String BASELINE = "<rect x=\"-1.5\" y=\"-7\" width=\"3\" height=\"14\"/>";

    private static final int LANE = 22;
    private static final int LANE_OF_SEVERAL = 17;
    private static final int AXIS = 22;
    /** Shapes for dots, so that series differ without colours; each about 10 px wide around (0, 0). */
    private static final List<String> SHAPES = List.of(
            "<circle r=\"5\"/>",
            "<path d=\"M0 -6.2 6.2 0 0 6.2 -6.2 0Z\"/>",
            "<path d=\"M-5 4.4H5L0 -5.4Z\"/>",
            "<rect x=\"-4.5\" y=\"-4.5\" width=\"9\" height=\"9\"/>");

    private final Chart chart;
    private final Axis.Fitted axis;
    private final boolean lanes;
    private final StringBuilder out = new StringBuilder();

    ChartDrawing(Chart chart) {
        this.chart = chart;
        this.axis = chart.axis().fit(chart);
        boolean bars = chart.series().stream().anyMatch(s -> s.shape() == Chart.Shape.BAR);
        this.lanes = chart.series().size() > 1 && (bars || chart.spans());
    }

    String html() {
        boolean values = chart.rows().stream().anyMatch(row -> !row.value().isEmpty());
        out.append("<figure class=\"chart").append(values ? "" : " no-values").append("\">\n<figcaption>");
        out.append("<strong>").append(Inert.html(chart.title())).append("</strong> ");
        out.append(Inert.html(chart.summary())).append("</figcaption>\n");
        legend();
        out.append("<div class=\"plot\" role=\"img\" aria-label=\"")
                .append(Inert.html(chart.title() + ". " + chart.summary() + " The numbers are in the table."))
                .append("\">\n");
        for (Chart.Row row : chart.rows()) {
            row(row);
        }
        ticks();
        out.append("</div>\n</figure>\n");
        return out.toString();
    }

    private void legend() {
        boolean chance =
                chart.rows().stream().flatMap(row -> row.marks().stream()).anyMatch(mark -> mark.chance() != null);
        if (chart.series().size() < 2 && !chance) {
            return;
        }
        out.append("<ul class=\"legend\">");
        for (int s = 0; s < chart.series().size(); s++) {
            out.append("<li><svg class=\"key ").append(colour(s));
            out.append("\" width=\"14\" height=\"14\" aria-hidden=\"true\">");
            if (chart.series().get(s).shape() == Chart.Shape.BAR) {
                out.append("<rect class=\"bar\" x=\"1\" y=\"2\" width=\"12\" height=\"10\" rx=\"2\"/>");
            } else {
                out.append("<g class=\"dot\" transform=\"translate(7 7)\">")
                        .append(shape(s))
                        .append("</g>");
            }
            out.append("</svg>")
                    .append(Inert.html(chart.series().get(s).name()))
                    .append("</li>");
        }
        if (chance) {
            out.append("<li><svg class=\"key\" width=\"22\" height=\"14\" aria-hidden=\"true\">")
                    .append("<rect class=\"chance\" y=\"2\" width=\"22\" height=\"10\" rx=\"2\"/></svg>")
                    .append("95 of 100 uniform choices</li>");
        }
        out.append("</ul>\n");
    }

    private void row(Chart.Row row) {
        int lane = lanes ? LANE_OF_SEVERAL : LANE;
        int height = lanes ? lane * row.marks().size() + 4 : lane;
        out.append("<div class=\"row\"><span class=\"name\" dir=\"auto\">")
                .append(Inert.html(row.name()))
                .append("</span><svg class=\"lanes\" height=\"")
                .append(height)
                .append("\">");
        gridlines(height);
        if (!lanes && row.marks().size() > 1) {
            connection(row);
        }
        for (int s = 0; s < row.marks().size(); s++) {
            double y = lanes ? 2 + lane * (s + 0.5) : height / 2.0;
            mark(row.marks().get(s), s, y, lane);
        }
        out.append("</svg><span class=\"value\">")
                .append(Inert.html(row.value()))
                .append("</span></div>\n");
    }

    private void gridlines(int height) {
        for (double tick : axis.ticks()) {
            boolean reference = axis.scale() == Axis.Scale.RATIO ? tick == 1 : tick == 0;
            String x = x(tick);
            out.append("<line class=\"")
                    .append(reference ? "reference" : "grid")
                    .append("\" x1=\"");
            out.append(x)
                    .append("\" x2=\"")
                    .append(x)
                    .append("\" y1=\"0\" y2=\"")
                    .append(height);
            out.append("\"/>");
        }
    }

    private void connection(Chart.Row row) {
        double[] values = row.marks().stream()
                .mapToDouble(Chart.Mark::value)
                .filter(Double::isFinite)
                .toArray();
        if (values.length > 1) {
            double low = Arrays.stream(values).min().orElseThrow();
            double high = Arrays.stream(values).max().orElseThrow();
            out.append("<line class=\"connection\" x1=\"").append(x(low)).append("\" x2=\"");
            out.append(x(high)).append("\" y1=\"50%\" y2=\"50%\"/>");
        }
    }

    private void mark(Chart.Mark mark, int series, double y, int lane) {
        if (mark.chance() != null) {
            band("chance", mark.chance(), y, lane - 5);
        }
        out.append("<g class=\"").append(colour(series)).append("\">");
        if (chart.series().get(series).shape() == Chart.Shape.BAR && Double.isFinite(mark.value())) {
            out.append("<rect class=\"bar\" x=\"0\" y=\"").append(number(y - lane / 2.0 + 2));
            out.append("\" width=\"").append(x(mark.value())).append("\" height=\"");
            out.append(lane - 4).append("\" rx=\"2\"/>");
        }
        if (mark.error() != null) {
            band("error", mark.error(), y, 2);
        }
        for (double dot : mark.dots()) {
            place(dot, y, "small", "<circle r=\"2.2\"/>");
        }
        if (chart.series().get(series).shape() != Chart.Shape.BAR && Double.isFinite(mark.value())) {
            place(mark.value(), y, "dot", shape(series));
        }
        out.append("</g>");
    }

    private void band(String style, Chart.Span span, double y, int height) {
        double low = axis.place(span.low());
        double high = axis.place(span.high());
        out.append("<rect class=\"")
                .append(style)
                .append("\" x=\"")
                .append(percent(low))
                .append("\" y=\"");
        out.append(number(y - height / 2.0)).append("\" width=\"").append(percent(high - low));
        out.append("\" height=\"").append(height).append("\"/>");
    }

    /** A shape in pixels at a place in per cent: an inner drawing takes the one, its content the other. */
    private void place(double value, double y, String style, String shape) {
        out.append("<svg x=\"").append(x(value)).append("\" y=\"").append(number(y));
        out.append("\" overflow=\"visible\"><g class=\"").append(style).append("\">");
        out.append(shape).append("</g></svg>");
    }

    private void ticks() {
        out.append("<div class=\"row axis\"><span class=\"name\">")
                .append(Inert.html(chart.axis().name()))
                .append("</span><svg class=\"lanes\" height=\"")
                .append(AXIS)
                .append("\">");
        for (int i = 0; i < axis.ticks().size(); i++) {
            double tick = axis.ticks().get(i);
            double place = axis.place(tick);
            // On a phone every second of many labels is left out, but never that of the reference.
            boolean odd = axis.scale() == Axis.Scale.RATIO
                    ? tick > 0 && (tick == axis.low() || Math.round(Math.log(tick) / Math.log(2)) % 2 != 0)
                    : i % 2 != 0;
            boolean minor = axis.ticks().size() > 4 && odd;
            String anchor = place < 0.02 ? "start" : place > 0.98 ? "end" : "middle";
            out.append("<text class=\"tick")
                    .append(minor ? " minor" : "")
                    .append("\" x=\"")
                    .append(percent(place))
                    .append("\" y=\"15\" text-anchor=\"");
            out.append(anchor).append("\">");
            out.append(Inert.html(chart.axis().label().apply(tick))).append("</text>");
        }
        out.append("</svg><span class=\"value\"></span></div>\n");
    }

    /** The same stage has the same colour in a chart with a baseline and in one without. */
    private int place(int series) {
        long before = chart.series().subList(0, series).stream()
                .filter(s -> s.shape() != Chart.Shape.BASELINE)
                .count();
        return (int) before % SHAPES.size();
    }

    private String colour(int series) {
        return chart.series().get(series).shape() == Chart.Shape.BASELINE ? "baseline" : "c" + place(series);
    }

    private String shape(int series) {
        return chart.series().get(series).shape() == Chart.Shape.BASELINE ? BASELINE : SHAPES.get(place(series));
    }

    private String x(double value) {
        return percent(axis.place(value));
    }

    private static String percent(double share) {
        return number(100 * share) + "%";
    }

    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.endsWith(".00") ? text.substring(0, text.length() - 3) : text;
    }
}
