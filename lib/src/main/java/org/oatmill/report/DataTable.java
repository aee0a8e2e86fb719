package org.oatmill.report;

import java.util.Arrays;
import java.util.List;

/**
 * A table. Its first column names the row.
 *
 * @param caption what it shows
 * @param columns its columns
 * @param rows one cell per column each
 * @param note how to read it, or empty
 */
public record DataTable(String caption, List<Column> columns, List<List<Cell>> rows, String note) implements Block {

    public DataTable {
        columns = List.copyOf(columns);
        rows = rows.stream().map(List::copyOf).toList();
        for (List<Cell> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException("Cannot make table '" + caption + "': a row has " + row.size()
                        + " cells, expected " + columns.size());
            }
        }
    }

    /** What a column holds, which decides how it is set. */
    public enum Kind {
        /** Words; wrapped. */
        TEXT,
        /** Running text; wrapped in a wide column. */
        PROSE,
        /** Numbers; aligned at the right, digits of one width. */
        NUMBER,
        /** Names a machine gave: ids, digests, paths; monospaced, never broken. */
        CODE
    }

    /**
     * A column.
     *
     * @param group a heading over this column and its neighbours of the same group, or empty
     * @param name its own heading
     * @param unit printed beside the heading, or empty
     * @param kind what it holds
     */
    public record Column(String group, String name, String unit, Kind kind) {

        public static Column text(String name) {
            return new Column("", name, "", Kind.TEXT);
        }

        public static Column prose(String name) {
            return new Column("", name, "", Kind.PROSE);
        }

        public static Column number(String name) {
            return new Column("", name, "", Kind.NUMBER);
        }

        public static Column number(String name, String unit) {
            return new Column("", name, unit, Kind.NUMBER);
        }

        public static Column code(String name) {
            return new Column("", name, "", Kind.CODE);
        }

        public Column in(String group) {
            return new Column(group, name, unit, kind);
        }
    }

    /** Against what chance alone would give; a sign is printed beside the colour. */
    public enum Mark {
        NONE(""),
        ABOVE("▲"),
        BELOW("▼");

        final String sign;

        Mark(String sign) {
            this.sign = sign;
        }
    }

    /**
     * A cell.
     *
     * @param text as it is shown
     * @param mark where it stands
     */
    public record Cell(String text, Mark mark) {

        public static Cell of(String text) {
            return new Cell(text, Mark.NONE);
        }

        /** The text with its sign. */
        String shown() {
            return mark == Mark.NONE ? text : mark.sign + " " + text;
        }
    }

    /** A row of cells without marks. */
    public static List<Cell> row(String... texts) {
        return Arrays.stream(texts).map(Cell::of).toList();
    }

    /** Whether there is too much to read in a row for a phone, where rows are then cards, a line for each column. */
    boolean readInCards() {
        return columns.stream().filter(c -> c.kind() == Kind.PROSE).count() > 1;
    }

    boolean grouped() {
        return columns.stream().anyMatch(c -> !c.group().isEmpty());
    }
}
