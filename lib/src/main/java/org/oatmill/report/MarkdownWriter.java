package org.oatmill.report;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A page as Markdown (CommonMark with the tables of GitHub). A chart becomes its caption and
 * its table; a lineage becomes a list.
 */
public final class MarkdownWriter {

    private final StringBuilder out = new StringBuilder();

    private MarkdownWriter() {}

    public static String write(Page page) {
        return new MarkdownWriter().page(page);
    }

    private String page(Page page) {
        out.append("# ").append(Inert.markdown(page.title())).append("\n\n");
        paragraph(Inert.markdown(page.kicker()) + " · " + Inert.markdown(page.subtitle()));
        page.blocks().forEach(block -> block(block, 2));
        return out.toString();
    }

    private void block(Block block, int level) {
        if (block instanceof Block.Section section) {
            out.append("#".repeat(Math.min(6, level))).append(' ');
            paragraph(Inert.markdown(section.title()));
            section.blocks().forEach(inner -> block(inner, level + 1));
        } else if (block instanceof Block.Paragraph paragraph) {
            paragraph(Inert.markdown(paragraph.text()));
        } else if (block instanceof Block.Callout callout) {
            out.append("> **").append(callout.tone().word).append(":** ");
            out.append(Inert.markdown(callout.title())).append('\n');
            callout.lines()
                    .forEach(line ->
                            out.append(">\n> - ").append(Inert.markdown(line)).append('\n'));
            out.append('\n');
        } else if (block instanceof Block.Facts facts) {
            for (Block.Fact fact : facts.facts()) {
                out.append("- **").append(Inert.markdown(fact.name())).append(":** ");
                out.append(Inert.markdown(fact.value()));
                out.append(fact.detail().isEmpty() ? "" : " – " + Inert.markdown(fact.detail()));
                out.append('\n');
            }
            out.append('\n');
        } else if (block instanceof Block.Code code) {
            code(code);
        } else if (block instanceof DataTable table) {
            table(table);
        } else if (block instanceof Chart chart) {
            paragraph("**" + Inert.markdown(chart.title()) + "** " + Inert.markdown(chart.summary()));
            table(chart.numbers());
        } else if (block instanceof Lineage lineage) {
            lineage(lineage);
        }
    }

    private void paragraph(String text) {
        out.append(text).append("\n\n");
    }

    private void code(Block.Code code) {
        paragraph(Inert.markdown(code.title()) + ":");
        String text = Inert.fenced(code.text());
        String fence = "```";
        while (text.contains(fence)) {
            fence += "`";
        }
        paragraph(fence + "\n" + text.stripTrailing() + "\n" + fence);
    }

    private void table(DataTable table) {
        paragraph("**" + Inert.markdown(table.caption()) + "**");
        line(table.columns().stream().map(MarkdownWriter::heading).toList());
        line(table.columns().stream()
                .map(column -> column.kind() == DataTable.Kind.NUMBER ? "---:" : "---")
                .toList());
        for (List<DataTable.Cell> row : table.rows()) {
            line(row.stream().map(cell -> Inert.markdown(cell.shown())).toList());
        }
        out.append('\n');
        if (!table.note().isEmpty()) {
            paragraph(Inert.markdown(table.note()));
        }
    }

    private static String heading(DataTable.Column column) {
        String group = column.group().isEmpty() ? "" : column.group() + " · ";
        String unit = column.unit().isEmpty() ? "" : " " + column.unit();
        return Inert.markdown(group + column.name() + unit);
    }

    private void line(List<String> cells) {
        out.append(cells.stream().collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    private void lineage(Lineage lineage) {
        paragraph(Inert.markdown(lineage.title()) + ":");
        for (Lineage.Node node : lineage.nodes()) {
            out.append("- **").append(Inert.markdown(node.name())).append("**");
            out.append(node.failed() ? " (failed)" : "");
            if (!node.from().isEmpty()) {
                out.append(" ← ").append(Inert.markdown(String.join(", ", node.from())));
            }
            out.append(": ").append(Inert.markdown(node.detail()));
            out.append(", ").append(Inert.markdown(node.digest())).append('\n');
        }
        out.append('\n');
    }
}
