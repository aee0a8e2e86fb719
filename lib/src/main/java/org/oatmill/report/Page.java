package org.oatmill.report;

import java.util.List;

/**
 * A whole report.
 *
 * @param kicker what kind of page this is, in two or three words above the title
 * @param title what it is about
 * @param subtitle one line below the title
 * @param blocks its content, in order; its sections become the table of contents
 */
public record Page(String kicker, String title, String subtitle, List<Block> blocks) {

    public Page {
        blocks = List.copyOf(blocks);
    }

    List<Block.Section> sections() {
        return blocks.stream()
                .filter(Block.Section.class::isInstance)
                .map(Block.Section.class::cast)
                .toList();
    }
}
