package org.oatmill.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A page as one HTML file: styles and drawings inside, no script, nothing fetched. It is well-formed
 * XML too, so any parser reads it.
 */
public final class HtmlWriter {

    private final StringBuilder out = new StringBuilder();
    private final Map<Block.Section, String> anchors = new LinkedHashMap<>();

    private HtmlWriter() {}

    public static String write(Page page) {
        return new HtmlWriter().page(page);
    }

    private String page(Page page) {
        out.append("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n")
                .append("<meta charset=\"utf-8\"/>\n")
                // Nothing may be fetched or run, even if a later hand forgets to escape something.
                .append("<meta http-equiv=\"Content-Security-Policy\"")
                .append(" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")
                .append("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        element("title", page.title() + " – " + page.kicker());
        out.append("\n<style>\n").append(styles()).append("</style>\n</head>\n<body>\n");
        out.append("<a class=\"skip\" href=\"#content\">Skip to content</a>\n<header>\n");
        element("p", "class=\"kicker\"", page.kicker());
        element("h1", "dir=\"auto\"", page.title());
        element("p", "class=\"subtitle\"", page.subtitle());
        out.append("</header>\n");
        contents(page);
        out.append("<main id=\"content\">\n");
        page.blocks().forEach(block -> block(block, 2));
        out.append("</main>\n</body>\n</html>\n");
        return out.toString();
    }

    private void contents(Page page) {
        List<Block.Section> sections = page.sections();
        if (sections.isEmpty()) {
            return;
        }
        out.append("<nav aria-label=\"Contents\">\n<ol>\n");
        for (Block.Section section : sections) {
            String words = section.title().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
            String anchor = "s" + (anchors.size() + 1) + "-" + words;
            anchors.put(section, anchor);
            out.append("<li><a href=\"#").append(anchor).append("\">");
            out.append(Inert.html(section.title())).append("</a></li>\n");
        }
        out.append("</ol>\n</nav>\n");
    }

    private void block(Block block, int level) {
        if (block instanceof Block.Section section) {
            section(section, level);
        } else if (block instanceof Block.Paragraph paragraph) {
            element("p", paragraph.text());
            out.append('\n');
        } else if (block instanceof Block.Callout callout) {
            callout(callout);
        } else if (block instanceof Block.Facts facts) {
            facts(facts);
        } else if (block instanceof Block.Code code) {
            code(code);
        } else if (block instanceof DataTable table) {
            table(table);
        } else if (block instanceof Chart chart) {
            out.append(new ChartDrawing(chart).html());
            if (chart.folded()) {
                out.append("<details>");
                element("summary", chart.numbers().caption());
            }
            table(chart.numbers());
            out.append(chart.folded() ? "</details>\n" : "");
        } else if (block instanceof Lineage lineage) {
            out.append(new LineageDrawing(lineage).html());
        }
    }

    private void section(Block.Section section, int level) {
        String anchor = anchors.get(section);
        out.append("<section")
                .append(anchor == null ? "" : " id=\"" + anchor + "\"")
                .append(">\n");
        element("h" + Math.min(6, level), section.title());
        out.append('\n');
        section.blocks().forEach(block -> block(block, level + 1));
        out.append("</section>\n");
    }

    private void callout(Block.Callout callout) {
        String tone = callout.tone().name().toLowerCase(Locale.ROOT);
        out.append("<aside class=\"callout ").append(tone).append("\">\n<p class=\"callout-title\">");
        element("span", "class=\"tone\"", callout.tone().word);
        out.append(' ');
        element("span", callout.title());
        out.append("</p>\n");
        if (callout.lines().size() == 1) {
            element("p", "dir=\"auto\"", callout.lines().get(0));
        } else if (!callout.lines().isEmpty()) {
            out.append("<ul>\n");
            callout.lines().forEach(line -> element("li", "dir=\"auto\"", line));
            out.append("\n</ul>");
        }
        out.append("\n</aside>\n");
    }

    private void facts(Block.Facts facts) {
        out.append("<dl class=\"facts\">\n");
        for (Block.Fact fact : facts.facts()) {
            out.append("<div>");
            element("dt", fact.name());
            element("dd", "class=\"value\"", fact.value());
            if (!fact.detail().isEmpty()) {
                element("dd", "class=\"detail\"", fact.detail());
            }
            out.append("</div>\n");
        }
        out.append("</dl>\n");
    }

    private void code(Block.Code code) {
        if (code.folded()) {
            out.append("<details>");
            element("summary", code.title());
        } else {
            out.append("<figure class=\"listing\">");
            element("figcaption", code.title());
        }
        // A line feed right after <pre> is dropped by HTML and kept by XML; the code element stands between.
        out.append("<pre tabindex=\"0\">");
        element("code", code.text());
        out.append("</pre>").append(code.folded() ? "</details>\n" : "</figure>\n");
    }

    private void table(DataTable table) {
        out.append("<figure class=\"table\">\n<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
                .append(Inert.html(table.caption()))
                .append(table.readInCards() ? "\">\n<table class=\"cards\">\n" : "\">\n<table>\n");
        out.append("<caption>");
        element("span", table.caption());
        out.append("</caption>\n<thead>\n");
        if (table.grouped()) {
            groups(table.columns());
        }
        out.append("<tr>");
        for (int i = 0; i < table.columns().size(); i++) {
            DataTable.Column column = table.columns().get(i);
            out.append("<th scope=\"col\"").append(classes(table, i, "")).append('>');
            out.append(Inert.html(column.name()));
            if (!column.unit().isEmpty()) {
                out.append(' ');
                element("span", "class=\"unit\"", column.unit());
            }
            out.append("</th>");
        }
        out.append("</tr>\n</thead>\n<tbody>\n");
        for (List<DataTable.Cell> row : table.rows()) {
            out.append("<tr>");
            for (int i = 0; i < row.size(); i++) {
                DataTable.Cell cell = row.get(i);
                String mark = cell.mark() == DataTable.Mark.NONE
                        ? ""
                        : cell.mark().name().toLowerCase(Locale.ROOT);
                String tag = i == 0 ? "th" : "td";
                out.append('<').append(tag).append(i == 0 ? " scope=\"row\"" : "");
                out.append(classes(table, i, mark));
                if (table.readInCards()) {
                    out.append(" data-column=\"")
                            .append(Inert.html(table.columns().get(i).name()))
                            .append('"');
                }
                out.append(" dir=\"auto\">");
                out.append(Inert.html(cell.shown()));
                out.append("</").append(tag).append('>');
            }
            out.append("</tr>\n");
        }
        out.append("</tbody>\n</table>\n</div>\n");
        if (!table.note().isEmpty()) {
            element("figcaption", table.note());
        }
        out.append("\n</figure>\n");
    }

    private void groups(List<DataTable.Column> columns) {
        out.append("<tr>");
        for (int from = 0, to; from < columns.size(); from = to) {
            String group = columns.get(from).group();
            for (to = from + 1; to < columns.size() && columns.get(to).group().equals(group); ) {
                to++;
            }
            if (group.isEmpty()) {
                out.append("<td colspan=\"").append(to - from).append("\"></td>");
            } else {
                out.append("<th scope=\"colgroup\" class=\"group\" colspan=\"")
                        .append(to - from)
                        .append("\">");
                out.append(Inert.html(group)).append("</th>");
            }
        }
        out.append("</tr>\n");
    }

    private static String classes(DataTable table, int column, String more) {
        List<String> classes = new ArrayList<>();
        classes.add(table.columns().get(column).kind().name().toLowerCase(Locale.ROOT));
        boolean firstOfGroup = column > 0
                && !table.columns().get(column).group().isEmpty()
                && !table.columns()
                        .get(column)
                        .group()
                        .equals(table.columns().get(column - 1).group());
        if (firstOfGroup) {
            classes.add("starts");
        }
        if (!more.isEmpty()) {
            classes.add(more);
        }
        return classes.stream().collect(Collectors.joining(" ", " class=\"", "\""));
    }

    private void element(String tag, String text) {
        out.append('<').append(tag).append('>').append(Inert.html(text));
        out.append("</").append(tag).append('>');
    }

    private void element(String tag, String attributes, String text) {
        out.append('<').append(tag).append(' ').append(attributes).append('>');
        out.append(Inert.html(text)).append("</").append(tag).append('>');
    }

    private static String styles() {
        try (InputStream in = HtmlWriter.class.getResourceAsStream("page.css")) {
            if (in == null) {
                throw new IllegalStateException("page.css is missing beside " + HtmlWriter.class.getName());
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
