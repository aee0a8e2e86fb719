package org.oatmill.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;

/** Contrast as WCAG 2.2 defines it (§1.4.3, §1.4.11), in light, dark and print. */
class ContrastTest {

    private static final Pattern COLOUR = Pattern.compile("--([a-z0-9-]+):\\s*#([0-9a-f]{6})");

    private static List<Map<String, String>> palettes() {
        String css = Jsoup.parse(HtmlWriter.write(Pages.whole()))
                .select("style")
                .first()
                .data();
        List<Map<String, String>> palettes = new ArrayList<>();
        for (String block : css.split(":root", -1)) {
            Map<String, String> palette = new HashMap<>();
            for (Matcher m = COLOUR.matcher(block.substring(0, Math.max(0, block.indexOf('}')))); m.find(); ) {
                palette.put(m.group(1), m.group(2));
            }
            if (!palette.isEmpty()) {
                palettes.add(palette);
            }
        }
        return palettes;
    }

    @Test
    void lightDarkAndPrintNameTheSameColours() {
        List<Map<String, String>> palettes = palettes();
        assertEquals(3, palettes.size());
        palettes.forEach(palette -> assertEquals(palettes.get(0).keySet(), palette.keySet()));
    }

    @Test
    void textIsLegible() {
        for (Map<String, String> palette : palettes()) {
            for (String text : List.of("ink", "soft", "link", "above", "below")) {
                for (String paper : List.of("paper", "raised")) {
                    assertContrast(4.5, palette, text, paper);
                }
            }
            for (String tone : List.of("failure", "warning", "note")) {
                assertContrast(4.5, palette, tone, tone + "-paper");
                assertContrast(4.5, palette, "ink", tone + "-paper");
            }
        }
    }

    @Test
    void marksStandOutFromPaper() {
        for (Map<String, String> palette : palettes()) {
            for (String series : List.of("c0", "c1", "c2", "c3", "reference")) {
                assertContrast(3, palette, series, "paper");
            }
        }
    }

    private static void assertContrast(double least, Map<String, String> palette, String a, String b) {
        double x = luminance(palette.get(a));
        double y = luminance(palette.get(b));
        double contrast = (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
        assertTrue(contrast >= least, a + " on " + b + " has contrast " + contrast + " in " + palette);
    }

    private static double luminance(String hex) {
        double[] weights = {0.2126, 0.7152, 0.0722};
        double sum = 0;
        for (int i = 0; i < 3; i++) {
            double v = Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16) / 255.0;
            sum += weights[i] * (v <= 0.04045 ? v / 12.92 : Math.pow((v + 0.055) / 1.055, 2.4));
        }
        return sum;
    }
}
