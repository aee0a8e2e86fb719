package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Chance;
import org.oatmill.core.Vector;

class FarthestPointTest {

    /** One pick after the other, each measured against all kept ones. */
    private static List<String> sequential(List<Point> rows, int size, long seed) {
        List<Point> kept = new ArrayList<>();
        kept.add(rows.stream()
                .min(Comparator.comparingDouble(row -> Chance.u(seed, "farthest-point", row.id())))
                .orElseThrow());
        while (kept.size() < size) {
            Comparator<Point> byDistance = Comparator.comparingDouble(row -> distance(row, kept));
            kept.add(rows.stream()
                    .filter(row -> !kept.contains(row))
                    .min(byDistance.reversed().thenComparing(Point::id))
                    .orElseThrow());
        }
        return kept.stream().map(Point::id).toList();
    }

    private static double distance(Point row, List<Point> kept) {
        return kept.stream()
                .mapToDouble(other -> Math.max(0, 1 - row.cosine(other)))
                .min()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 1000})
    void readingsKeepWhatOnePickAfterTheOtherKeeps(int ahead) {
        List<Candidate> rows = new ArrayList<>(Populations.rows(150, 3));
        for (int k = 0; k < 20; k++) {
            // Ties: rows in one place.
            rows.add(new Candidate("same" + k, Vector.dense(0, 0, 0, 0, 0, 1)));
        }
        List<Point> points = rows.stream().map(row -> Point.of(row, 0)).toList();
        for (int size : new int[] {1, 40, 170}) {
            Sample sample = new FarthestPoint().choose(Populations.of(rows), Draw.of(SampleSize.rows(size)), 5, ahead);
            List<SampledRow> kept = sample.rows().collect();
            assertEquals(
                    sequential(points, size, 5),
                    kept.stream().map(SampledRow::id).toList());
            Set<String> ids = new HashSet<>();
            for (int k = 1; k < size; k++) {
                assertTrue(kept.get(k).score() <= kept.get(k - 1).score());
                assertTrue(ids.add(kept.get(k).id()));
            }
            double radius = (double) sample.notes().get("radius");
            for (DroppedRow row : sample.dropped().orElseThrow().collect()) {
                assertTrue(row.score() <= radius, "no dropped row is farther than the last pick was");
            }
        }
    }
}
