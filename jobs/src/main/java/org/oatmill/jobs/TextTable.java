package org.oatmill.jobs;

import java.util.ArrayList;
import java.util.List;

/** Rows of words, printed in aligned columns; numbers are set flush right. */
public final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();

    public TextTable(String... header) {
        rows.add(List.of(header));
    }

    public TextTable row(Object... cells) {
        List<String> row = new ArrayList<>();
        for (Object cell : cells) {
            row.add(String.valueOf(cell));
        }
        rows.add(row);
        return this;
    }

    /** Lines, each indented and ended. */
    public String print(String indent) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        boolean[] right = new boolean[columns];
        for (int c = 0; c < columns; c++) {
            right[c] = rows.size() > 1;
            for (int r = 0; r < rows.size(); r++) {
                String cell = rows.get(r).get(c);
                widths[c] = Math.max(widths[c], cell.codePointCount(0, cell.length()));
                right[c] &= r == 0 || cell.isEmpty() || cell.matches("-?[0-9][0-9,]*(\\.[0-9]+)?([eE]-?[0-9]+)?");
            }
        }
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder(indent);
            for (int c = 0; c < columns; c++) {
                String cell = row.get(c);
                String gap = " ".repeat(widths[c] - cell.codePointCount(0, cell.length()));
                line.append(c == 0 ? "" : "  ").append(right[c] ? gap + cell : cell + gap);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }

    @Override
    public String toString() {
        return print("");
    }
}
