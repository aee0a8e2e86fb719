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

class RowSelectionTest {

    static Stream<RowSelection> methods() {
        return RowSelection.METHODS.rows().values().stream();
    }

    /** Scores with ties; label a has few rows and all the high scores. */
    private static List<ValuedRow> candidates() {
        Random random = new Random(3);
        return IntStream.range(0, 200)
                .mapToObj(i -> new ValuedRow(
                        "r" + i,
                        random.nextInt(40) - 10 + (i % 10 == 0 ? 100 : 0),
                        i % 10 == 0 ? "a" : i % 10 < 6 ? "b" : "c"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void asManyAsAskedEachOnceWhateverTheOrder(RowSelection method) {
        List<ValuedRow> shuffled = new ArrayList<>(candidates());
        Collections.shuffle(shuffled, new Random(5));
        for (int size : new int[] {1, 37, 200, 500}) {
            List<ValuedRow> chosen = method.choose(candidates(), size);
            assertEquals(Math.min(size, 200), chosen.size());
            assertEquals(chosen.size(), ids(chosen).size());
            assertEquals(chosen, method.choose(shuffled, size));
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theMoreThatAreKeptTheMoreOfTheSame(RowSelection method) {
        Set<String> few = ids(method.choose(candidates(), 50));
        assertTrue(ids(method.choose(candidates(), 90)).containsAll(few));
    }

    private static Set<String> ids(List<ValuedRow> chosen) {
        return chosen.stream().map(ValuedRow::id).collect(Collectors.toCollection(HashSet::new));
    }

    @Test
    void topKeepsTheHighestAndOfEqualsTheFirstIds() {
        List<ValuedRow> rows = List.of(
                new ValuedRow("b", 1, null),
                new ValuedRow("a", 1, null),
                new ValuedRow("c", 2, null),
                new ValuedRow("d", -1, null));
        assertEquals(
                List.of("c", "a"),
                new Top().choose(rows, 2).stream().map(ValuedRow::id).toList());
    }

    @Test
    void topPerLabelIsBalancedWhereTopTakesOneClassAlone() {
        Map<String, String> labels = candidates().stream().collect(Collectors.toMap(ValuedRow::id, ValuedRow::label));
        Function<RowSelection, Map<String, Long>> counts = method -> method.choose(candidates(), 20).stream()
                .collect(Collectors.groupingBy(row -> labels.get(row.id()), Collectors.counting()));
        assertEquals(Map.of("a", 20L), counts.apply(new Top()));
        assertEquals(Map.of("a", 7L, "b", 7L, "c", 6L), counts.apply(new TopPerLabel()));
        // Class a has twenty rows; the others share what it cannot fill.
        assertEquals(
                Map.of("a", 20L, "b", 50L, "c", 50L),
                new TopPerLabel()
                        .choose(candidates(), 120).stream()
                                .collect(Collectors.groupingBy(row -> labels.get(row.id()), Collectors.counting())));
    }
}
