package org.oatmill.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A lineage as SVG, in layers: a node lies one layer below the lowest of its parents, and within a
 * layer near the middle of them. An arrow that passes a layer is bent through a gap of its own, as
 * in Sugiyama, Tagawa and Toda (1981).
 */
final class LineageDrawing {

    private static final int WIDTH = 156;
    private static final int HEIGHT = 70;
    private static final int GAP = 16;
    private static final int DOWN = 34;
    private static final int PASSAGE = 12;

    private final Lineage lineage;
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final List<List<Place>> layers = new ArrayList<>();

    LineageDrawing(Lineage lineage) {
        this.lineage = lineage;
        Map<String, Lineage.Node> nodes = new LinkedHashMap<>();
        lineage.nodes().forEach(node -> nodes.put(node.name(), node));
        nodes.keySet().forEach(name -> layer(name, nodes, new HashSet<>()));
        arrange();
    }

    /** A node, or the passage of an arrow through a layer (then without a node). */
    private static final class Place {
        final Lineage.Node node;
        final int layer;
        final List<Place> above = new ArrayList<>();
        double x;

        Place(Lineage.Node node, int layer) {
            this.node = node;
            this.layer = layer;
        }

        boolean passage() {
            return above.size() == 1 && node == NOTHING;
        }

        double width() {
            return passage() ? PASSAGE : WIDTH;
        }
    }

    private static final Lineage.Node NOTHING = new Lineage.Node("", "", "", List.of(), false);

    private Place layer(String name, Map<String, Lineage.Node> nodes, Set<String> path) {
        Place known = places.get(name);
        if (known != null) {
            return known;
        }
        if (!path.add(name)) {
            throw new IllegalArgumentException("Cannot draw a lineage: '" + name + "' is made from itself");
        }
        Lineage.Node node = nodes.getOrDefault(name, NOTHING);
        List<Place> parents = node.from().stream()
                .filter(nodes::containsKey)
                .map(parent -> layer(parent, nodes, path))
                .toList();
        path.remove(name);
        int layer = parents.stream().mapToInt(parent -> parent.layer + 1).max().orElse(0);
        Place place = put(new Place(node, layer));
        for (Place parent : parents) {
            Place end = parent;
            while (end.layer < layer - 1) {
                Place passage = new Place(NOTHING, end.layer + 1);
                passage.above.add(end);
                end = put(passage);
            }
            place.above.add(end);
        }
        places.put(name, place);
        return place;
    }

    private Place put(Place place) {
        while (layers.size() <= place.layer) {
            layers.add(new ArrayList<>());
        }
        layers.get(place.layer).add(place);
        return place;
    }

    private void arrange() {
        for (List<Place> layer : layers) {
            Map<Place, Double> middles = new HashMap<>();
            for (Place place : layer) {
                middles.put(
                        place,
                        place.above.stream().mapToDouble(p -> p.x).average().orElse(0));
            }
            layer.sort(Comparator.comparingDouble(middles::get));
            double width = layer.stream().mapToDouble(Place::width).sum() + GAP * (layer.size() - 1);
            double x = -width / 2;
            for (Place place : layer) {
                place.x = x + place.width() / 2;
                x += place.width() + GAP;
            }
        }
    }

    String html() {
        double widest = layers.stream()
                .mapToDouble(layer -> layer.stream().mapToDouble(Place::width).sum() + GAP * (layer.size() - 1))
                .max()
                .orElse(0);
        long width = Math.round(widest) + 4;
        int height = layers.size() * (HEIGHT + DOWN) - DOWN + 4;
        StringBuilder out = new StringBuilder();
        out.append("<figure class=\"lineage\">\n<figcaption>")
                .append(Inert.html(lineage.title()))
                .append("</figcaption>\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
                .append(Inert.html(lineage.title()))
                .append("\">\n<svg width=\"")
                .append(width)
                .append("\" height=\"")
                .append(height)
                .append("\" viewBox=\"")
                .append(-width / 2)
                .append(" -2 ")
                .append(width)
                .append(' ')
                .append(height)
                .append("\" role=\"img\" aria-label=\"")
                .append(Inert.html(spoken()))
                .append("\">\n");
        for (List<Place> layer : layers) {
            for (Place place : layer) {
                place.above.forEach(above -> arrow(out, above, place));
            }
        }
        places.values().forEach(place -> box(out, place));
        return out.append("</svg>\n</div>\n</figure>\n").toString();
    }

    private String spoken() {
        List<String> sentences = new ArrayList<>();
        for (Lineage.Node node : lineage.nodes()) {
            List<String> from = node.from().stream().filter(places::containsKey).toList();
            sentences.add(node.name() + (from.isEmpty() ? " is a source" : " is made from " + String.join(", ", from)));
        }
        return String.join("; ", sentences) + ".";
    }

    private static int top(Place place) {
        return place.layer * (HEIGHT + DOWN);
    }

    private static void arrow(StringBuilder out, Place from, Place to) {
        long x1 = Math.round(from.x);
        long x2 = Math.round(to.x);
        int y1 = top(from) + HEIGHT;
        int y2 = top(to) - (to.passage() ? 0 : 5);
        int bend = (y1 + y2) / 2;
        out.append("<path class=\"arrow\" d=\"M").append(x1).append(' ').append(y1);
        out.append(" C")
                .append(x1)
                .append(' ')
                .append(bend)
                .append(' ')
                .append(x2)
                .append(' ');
        out.append(bend).append(' ').append(x2).append(' ').append(y2);
        if (to.passage()) {
            out.append(" v").append(HEIGHT).append("\"/>\n");
        } else {
            out.append("\"/><path class=\"head\" d=\"M")
                    .append(x2 - 4)
                    .append(' ')
                    .append(y2 - 2);
            out.append("h8l-4 7z\"/>\n");
        }
    }

    private static void box(StringBuilder out, Place place) {
        long left = Math.round(place.x) - WIDTH / 2;
        int top = top(place);
        out.append("<g class=\"node")
                .append(place.node.failed() ? " failed" : "")
                .append("\"><rect x=\"");
        out.append(left).append("\" y=\"").append(top).append("\" width=\"").append(WIDTH);
        out.append("\" height=\"").append(HEIGHT).append("\" rx=\"8\"/>");
        line(out, "node-name", left + 12, top + 23, place.node.name(), 18);
        line(out, "node-detail", left + 12, top + 41, place.node.detail(), 24);
        line(out, "node-digest", left + 12, top + 58, place.node.digest(), 20);
        out.append("</g>\n");
    }

    private static void line(StringBuilder out, String style, long x, int y, String text, int fits) {
        String shown = text.codePointCount(0, text.length()) <= fits
                ? text
                : text.substring(0, text.offsetByCodePoints(0, fits - 1)) + "…";
        out.append("<text class=\"").append(style).append("\" x=\"").append(x).append("\" y=\"");
        out.append(y).append("\">").append(Inert.html(shown)).append("</text>");
    }
}
