package org.oatmill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Attribute;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HtmlWriterTest {

    private static Document parsed(Page page) {
        return Jsoup.parse(HtmlWriter.write(page));
    }

    static Stream<Page> pages() {
        return Stream.of(Pages.whole(), Pages.hostile());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void pageIsSelfContained(Page page) {
        Document document = parsed(page);
        assertEquals(
                0,
                document.select("script, link, img, iframe, object, embed, base, form")
                        .size());
        for (Element element : document.getAllElements()) {
            for (Attribute attribute : element.attributes()) {
                String name = attribute.getKey();
                assertFalse(name.startsWith("on") || name.equals("style"), name);
                if (List.of("href", "src", "xlink:href", "action", "data", "poster")
                        .contains(name)) {
                    assertTrue(attribute.getValue().startsWith("#"), attribute.toString());
                }
            }
        }
        String css = document.select("style").stream().map(Element::data).reduce("", String::concat);
        assertFalse(css.contains("url(") || css.contains("@import") || css.contains("expression("));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void pageIsWellFormedXmlToo(Page page) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        byte[] bytes = HtmlWriter.write(page).getBytes(StandardCharsets.UTF_8);
        org.w3c.dom.Document xml = factory.newDocumentBuilder().parse(new ByteArrayInputStream(bytes));
        assertEquals("html", xml.getDocumentElement().getTagName());
    }

    /** The same page with harmless words has the same elements and attributes, in the same order. */
    @Test
    void hostileTextAddsNoElementAndNoAttribute() {
        assertEquals(skeleton(parsed(Pages.whole())), skeleton(parsed(Pages.hostile())));
    }

    private static List<String> skeleton(Document document) {
        List<String> names = new ArrayList<>();
        for (Element element : document.getAllElements()) {
            names.add(element.tagName());
            element.attributes().forEach(attribute -> names.add("@" + attribute.getKey()));
        }
        return names;
    }

    @Test
    void hostileTextIsShownWholeAndSteeringCharactersAreNamed() {
        String seen = parsed(Pages.hostile()).select("td.prose").first().wholeText();
        assertEquals(Pages.HOSTILE_AS_SHOWN, seen);
    }

    @Test
    void headingsNeverSkipALevel() {
        int level = 0;
        for (Element heading : parsed(Pages.whole()).select("h1, h2, h3, h4, h5, h6")) {
            int next = heading.tagName().charAt(1) - '0';
            assertTrue(next <= level + 1, heading.text());
            level = next;
        }
    }

    @Test
    void everyHeaderCellSaysWhatItHeads() {
        for (Element table : parsed(Pages.whole()).select("table")) {
            assertEquals(1, table.select("> caption").size());
            table.select("th").forEach(cell -> assertTrue(cell.hasAttr("scope"), cell.text()));
            table.select("tbody tr")
                    .forEach(row -> assertEquals("row", row.child(0).attr("scope"), row.text()));
        }
    }

    @Test
    void everyDrawingIsDescribedOrHidden() {
        for (Element svg : parsed(Pages.whole()).select("svg")) {
            boolean hidden = svg.attr("aria-hidden").equals("true");
            boolean described = Stream.concat(Stream.of(svg), svg.parents().stream())
                    .anyMatch(e ->
                            e.attr("role").equals("img") && e.attr("aria-label").length() > 20);
            assertTrue(hidden || described, svg.outerHtml());
        }
    }

    @Test
    void contentsReachEverySection() {
        Document document = parsed(Pages.whole());
        List<String> links = document.select("nav a").eachAttr("href");
        List<String> sections = document.select("main > section").stream()
                .map(s -> "#" + s.id())
                .toList();
        assertEquals(sections, links);
        assertEquals(
                sections.size(),
                Stream.of(links).distinct().flatMap(List::stream).distinct().count());
    }

    @Test
    void numbersAreAlignedAndBoxed() {
        Document document = parsed(Pages.whole());
        Element cell = document.select("td:containsOwn(1,489)").first();
        assertTrue(cell.hasClass("number"));
        for (Element table : document.select("table")) {
            assertTrue(table.parent().hasClass("scroll"));
        }
    }
}
