package org.oatmill.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;
import org.oatmill.influence.ConfidentLearning.Finding;

class ConfidentLearningTest {

    private static EvidenceRow row(String id, String label, double a, double b) {
        return new EvidenceRow(id, "", label, null, null, Map.of("a", a, "b", b, "c", 1 - a - b));
    }

    /** Thresholds by hand: t_a = (.9 + .7 + .2) / 3 = .6, t_b = (.8 + .4) / 2 = .6, t_c = .7. */
    @Test
    void aRowConfidentlyOfAnotherClassIsSuspectedAndOneThatIsMerelyUnsureIsNot() {
        List<Finding> findings = ConfidentLearning.findings(List.of(
                row("1", "a", .9, .1),
                row("2", "a", .7, .2),
                row("3", "a", .2, .7),
                row("4", "b", .1, .8),
                row("5", "b", .5, .4),
                row("6", "c", .2, .1)));

        assertEquals(
                List.of(false, false, true, false, false, false),
                findings.stream().map(Finding::suspected).toList());
        assertEquals("b", findings.get(2).suggestion());
        assertEquals("b", findings.get(4).suggestion());
        assertEquals((.7 - .6) - (.2 - .6), findings.get(2).score(), 1e-12);
        assertEquals((.5 - .6) - (.4 - .6), findings.get(4).score(), 1e-12);
        assertEquals((.1 - .6) - (.9 - .6), findings.get(0).score(), 1e-12);
    }

    @Test
    void flippedLabelsAreFoundWhereTheClassifierIsGood() {
        List<EvidenceRow> rows = Glosses.rows(Glosses.model(), 0, 210, true);
        List<Finding> findings = ConfidentLearning.findings(rows);
        boolean[] flipped = new boolean[210];
        for (int i = 0; i < 210; i++) {
            flipped[i] = Glosses.isFlipped(i);
        }
        double[] scores = findings.stream().mapToDouble(Finding::score).toArray();
        assertTrue(Ranks.auc(scores, flipped) > 0.95);
        assertTrue(
                IntStream.range(0, 210).filter(i -> findings.get(i).suspected()).allMatch(i -> flipped[i]));
    }

    @Test
    void oneClassIsRefused() {
        assertThrows(UserException.class, () -> ConfidentLearning.findings(List.of(row("1", "a", .9, .1))));
    }
}
