package org.oatmill.report;

import java.util.List;

/** A piece of a page. */
public sealed interface Block
        permits Block.Section, Block.Paragraph, Block.Callout, Block.Facts, Block.Code, DataTable, Chart, Lineage {

    /** A heading and what stands below it; a section within a section has a smaller heading. */
    record Section(String title, List<Block> blocks) implements Block {
        public Section {
            blocks = List.copyOf(blocks);
        }
    }

    /** Running text. */
    record Paragraph(String text) implements Block {}

    /** What must not be overlooked. */
    record Callout(Tone tone, String title, List<String> lines) implements Block {
        public Callout {
            lines = List.copyOf(lines);
        }
    }

    /** How much a callout matters; the word is printed, so that nothing hangs on a colour. */
    enum Tone {
        FAILURE("Failed"),
        WARNING("Warning"),
        NOTE("Note");

        final String word;

        Tone(String word) {
            this.word = word;
        }
    }

    /** A few figures that say what matters, side by side. */
    record Facts(List<Fact> facts) implements Block {
        public Facts {
            facts = List.copyOf(facts);
        }
    }

    /**
     * One figure.
     *
     * @param name what it is
     * @param value the figure with its unit
     * @param detail what to compare it with, or empty
     */
    record Fact(String name, String value, String detail) {}

    /**
     * Text to be copied as it stands.
     *
     * @param title what it is
     * @param text the lines
     * @param folded whether HTML shows the title only until it is opened
     */
    record Code(String title, String text, boolean folded) implements Block {}
}
