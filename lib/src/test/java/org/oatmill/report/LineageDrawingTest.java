package org.oatmill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;

class LineageDrawingTest {

    private static Lineage.Node node(String name, String... from) {
        return new Lineage.Node(name, "d", "x", List.of(from), false);
    }

    private static Element drawn(Lineage.Node... nodes) {
        return Jsoup.parse(new LineageDrawing(new Lineage("t", List.of(nodes))).html());
    }

    private static double number(Element element, String attribute) {
        return Double.parseDouble(element.attr(attribute));
    }

    @Test
    void resultsLieBelowWhatTheyWereMadeFrom() {
        Element svg = drawn(node("c", "a", "b"), node("b", "a"), node("a"));
        double a = number(svg.select("g:contains(a) rect").first(), "y");
        double b = number(svg.select("g:contains(b) rect").first(), "y");
        double c = number(svg.select("g:contains(c) rect").first(), "y");
        assertTrue(a < b && b < c);
        assertEquals(3, svg.select(".head").size());
    }

    @Test
    void boxesNeverOverlapAndLieWithinTheDrawing() {
        Element svg = drawn(
                node("a"),
                node("b"),
                node("c", "a", "b"),
                node("d", "a"),
                node("e", "c", "d", "a"),
                node("f", "b"),
                node("g", "f", "a", "e"));
        List<double[]> boxes = new ArrayList<>();
        for (Element rect : svg.select(".node rect")) {
            boxes.add(
                    new double[] {number(rect, "x"), number(rect, "y"), number(rect, "width"), number(rect, "height")});
        }
        assertEquals(7, boxes.size());
        String[] view = svg.select("svg").first().attr("viewBox").split(" ");
        for (double[] p : boxes) {
            assertTrue(p[0] >= Double.parseDouble(view[0]));
            assertTrue(p[0] + p[2] <= Double.parseDouble(view[0]) + Double.parseDouble(view[2]));
            for (double[] q : boxes) {
                boolean apart =
                        p[0] + p[2] <= q[0] || q[0] + q[2] <= p[0] || p[1] + p[3] <= q[1] || q[1] + q[3] <= p[1];
                assertTrue(p == q || apart);
            }
        }
    }

    @Test
    void arrowToAnUnknownNodeIsLeftOut() {
        assertEquals(0, drawn(node("a", "elsewhere")).select(".head").size());
    }

    @Test
    void circleIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> drawn(node("a", "b"), node("b", "a")));
    }
}
