package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Rows;
import org.oatmill.core.Vector;

class SemDeDupTest {

    private static SemDeDup method(double epsilon, SemDeDup.Rule rule, SemDeDup.Order first) {
        return new SemDeDup(epsilon, rule, first, 4, 20, 1000);
    }

    private static Point at(String id, double degrees, double length) {
        double radians = Math.toRadians(degrees);
        return Point.of(
                new Candidate(
                        id, Vector.dense((float) (length * Math.cos(radians)), (float) (length * Math.sin(radians)))),
                0);
    }

    private static String kept(SemDeDup.Rule rule, String order) {
        // b resembles a and c, which do not resemble each other: 10 degrees are a cosine of 0.985, 20 of 0.94.
        List<Point> rows = order.chars()
                .mapToObj(c -> at(String.valueOf((char) c), 10 * (c - 'a'), 1 + c - 'a'))
                .toList();
        List<String> like = method(0.03, rule, SemDeDup.Order.NEAREST).duplicates(rows);
        return IntStream.range(0, rows.size())
                .filter(i -> like.get(i) == null)
                .mapToObj(i -> rows.get(i).id())
                .collect(Collectors.joining());
    }

    /** A greedy rule, which forgets the rows it dropped, would keep a and c of a, b, c. */
    @Test
    void theTwoRulesDifferWhereAMatchFellItself() {
        assertEquals("a", kept(SemDeDup.Rule.MATCHED, "abc"));
        assertEquals("a", kept(SemDeDup.Rule.GROUPED, "abc"));
        assertEquals("ac", kept(SemDeDup.Rule.MATCHED, "acb"));
        assertEquals("a", kept(SemDeDup.Rule.GROUPED, "acb"));
    }

    private static Sample all(SemDeDup method, List<Candidate> rows) {
        return method.choose(Population.of(Rows.of(rows)), Draw.of(SampleSize.share(1)), 3);
    }

    /** Rows that are equal but for their length have a cosine that rounding may put above 1. */
    @Test
    void epsilonZeroDropsNothing() {
        List<Candidate> rows = new ArrayList<>(Populations.rows(80, 2));
        for (int k = 0; k < 40; k++) {
            Candidate row = rows.get(k);
            float[] longer = row.vector().values().clone();
            for (int d = 0; d < longer.length; d++) {
                longer[d] *= 3.7f;
            }
            rows.add(new Candidate("copy" + k, row.vector()));
            rows.add(new Candidate("longer" + k, Vector.dense(longer)));
        }
        for (SemDeDup.Rule rule : SemDeDup.Rule.values()) {
            Sample sample = all(method(0, rule, SemDeDup.Order.FARTHEST), rows);
            assertEquals(160, sample.size());
            assertEquals(List.of(), sample.dropped().orElseThrow().collect());
            // Rows are stored in 24 bits: a factor of 3.7 may turn one by 1e-7.
            assertEquals(
                    80, all(method(1e-12, rule, SemDeDup.Order.FARTHEST), rows).size());
        }
    }

    @Test
    void orderByDistanceDecidesWhichOfTwoStays() {
        // One cluster; its direction is nearest to row c.
        List<Candidate> rows = List.of(
                new Candidate("a", Vector.dense(1, 0.2f)),
                new Candidate("b", Vector.dense(1, 0.15f)),
                new Candidate("c", Vector.dense(1, 0.1f)),
                new Candidate("d", Vector.dense(1, -0.2f)));
        SemDeDup near = new SemDeDup(0.006, SemDeDup.Rule.MATCHED, SemDeDup.Order.NEAREST, 1, 5, 10);
        SemDeDup far = new SemDeDup(0.006, SemDeDup.Rule.MATCHED, SemDeDup.Order.FARTHEST, 1, 5, 10);
        assertEquals(Set.of("c", "d"), ids(all(near, rows)));
        assertEquals(Set.of("a", "d"), ids(all(far, rows)));
    }

    private static Set<String> ids(Sample sample) {
        return sample.rows().collect().stream().map(SampledRow::id).collect(Collectors.toSet());
    }

    @Test
    void everyDroppedRowNamesOneThatItResembles() {
        List<Candidate> rows = Populations.rows(300, 2);
        Sample sample = all(method(0.02, SemDeDup.Rule.MATCHED, SemDeDup.Order.NEAREST), rows);
        List<DroppedRow> dropped = sample.dropped().orElseThrow().collect();
        assertEquals(300, sample.size() + dropped.size());
        assertTrue(dropped.size() > 100);
        for (DroppedRow row : dropped) {
            assertTrue(cosine(rows, row.id(), Objects.requireNonNull(row.evidenceId())) > 0.98);
        }
        assertEquals((long) dropped.size(), sample.notes().get("duplicates"));
    }

    private static double cosine(List<Candidate> rows, String a, String b) {
        Vector x = rows.get(Integer.parseInt(a.substring(1))).vector();
        Vector y = rows.get(Integer.parseInt(b.substring(1))).vector();
        return x.dot(y) / (x.norm() * y.norm());
    }

    /** Lloyd's rounds on a list in double, from the same first rows. */
    @Test
    void clustersAreThoseOfPlainLloydRounds() {
        List<Point> rows =
                Populations.rows(300, 2).stream().map(row -> Point.of(row, 0)).toList();
        Survey survey = Rows.of(rows).fold(Survey::new);
        Centroids one = Centroids.of(Rows.of(rows), survey, new Centroids.Fit(5, 1, 300), 7);
        Centroids many = Centroids.of(Rows.of(rows), survey, new Centroids.Fit(5, 50, 300), 7);
        double[][] sums = new double[5][6];
        for (Point row : rows) {
            for (int d = 0; d < 6; d++) {
                sums[many.nearest(row)][d] += row.at().values()[d] / row.norm();
            }
        }
        // Converged: each row is nearest to the mean direction of its own cluster.
        for (Point row : rows) {
            double[] cosines = Arrays.stream(sums)
                    .mapToDouble(sum -> {
                        double dot = 0;
                        double square = 0;
                        for (int d = 0; d < 6; d++) {
                            dot += sum[d] * row.at().values()[d];
                            square += sum[d] * sum[d];
                        }
                        return dot / Math.sqrt(square) / row.norm();
                    })
                    .toArray();
            int cluster = many.nearest(row);
            assertEquals(Arrays.stream(cosines).max().orElseThrow(), cosines[cluster], 1e-6);
            assertEquals(1 - cosines[cluster], many.distance(row, cluster), 1e-6);
        }
        assertTrue(spread(many, rows) <= spread(one, rows));
    }

    private static double spread(Centroids centroids, List<Point> rows) {
        return rows.stream()
                .mapToDouble(row -> centroids.distance(row, centroids.nearest(row)))
                .sum();
    }
}
