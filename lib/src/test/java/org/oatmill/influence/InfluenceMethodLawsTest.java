package org.oatmill.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Noise;
import org.oatmill.model.BigramLm;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Objective;
import org.oatmill.model.Subspace;

/** What holds for every row of the table of methods. */
class InfluenceMethodLawsTest {

    static Stream<InfluenceMethod> methods() {
        // The typical seeds method draws a thousand directions; laws hold for sixteen as well.
        return InfluenceMethod.METHODS.rows().values().stream()
                .map(method -> method instanceof SeedLinfik ? new SeedLinfik(16, Noise.Law.GAUSSIAN, 1e-3) : method);
    }

    private static BigramLm fork() {
        return Glosses.model().fork(new Subspace.Full());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyRowHasOneFiniteScoreAndTheyDiffer(InfluenceMethod method) {
        Evidence evidence = Glosses.evidence(fork());

        double[] scores = method.values(evidence).scores();

        assertEquals(evidence.rows().size(), scores.length);
        assertTrue(Arrays.stream(scores).allMatch(Double::isFinite));
        assertTrue(Arrays.stream(scores).distinct().count() > 1);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theOrderOfRowsChangesNoBit(InfluenceMethod method) {
        BigramLm fork = fork();
        Evidence evidence = Glosses.evidence(fork);
        List<EvidenceRow> rows = new ArrayList<>(evidence.rows());
        List<EvidenceRow> target = new ArrayList<>(evidence.target());
        Collections.shuffle(rows, new Random(1));
        Collections.shuffle(target, new Random(2));

        Evidence shuffled = new Evidence(rows, target, Measuring.by(fork), evidence.objective(), evidence.seed());

        assertArrayEquals(
                method.values(evidence).scores(), method.values(shuffled).scores());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void itLooksAtNothingButWhatItNeeds(InfluenceMethod method) {
        Evidence all = Glosses.evidence(fork());
        Set<Need> needs = method.needs();
        Evidence least = new Evidence(
                all.rows().stream().map(row -> only(row, needs)).toList(),
                needs.contains(Need.TARGET)
                        ? all.target().stream().map(row -> only(row, needs)).toList()
                        : List.of(),
                needs.contains(Need.MODEL) ? all.model() : Measuring.none(),
                all.objective(),
                all.seed());

        assertArrayEquals(method.values(all).scores(), method.values(least).scores());
    }

    private static EvidenceRow only(EvidenceRow row, Set<Need> needs) {
        return new EvidenceRow(
                row.id(),
                row.text(),
                needs.contains(Need.LABELS) ? row.label() : null,
                needs.contains(Need.MODEL) ? row.shown() : null,
                needs.contains(Need.VECTORS) ? row.place() : null,
                needs.contains(Need.PROBABILITIES) ? row.guess() : null);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void passesAreCountedAsTheModelCountsThem(InfluenceMethod method) {
        BigramLm fork = fork();

        Valuation valuation = method.values(Glosses.evidence(fork));

        CausalLm.Counts counts = fork.counts();
        assertEquals(counts.forwards(), valuation.forwards());
        assertEquals(counts.backwards(), valuation.backwards());
        assertEquals(method.needs().contains(Need.GRADIENTS), counts.backwards() > 0);
        assertEquals(method.needs().contains(Need.MODEL) ? fork.digest() + "@0" : "none", valuation.checkpoint());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aRowAloneScoresAsItDoesAmongOthers(InfluenceMethod method) {
        // Not those that compare rows with one another.
        if (method.needs().contains(Need.LABELS)) {
            return;
        }
        BigramLm fork = fork();
        Evidence all = Glosses.evidence(fork);
        double[] scores = method.values(all).scores();
        for (int i : new int[] {0, 33, 69}) {
            Evidence one =
                    new Evidence(List.of(all.rows().get(i)), all.target(), all.model(), all.objective(), all.seed());
            assertEquals(scores[i], method.values(one).scores()[0], 1e-6 * Math.abs(scores[i]));
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void aSubspaceOfFewCoordinatesWorksAsWell(InfluenceMethod method) {
        for (Subspace subspace : List.of(new Subspace.RandomMask(0.2, 3), new Subspace.Half(0, 1))) {
            BigramLm fork = Glosses.model().fork(subspace);
            Evidence evidence = Glosses.evidence(fork);
            Evidence nll = new Evidence(
                    evidence.rows(), evidence.target(), evidence.model(), new Objective.MeanNll(), evidence.seed());
            assertFalse(Arrays.stream(method.values(nll).scores()).allMatch(score -> score == 0));
        }
    }
}
