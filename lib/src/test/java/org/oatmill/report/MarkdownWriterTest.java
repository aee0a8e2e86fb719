package org.oatmill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TableCell;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.HtmlInline;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Test;

class MarkdownWriterTest {

    private static final Pattern NUMBER = Pattern.compile("\\d(?:[\\d,.]*\\d)?");

    private static Node parsed(Page page) {
        return Parser.builder()
                .extensions(List.of(TablesExtension.create()))
                .build()
                .parse(MarkdownWriter.write(page));
    }

    /** Numbers below the ticks of an axis are a ruler, not content. */
    @Test
    void everyNumberOfTheHtmlIsInTheMarkdown() {
        Document html = Jsoup.parse(HtmlWriter.write(Pages.whole()));
        html.select(".tick").remove();
        Set<String> missing = new HashSet<>(numbers(html.body().text()));
        assertTrue(missing.size() > 40, "the page has numbers");
        missing.removeAll(new HashSet<>(numbers(MarkdownWriter.write(Pages.whole()))));
        assertEquals(Set.of(), missing);
    }

    private static List<String> numbers(String text) {
        List<String> numbers = new ArrayList<>();
        for (Matcher m = NUMBER.matcher(text); m.find(); ) {
            numbers.add(m.group());
        }
        return numbers;
    }

    /** The same page with harmless words has the same blocks, cells and spans, in the same order. */
    @Test
    void hostileTextAddsNoMarkup() {
        assertEquals(skeleton(parsed(Pages.whole())), skeleton(parsed(Pages.hostile())));
    }

    private static List<String> skeleton(Node document) {
        List<String> names = new ArrayList<>();
        for (Node node = document; node != null; node = next(node)) {
            // Escapes split a text into several nodes.
            if (!(node instanceof Text)) {
                names.add(node.getClass().getSimpleName());
            }
        }
        return names;
    }

    private static Node next(Node node) {
        if (node.getFirstChild() != null) {
            return node.getFirstChild();
        }
        for (Node n = node; n != null; n = n.getParent()) {
            if (n.getNext() != null) {
                return n.getNext();
            }
        }
        return null;
    }

    /** A cell that ends early loses what comes after, and the table hides it. */
    @Test
    void hostileTextIsShownWholeInItsCell() {
        Set<String> cells = new HashSet<>();
        for (Node node = parsed(Pages.hostile()); node != null; node = next(node)) {
            if (node instanceof TableCell cell) {
                cells.add(text(cell));
            }
        }
        assertTrue(cells.contains(Pages.HOSTILE_AS_SHOWN), cells.toString());
    }

    private static String text(Node parent) {
        StringBuilder text = new StringBuilder();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNext()) {
            text.append(node instanceof Text words ? words.getLiteral() : node.toString());
        }
        return text.toString();
    }

    @Test
    void hostileTextIsNeitherHtmlNorALink() {
        List<Node> active = new ArrayList<>();
        parsed(Pages.hostile()).accept(new AbstractVisitor() {
            @Override
            public void visit(HtmlBlock node) {
                active.add(node);
            }

            @Override
            public void visit(HtmlInline node) {
                active.add(node);
            }

            @Override
            public void visit(Link node) {
                active.add(node);
            }

            @Override
            public void visit(Image node) {
                active.add(node);
            }
        });
        assertEquals(List.of(), active);
    }

    @Test
    void fenceIsLongerThanAnyInTheText() {
        Page page = new Page("k", "t", "s", List.of(new Block.Code("Config", "a\n````\n# b\n", false)));
        assertEquals(
                List.of("Document", "Heading", "Paragraph", "Paragraph", "FencedCodeBlock"), skeleton(parsed(page)));
    }
}
