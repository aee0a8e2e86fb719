package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Chance;
import org.oatmill.core.UserException;

class WordingsTest {
    private static final Wordings WORDINGS = new Wordings(
            new TreeMap<>(Map.of("{lemma}: {text}", 1.0, "{text}", 2.0, "{text}. Kind: {category}.", 1.0)));

    @Test
    void fieldsArePutInAsTheyStand() {
        Wordings one = new Wordings(Map.of("{lemma}: {text} {text}", 0.1));
        assertEquals("a{b}$1: t t", one.of("id", Map.of("lemma", "a{b}$1", "text", "t"), 0.999));
    }

    /** 4,000 draws: a share of one half has a deviation of 0.8 %, and 4 % is five of them. */
    @Test
    void wordingsAreDrawnByTheirWeightAmongThoseThatFit() {
        Map<String, Integer> drawn = new TreeMap<>();
        Map<String, Integer> without = new TreeMap<>();
        for (int i = 0; i < 4000; i++) {
            double u = Chance.u(1, "wording", "row " + i);
            drawn.merge(WORDINGS.of("id", Map.of("lemma", "l", "text", "t", "category", "c"), u), 1, Integer::sum);
            without.merge(WORDINGS.of("id", Map.of("lemma", "l", "text", "t"), u), 1, Integer::sum);
        }
        assertEquals(3, drawn.size());
        assertEquals(0.50, drawn.get("t") / 4000.0, 0.04);
        assertEquals(0.25, drawn.get("l: t") / 4000.0, 0.04);
        assertEquals(0.25, drawn.get("t. Kind: c.") / 4000.0, 0.04);
        assertEquals(2, without.size());
        assertEquals(2 / 3.0, without.get("t") / 4000.0, 0.04);
    }

    @Test
    void aDocumentThatNoTemplateFitsIsNamed() {
        Wordings one = new Wordings(Map.of("{lemma}: {text}", 1.0));
        UserException e = assertThrows(UserException.class, () -> one.of("row 7", Map.of("text", "t"), 0.5));
        assertEquals(true, e.getMessage().contains("row 7"), e.getMessage());
        assertThrows(UserException.class, () -> new Wordings(Map.of("{text}", 0.0)));
        assertThrows(UserException.class, () -> new Wordings(Map.of()));
    }
}
