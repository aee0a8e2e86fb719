package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/** What holds of every method in the table. */
class SamplingMethodLawsTest {
    private static final int ROWS = 150;

    /** They do not look at vectors. */
    private static final Set<String> BLIND = Set.of("uniform", "label-stratified", "skill-it", "length-fidelity");

    static Stream<String> methods() {
        return Populations.methods().keySet().stream();
    }

    private static SamplingMethod method(String name) {
        return Populations.methods().get(name);
    }

    private static Sample chosen(String name, List<Candidate> rows, long size, long seed) {
        return Sample.of(Populations.of(rows), method(name), Draw.of(SampleSize.rows(size)), seed);
    }

    private static Set<String> ids(Sample sample) {
        return sample.rows().collect().stream().map(SampledRow::id).collect(Collectors.toSet());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theSizeIsTheOneAskedForOrAWarningSaysWhyNot(String name) {
        Set<String> population =
                Populations.rows(ROWS, 1).stream().map(Candidate::id).collect(Collectors.toSet());
        for (int size : new int[] {1, 10, 60, ROWS, ROWS + 1}) {
            Sample sample = chosen(name, Populations.rows(ROWS, 1), size, 5);
            List<SampledRow> rows = sample.rows().collect();
            assertEquals(rows.size(), sample.size(), name);
            assertEquals(rows.size(), ids(sample).size(), "a row twice");
            assertEquals(ROWS, sample.population());
            assertTrue(population.containsAll(ids(sample)));
            assertTrue(
                    rows.size() == size
                            || rows.size() < size
                                    && sample.warnings().stream().anyMatch(w -> w.contains("size = " + size)),
                    () -> name + " keeps " + rows.size() + " of " + size + ": " + sample.warnings());
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void droppedRowsAreNoneOfTheKeptAndHaveAReason(String name) {
        Sample sample = chosen(name, Populations.rows(ROWS, 1), 20, 5);
        Set<String> kept = ids(sample);
        List<DroppedRow> dropped = sample.dropped().map(Rows::collect).orElse(List.of());
        for (DroppedRow row : dropped) {
            assertFalse(kept.contains(row.id()));
            assertFalse(row.reason().isEmpty());
        }
        assertEquals(
                dropped.size(), dropped.stream().map(DroppedRow::id).distinct().count());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theOrderOfRowsChangesNothing(String name) {
        List<Candidate> rows = new ArrayList<>(Populations.rows(ROWS, 1));
        Sample first = chosen(name, rows, 30, 5);
        Collections.shuffle(rows, new Random(8));
        Sample second = chosen(name, rows, 30, 5);
        assertEquals(
                new HashSet<>(first.rows().collect()),
                new HashSet<>(second.rows().collect()));
        assertEquals(
                first.dropped().map(d -> new HashSet<>(d.collect())),
                second.dropped().map(d -> new HashSet<>(d.collect())));
        assertEquals(first.notes(), second.notes());
        assertEquals(first.warnings(), second.warnings());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void badRowsAreNamedWithWhatIsExpected(String name) {
        Set<String> needs = method(name).needs();
        for (String need : needs) {
            Map<String, Double> without = new TreeMap<>(values());
            without.remove(need);
            String label = need.equals(SamplingMethod.LABEL) ? null : "skill0";
            refused(name, new Candidate("bad", Vector.dense(new float[6]), new Facts(label, without)));
            if (label != null) {
                without.put(need, Double.NaN);
                refused(name, new Candidate("bad", Vector.dense(new float[6]), new Facts(label, without)));
            }
        }
        if (!BLIND.contains(name)) {
            refused(name, new Candidate("bad", Vector.dense(1, 1, Float.NaN, 1, 1, 1), facts()));
            refused(name, new Candidate("bad", Vector.dense(1, 1, 1), facts()));
        }
    }

    private static Map<String, Double> values() {
        return Populations.rows(1, 1).get(0).facts().values();
    }

    private static Facts facts() {
        return new Facts("skill0", values());
    }

    private static void refused(String name, Candidate bad) {
        List<Candidate> rows = new ArrayList<>(Populations.rows(ROWS, 1));
        rows.add(bad);
        String message = assertThrows(
                        UserException.class,
                        () -> chosen(name, rows, 100, 5).rows().collect(),
                        () -> name + " takes " + bad)
                .getMessage();
        assertTrue(message.contains("id = bad") && message.contains("expected"), message);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void noRowsAtAllAreRefused(String name) {
        String message = assertThrows(UserException.class, () -> chosen(name, List.of(), 3, 5))
                .getMessage();
        assertTrue(message.contains("population = 0"), message);
    }

    @ParameterizedTest
    @MethodSource("methods")
    void missingTargetsAreRefusedWhereTheyAreNeeded(String name) {
        if (method(name).needsTargets()) {
            Population none = new Population(Rows.of(Populations.rows(ROWS, 1)), Optional.empty());
            Draw draw = Draw.of(SampleSize.rows(3));
            String message = assertThrows(UserException.class, () -> Sample.of(none, method(name), draw, 5))
                    .getMessage();
            assertTrue(message.contains("expected") && message.contains("target"), message);
        }
    }
}
