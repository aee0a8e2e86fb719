package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Vector;

class DeitaTest {
    private static final Deita DEITA = new Deita("complexity", "quality", 0.97);

    private static double score(Candidate row) {
        return row.value("complexity") * row.value("quality");
    }

    /** The rule as it is told: one row after the other. */
    private static List<Candidate> sequential(List<Candidate> rows, int size) {
        List<Candidate> kept = new ArrayList<>();
        for (Candidate row : sorted(rows)) {
            if (kept.size() < size && kept.stream().noneMatch(other -> cosine(row, other) > DEITA.threshold())) {
                kept.add(row);
            }
        }
        return kept;
    }

    /** The published batches: a row falls for an earlier one of its batch, dropped or not. */
    private static List<Candidate> published(List<Candidate> rows, int size, int batch) {
        List<Candidate> kept = new ArrayList<>();
        List<Candidate> sorted = sorted(rows);
        for (int start = 0; start < sorted.size(); start += batch) {
            List<Candidate> seen = new ArrayList<>(kept);
            for (Candidate row : sorted.subList(start, Math.min(sorted.size(), start + batch))) {
                if (kept.size() < size && seen.stream().noneMatch(other -> cosine(row, other) > DEITA.threshold())) {
                    kept.add(row);
                }
                seen.add(row);
            }
        }
        return kept;
    }

    private static List<Candidate> sorted(List<Candidate> rows) {
        return rows.stream()
                .sorted(Comparator.comparingDouble(DeitaTest::score).reversed().thenComparing(Candidate::id))
                .toList();
    }

    private static double cosine(Candidate a, Candidate b) {
        return a.vector().dot(b.vector()) / (a.vector().norm() * b.vector().norm());
    }

    private static Sample chosen(List<Candidate> rows, int size, int block) {
        return DEITA.choose(Populations.of(rows), Draw.of(SampleSize.rows(size)), block);
    }

    private static List<String> ids(Sample sample) {
        return sample.rows().collect().stream().map(SampledRow::id).toList();
    }

    private static List<String> ids(List<Candidate> rows) {
        return rows.stream().map(Candidate::id).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 1000})
    void blocksOfAnySizeKeepWhatTheSequentialRuleKeeps(int block) {
        List<Candidate> rows = Populations.rows(400, 3);
        for (int size : new int[] {1, 5, 60, 400}) {
            assertEquals(ids(sequential(rows, size)), ids(chosen(rows, size, block)));
        }
        assertNotEquals(ids(sequential(rows, 60)), ids(published(rows, 60, 64)), "the published defect shows here");
    }

    @Test
    void noTwoKeptRowsAreAlikeAndEveryDroppedOneResemblesABetter() {
        Map<String, Candidate> rows =
                Populations.rows(400, 3).stream().collect(Collectors.toMap(Candidate::id, row -> row));
        Sample sample = chosen(List.copyOf(rows.values()), 400, 50);
        List<String> kept = ids(sample);
        for (String a : kept) {
            for (String b : kept) {
                assertTrue(a.equals(b) || cosine(rows.get(a), rows.get(b)) <= 0.97);
            }
        }
        List<DroppedRow> dropped = sample.dropped().orElseThrow().collect();
        assertEquals(400, kept.size() + dropped.size());
        for (DroppedRow row : dropped) {
            assertEquals("near-duplicate", row.reason());
            assertTrue(kept.contains(row.evidenceId()));
            assertTrue(cosine(rows.get(row.id()), rows.get(row.evidenceId())) > 0.97);
            assertTrue(score(rows.get(row.evidenceId())) >= row.score());
        }
        assertTrue(sample.warnings().get(0).contains("size = 400"));
    }

    @Test
    void rowsBehindTheLastKeptOneFallToTheSize() {
        List<Candidate> rows = Populations.rows(400, 3);
        Sample sample = chosen(rows, 5, 50);
        double last = sample.rows().collect().get(4).score();
        assertFalse(sample.dropped().orElseThrow().collect().isEmpty());
        for (DroppedRow row : sample.dropped().orElseThrow().collect()) {
            assertTrue(row.reason().equals("near-duplicate") ? row.score() >= last : row.score() <= last);
        }
    }

    /** Length is nothing to a cosine, and a row of zeros is like another such row only. */
    @Test
    void longRowsAndRowsOfZerosAreComparedByAngle() {
        List<Candidate> rows = List.of(
                row("a", 6, 1, 0), row("b", 5, 100, 0), row("c", 4, 0, 1), row("d", 3, 0, 0), row("e", 2, 0, 0));
        assertEquals(List.of("a", "c", "d"), ids(chosen(rows, 5, 2)));
    }

    private static Candidate row(String id, double quality, float... at) {
        return new Candidate(id, Vector.dense(at), new Facts(null, Map.of("complexity", 1.0, "quality", quality)));
    }
}
