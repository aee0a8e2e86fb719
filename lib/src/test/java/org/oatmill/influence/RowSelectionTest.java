package org.oatmill.influence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Rows;
import org.oatmill.core.Vector;
import org.oatmill.sampling.DiversifiedSampling;
import org.oatmill.sampling.Draw;
import org.oatmill.sampling.Population;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampleSize;
import org.oatmill.sampling.SampledRow;

class RowSelectionTest {

    static Stream<RowSelection> methods() {
        return RowSelection.METHODS.rows().values().stream();
    }

    /** Scores with ties; label a has few rows and all the high scores. */
    private static List<Candidate> candidates() {
        Random random = new Random(3);
        return IntStream.range(0, 200)
                .mapToObj(i -> new Candidate(
                        "r" + i,
                        random.nextInt(40) - 10 + (i % 10 == 0 ? 100 : 0),
                        i % 10 == 0 ? "a" : i % 10 < 6 ? "b" : "c",
                        1 + random.nextInt(5)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void asManyAsAskedEachOnceWhateverTheOrder(RowSelection method) {
        List<Candidate> shuffled = new ArrayList<>(candidates());
        Collections.shuffle(shuffled, new Random(5));
        for (int size : new int[] {1, 37, 200, 500}) {
            List<SelectedRow> chosen = method.choose(candidates(), size, 11);
            assertEquals(Math.min(size, 200), chosen.size());
            assertEquals(chosen.size(), ids(chosen).size());
            assertEquals(chosen, method.choose(shuffled, size, 11));
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theMoreThatAreKeptTheMoreOfTheSame(RowSelection method) {
        Set<String> few = ids(method.choose(candidates(), 50, 11));
        assertTrue(ids(method.choose(candidates(), 90, 11)).containsAll(few));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void chancesAreChancesAndAllOneWhereAllAreKept(RowSelection method) {
        assertTrue(method.choose(candidates(), 50, 11).stream()
                .allMatch(row -> row.inclusionProb() > 0 && row.inclusionProb() <= 1));
        assertTrue(method.choose(candidates(), 200, 11).stream().allMatch(row -> row.inclusionProb() == 1));
    }

    private static Set<String> ids(List<SelectedRow> chosen) {
        return chosen.stream().map(SelectedRow::id).collect(Collectors.toCollection(HashSet::new));
    }

    @Test
    void topKeepsTheHighestAndOfEqualsTheFirstIds() {
        List<Candidate> rows = List.of(
                new Candidate("b", 1, null, 1),
                new Candidate("a", 1, null, 1),
                new Candidate("c", 2, null, 1),
                new Candidate("d", -1, null, 1));
        assertEquals(
                List.of("c", "a"),
                new Top().choose(rows, 2, 0).stream().map(SelectedRow::id).toList());
    }

    @Test
    void topPerLabelIsBalancedWhereTopTakesOneClassAlone() {
        Map<String, String> labels = candidates().stream().collect(Collectors.toMap(Candidate::id, Candidate::label));
        Function<RowSelection, Map<String, Long>> counts = method -> method.choose(candidates(), 20, 0).stream()
                .collect(Collectors.groupingBy(row -> labels.get(row.id()), Collectors.counting()));
        assertEquals(Map.of("a", 20L), counts.apply(new Top()));
        assertEquals(Map.of("a", 7L, "b", 7L, "c", 6L), counts.apply(new TopPerLabel()));
        // Class a has twenty rows; the others share what it cannot fill.
        assertEquals(
                Map.of("a", 20L, "b", 50L, "c", 50L),
                new TopPerLabel()
                        .choose(candidates(), 120, 0).stream()
                                .collect(Collectors.groupingBy(row -> labels.get(row.id()), Collectors.counting())));
    }

    @Test
    void withoutInfluenceItIsTheSampleOfTheDensity() {
        Random random = new Random(3);
        List<org.oatmill.sampling.Candidate> rows = IntStream.range(0, 300)
                .mapToObj(i -> new org.oatmill.sampling.Candidate(
                        "r" + i,
                        Vector.sparse(50, new int[] {random.nextInt(10), 10 + random.nextInt(40)}, new float[] {2, 1})))
                .toList();
        DiversifiedSampling wds = new DiversifiedSampling(32, 256, 1);
        Map<String, SampledRow> all =
                Sample.of(Population.of(Rows.of(rows)), wds, Draw.of(SampleSize.rows(300)), 9).rows().collect().stream()
                        .collect(Collectors.toMap(SampledRow::id, Function.identity()));
        List<Candidate> candidates = rows.stream()
                .map(row -> new Candidate(
                        row.id(), random.nextGaussian(), null, all.get(row.id()).density()))
                .toList();

        Map<String, SampledRow> drawn =
                Sample.of(Population.of(Rows.of(rows)), wds, Draw.of(SampleSize.rows(40)), 9).rows().collect().stream()
                        .collect(Collectors.toMap(SampledRow::id, Function.identity()));
        List<SelectedRow> chosen = new InfluencePerDensity(0, 0.1).choose(candidates, 40, 9);

        assertEquals(drawn.keySet(), ids(chosen));
        for (SelectedRow row : chosen) {
            SampledRow twin = drawn.get(row.id());
            assertEquals(twin.key(), row.key(), 1e-12 * twin.key());
            assertEquals(twin.inclusionProb(), row.inclusionProb(), 1e-12);
        }
    }

    /**
     * Two kinds of rows, weights 1 : 3, so of the first that is drawn the dear kind is three quarters. 400 seeds: standard
     * deviation sqrt(.75 * .25 / 400) = 0.0217; five of them are left one time in two million.
     */
    @Test
    void rowsAreDrawnInProportionToTheirWorth() {
        // max(s, 0) + delta = 1 + 1 and 5 + 1 with a mean positive part of 3 and floor = 1/3.
        List<Candidate> rows = IntStream.range(0, 10)
                .mapToObj(i -> new Candidate("r" + i, i < 5 ? 1 : 5, null, 1))
                .toList();
        long dear = IntStream.range(0, 400)
                .filter(seed -> new InfluencePerDensity(1, 1 / 3.0)
                                .choose(rows, 1, seed)
                                .get(0)
                                .id()
                                .compareTo("r5")
                        >= 0)
                .count();
        assertEquals(0.75, dear / 400.0, 5 * 0.0217);
    }
}
