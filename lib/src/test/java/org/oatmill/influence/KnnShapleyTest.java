package org.oatmill.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Vector;
import org.oatmill.influence.KnnShapley.Distance;
import org.oatmill.model.Objective;

class KnnShapleyTest {

    private static List<EvidenceRow> rows(int n, long seed, String prefix) {
        Random random = new Random(seed);
        return IntStream.range(0, n)
                .mapToObj(i -> new EvidenceRow(
                        prefix + i,
                        "",
                        random.nextBoolean() ? "a" : "b",
                        null,
                        Vector.dense((float) random.nextGaussian(), (float) random.nextGaussian()),
                        null))
                .toList();
    }

    private static double[] values(List<EvidenceRow> rows, List<EvidenceRow> target, int k, Distance distance) {
        return new KnnShapley(k, distance)
                .values(new Evidence(rows, target, Measuring.by(Glosses.model()), new Objective.MeanNll(), 0))
                .scores();
    }

    /** Share of K that the nearest K of a subset with the target's label make up. */
    private static double utility(List<EvidenceRow> subset, EvidenceRow target, int k, Distance distance) {
        return subset.stream()
                        .sorted(Comparator.comparingDouble(row -> apart(row.vector(), target.vector(), distance)))
                        .limit(k)
                        .filter(row -> row.labelled().equals(target.labelled()))
                        .count()
                / (double) k;
    }

    private static double apart(Vector a, Vector b, Distance distance) {
        double x = a.values()[0] - b.values()[0];
        double y = a.values()[1] - b.values()[1];
        return distance == Distance.EUCLIDEAN ? Math.hypot(x, y) : 1 - a.dot(b) / a.norm() / b.norm();
    }

    @Test
    void equalsTheMeanOverAllOrdersOfWhatARowAdds() {
        for (int n = 1; n <= 8; n++) {
            for (int k : new int[] {1, 3, n, n + 2}) {
                List<EvidenceRow> rows = rows(n, 10 * n + k, "r");
                List<EvidenceRow> target = rows(3, 77, "t");
                for (Distance distance : Distance.values()) {
                    assertArrayEquals(brute(rows, target, k, distance), values(rows, target, k, distance), 1e-9);
                }
            }
        }
    }

    /** Shapley's definition: over all subsets S without i, |S|! (n - |S| - 1)! / n! (u(S and i) - u(S)). */
    private static double[] brute(List<EvidenceRow> rows, List<EvidenceRow> target, int k, Distance distance) {
        int n = rows.size();
        double[] values = new double[n];
        for (EvidenceRow t : target) {
            for (int set = 0; set < 1 << n; set++) {
                int members = set;
                List<EvidenceRow> subset = IntStream.range(0, n)
                        .filter(i -> (members >> i & 1) == 1)
                        .mapToObj(rows::get)
                        .toList();
                double share = factorial(subset.size()) * factorial(n - subset.size() - 1) / factorial(n);
                for (int i = 0; i < n; i++) {
                    if ((set >> i & 1) == 0) {
                        List<EvidenceRow> with = new java.util.ArrayList<>(subset);
                        with.add(rows.get(i));
                        values[i] += share
                                * (utility(with, t, k, distance) - utility(subset, t, k, distance))
                                / target.size();
                    }
                }
            }
        }
        return values;
    }

    private static double factorial(int n) {
        return n <= 1 ? 1 : n * factorial(n - 1);
    }

    @Test
    void valuesAddUpToTheUtilityOfAllRows() {
        List<EvidenceRow> rows = rows(300, 1, "r");
        List<EvidenceRow> target = rows(40, 2, "t");
        double utility = target.stream()
                .mapToDouble(t -> utility(rows, t, 5, Distance.EUCLIDEAN))
                .average()
                .orElseThrow();
        assertEquals(
                utility,
                Arrays.stream(values(rows, target, 5, Distance.EUCLIDEAN)).sum(),
                1e-12);
    }

    @Test
    void aTargetRowAmongTheRowsIsNoNeighbourOfItself() {
        List<EvidenceRow> rows = rows(6, 4, "r");
        List<EvidenceRow> one = List.of(rows.get(2));
        double[] values = values(rows, one, 1, Distance.EUCLIDEAN);
        List<EvidenceRow> others =
                rows.stream().filter(row -> !row.id().equals("r2")).toList();
        double[] without = values(others, one, 1, Distance.EUCLIDEAN);
        assertEquals(0, values[2]);
        assertArrayEquals(
                without, IntStream.of(0, 1, 3, 4, 5).mapToDouble(i -> values[i]).toArray());
    }

    @Test
    void aVectorOfZerosIsAsFarFromAllAndSparseOnesAreTakenAsDenseOnes() {
        List<EvidenceRow> dense = List.of(
                new EvidenceRow("a", "", "x", null, Vector.dense(0, 0, 0), null),
                new EvidenceRow("b", "", "x", null, Vector.dense(1, 0, 2), null),
                new EvidenceRow("c", "", "y", null, Vector.dense(0, 3, 1), null));
        List<EvidenceRow> sparse = List.of(
                new EvidenceRow("a", "", "x", null, Vector.sparse(3, new int[0], new float[0]), null),
                new EvidenceRow("b", "", "x", null, Vector.sparse(3, new int[] {0, 2}, new float[] {1, 2}), null),
                new EvidenceRow("c", "", "y", null, Vector.sparse(3, new int[] {1, 2}, new float[] {3, 1}), null));
        List<EvidenceRow> target = List.of(new EvidenceRow("t", "", "x", null, Vector.dense(1, 1, 1), null));
        double[] values = values(dense, target, 2, Distance.COSINE);
        assertArrayEquals(values, values(sparse, target, 2, Distance.COSINE));
        assertTrue(Arrays.stream(values).allMatch(Double::isFinite));
    }
}
