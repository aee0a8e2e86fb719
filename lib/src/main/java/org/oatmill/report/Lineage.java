package org.oatmill.report;

import java.util.List;

/**
 * What was made from what: boxes and arrows, from sources at the top to results at the bottom.
 *
 * @param title what it shows
 * @param nodes in any order; an arrow to a name that is no node is left out
 */
public record Lineage(String title, List<Node> nodes) implements Block {

    public Lineage {
        nodes = List.copyOf(nodes);
    }

    /**
     * A box.
     *
     * @param name unique, its first line
     * @param detail its second line
     * @param digest its third line, monospaced
     * @param from names of the nodes it was made from
     * @param failed whether making it failed
     */
    public record Node(String name, String detail, String digest, List<String> from, boolean failed) {
        public Node {
            from = List.copyOf(from);
        }
    }
}
