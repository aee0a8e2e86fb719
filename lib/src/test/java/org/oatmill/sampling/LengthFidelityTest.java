package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

class LengthFidelityTest {
    private static final LengthFidelity METHOD = new LengthFidelity("asked", "made", 0.2);

    private static Candidate row(String id, double asked, double made) {
        return new Candidate(id, Vector.dense(1), new Facts(null, Map.of("asked", asked, "made", made)));
    }

    private static Sample chosen(Candidate... rows) {
        return METHOD.choose(Population.of(Rows.of(List.of(rows))), Draw.of(SampleSize.share(1)), 3);
    }

    @Test
    void outputsWithinTheToleranceStayAndOthersSayWhyNot() {
        Sample sample = chosen(
                row("exact", 1000, 1000),
                row("lower end", 1000, 800),
                row("upper end", 1000, 1200),
                row("short", 1000, 799),
                row("long", 1000, 1201),
                row("nothing", 10, 0));
        assertEquals(
                Set.of("exact", "lower end", "upper end"),
                sample.rows().collect().stream().map(SampledRow::id).collect(Collectors.toSet()));
        assertEquals(
                Map.of("short", "too-short", "long", "too-long", "nothing", "too-short"),
                sample.dropped().orElseThrow().collect().stream()
                        .collect(Collectors.toMap(DroppedRow::id, DroppedRow::reason)));
        assertEquals(Map.of("too_short", 2L, "too_long", 1L), sample.notes());
    }

    @Test
    void lengthsThatAreNoneAreNamed() {
        for (Candidate bad : List.of(row("bad", 0, 5), row("bad", 5, -1))) {
            String message = assertThrows(UserException.class, () -> chosen(row("a", 5, 5), bad))
                    .getMessage();
            assertTrue(message.contains("id = bad"), message);
        }
        assertTrue(assertThrows(UserException.class, () -> chosen(row("a", 5, 500)))
                .getMessage()
                .contains("none"));
    }

    /** Of 20 rows 10 are dropped: the chances of the others say nothing of the mean of all. */
    @Test
    void aMeanIsNotEstimatedFromWhatTheRuleLeaves() {
        List<Candidate> rows = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            rows.add(row("r" + i, 10, i % 2 == 0 ? 10 : 50));
        }
        Draw five = Draw.of(SampleSize.rows(5));
        Draw draw = new Draw(five.size(), five.sampler(), five.strata(), five.floor(), List.of("made"), five.weights());
        Sample sample = Sample.of(Population.of(Rows.of(rows)), METHOD, draw, 3);
        Estimate made = (Estimate) ((List<?>) sample.notes().get("estimates")).get(0);
        assertEquals(30, made.populationMean());
        assertEquals(10, made.sampleMean());
        assertNull(made.estimate());
        assertNull(made.standardError());
    }
}
