package org.oatmill.spark.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.influence.ConfidentLearning;
import org.oatmill.influence.EvidenceRow;
import org.oatmill.influence.Ranks;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.ml.OutOfSample.Labelled;

class OutOfSampleTest {
    private static final List<String> CLASSES = List.of("a", "b", "c");

    /** Three clouds; every tenth row bears the next class's label. */
    private static List<Labelled> rows() {
        Random random = new Random(1);
        List<Labelled> rows = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            float[] at = new float[6];
            for (int d = 0; d < at.length; d++) {
                at[d] = (float) (random.nextGaussian() + (d == i % 3 ? 3 : 0));
            }
            rows.add(new Labelled("r" + i, "g" + i, CLASSES.get((i + (i % 10 == 0 ? 1 : 0)) % 3), Vector.dense(at)));
        }
        return rows;
    }

    private static Map<String, Map<String, Double>> of(List<Labelled> rows) {
        return OutOfSample.STANDARD.probabilities(rows, 3, SharedSpark.session());
    }

    @Test
    void everyRowIsGuessedByAModelThatConfidentLearningFindsWrongLabelsWith() {
        List<Labelled> rows = rows();
        Map<String, Map<String, Double>> guessed = of(rows);
        List<EvidenceRow> evidence = rows.stream()
                .map(row -> new EvidenceRow(row.id(), "", row.label(), null, null, guessed.get(row.id())))
                .toList();
        double[] scores = ConfidentLearning.findings(evidence).stream()
                .mapToDouble(ConfidentLearning.Finding::score)
                .toArray();
        boolean[] flipped = new boolean[300];
        for (int i = 0; i < 300; i += 10) {
            flipped[i] = true;
        }
        assertTrue(Ranks.auc(scores, flipped) > 0.9, "AUC " + Ranks.auc(scores, flipped));
        guessed.values()
                .forEach(p ->
                        assertEquals(1, p.values().stream().mapToDouble(x -> x).sum(), 1e-9));
    }

    @Test
    void theOrderOfRowsChangesNoBit() {
        List<Labelled> shuffled = new ArrayList<>(rows());
        Collections.shuffle(shuffled, new Random(9));
        assertEquals(of(rows()), of(shuffled));
    }

    /** A row whose place no other row shares, and its copy of the same wrong label: alone it would be learned from the copy. */
    @Test
    void copiesOfOneGroupDoNotGiveARowAway() {
        float[] far = {60, 0, 0, 0, 0, 0};
        List<Labelled> apart = new ArrayList<>(rows());
        List<Labelled> together = new ArrayList<>(rows());
        for (int copy = 0; copy < 20; copy++) {
            apart.add(new Labelled("x" + copy, "x" + copy, "c", Vector.dense(far)));
            together.add(new Labelled("x" + copy, "x", "c", Vector.dense(far)));
        }
        assertTrue(of(apart).get("x0").get("c") > 0.9);
        assertTrue(of(together).get("x0").get("a") > 0.9);
    }

    @Test
    void rowsOfOneClassAreRefused() {
        List<Labelled> one = rows().stream()
                .map(row -> new Labelled(row.id(), row.group(), "a", row.vector()))
                .toList();
        assertThrows(UserException.class, () -> of(one));
    }
}
