package org.oatmill.rephrase;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.oatmill.core.UserException;

class GatesTest {
    private static final List<Gate> ALL = List.copyOf(Gate.METHODS.rows().values());
    private static final String BEFORE = "a hound of 3 colours that does not bark";

    private static Rewrite rewrite(String before, String after) {
        return new Rewrite(before, after, Map.of(), Set.of("animal", "food"));
    }

    private static String reason(String before, String after) {
        return String.valueOf(Gates.verdict(ALL, rewrite(before, after)).reason());
    }

    @TestFactory
    Stream<DynamicTest> laws() {
        return Gate.METHODS.rows().entrySet().stream()
                .map(row -> dynamicTest(row.getKey(), () -> {
                    Gate gate = row.getValue();
                    assertFalse(gate.accepts(Double.NaN), "what cannot be measured is not accepted");
                    for (String text : List.of(BEFORE, "Sure, \"no\" **food** 7", "x")) {
                        Rewrite same = rewrite(text, text);
                        assertEquals(
                                !row.getKey().equals("identical"),
                                gate.accepts(gate.measure(same)),
                                "a text has no trouble that it had not before");
                        assertEquals(gate.measure(same), gate.measure(same));
                    }
                    for (String text : List.of("", " ", "\n", "\uD800", "!?", "😀")) {
                        gate.accepts(gate.measure(rewrite(text, text))); // never fails, whatever the text
                        gate.accepts(gate.measure(rewrite(BEFORE, text)));
                    }
                }));
    }

    @Test
    void aFaithfulRewritePassesAll() {
        Gates.Verdict verdict = Gates.verdict(ALL, rewrite(BEFORE, "a dog of 3 colours that doesn't do the barking"));
        assertNull(verdict.reason());
        assertTrue(verdict.accepted());
        assertEquals(Gate.METHODS.rows().keySet(), verdict.scores().keySet());
    }

    @Test
    void eachTroubleIsNamed() {
        assertEquals("empty", reason(BEFORE, " - "));
        assertEquals("identical", reason(BEFORE, "A hound, of 3 colours, that DOES not bark."));
        assertEquals("length", reason(BEFORE, "not 3"));
        assertEquals("length", reason(BEFORE, BEFORE.repeat(2) + " so much"));
        assertEquals("length", reason("...", "something"));
        assertEquals("artefact", reason(BEFORE, "Sure! A dog of 3 colours that does not bark"));
        assertEquals("artefact", reason(BEFORE, "Here is the rewritten text: dog of 3 colours that does not bark"));
        assertEquals("artefact", reason(BEFORE, "\"a dog of 3 colours that does not bark\""));
        assertEquals("artefact", reason(BEFORE, "“a dog of 3 colours that does not bark"));
        assertEquals("artefact", reason(BEFORE, "a **dog** of 3 colours that does not bark"));
        assertEquals("artefact", reason(BEFORE, "I'm sorry, I cannot say that of 3 colours"));
        assertEquals("numbers", reason(BEFORE, "a dog of three colours that does not bark"));
        assertEquals("numbers", reason(BEFORE, "a dog of 3 colours and 4 legs that does not bark"));
        assertEquals("numbers", reason("it costs 1,000.50 in all here", "it costs 1,000.51 in all places"));
        assertEquals("negation", reason(BEFORE, "a dog of 3 colours that does bark"));
        assertEquals("negation", reason(BEFORE, "no dog of 3 colours that does not bark"));
        assertEquals("label-words", reason(BEFORE, "an animal of 3 colours that does not bark"));
        assertEquals("null", reason("an animal of the zoo", "an Animal of a zoo"), "it stood there before");
    }

    /** The first in the list gives the reason, and all are measured. */
    @Test
    void theFirstOfTheListGivesTheReason() {
        Rewrite bad = rewrite(BEFORE, "food");
        assertEquals("length", Gates.verdict(ALL, bad).reason());
        List<Gate> labelsFirst = List.of(new Gates.LabelWords(0), new Gates.Length(0.5, 2));
        Gates.Verdict verdict = Gates.verdict(labelsFirst, bad);
        assertEquals("label-words", verdict.reason());
        assertEquals(Map.of("label-words", 1.0, "length", 1.0 / 9), verdict.scores());
        assertNull(Gates.verdict(List.of(), bad).reason());
    }

    @Test
    void spansOfOtherFieldsStayVerbatim() {
        Gate spans = new Gates.Spans(List.of("span1", "span2"));
        Map<String, String> fields = Map.of("span1", "the trophy", "span2", "nowhere in it");
        assertEquals(0, spans.measure(new Rewrite("so the trophy fell", "down fell the trophy", fields, Set.of())));
        Rewrite lost = new Rewrite("so the trophy fell", "so the cup fell", fields, Set.of());
        assertEquals(1, spans.measure(lost));
        assertEquals("spans", Gates.verdict(List.of(spans), lost).reason());
    }

    @Test
    void lengthBoundsAreChecked() {
        assertThrows(UserException.class, () -> new Gates.Length(2, 1));
        assertThrows(UserException.class, () -> new Gates.Length(Double.NaN, 1));
    }
}
