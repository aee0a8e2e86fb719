package org.oatmill.jobs.audit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Vector;
import org.oatmill.influence.Evidence;
import org.oatmill.influence.EvidenceRow;
import org.oatmill.influence.KnnShapley;
import org.oatmill.influence.Measuring;
import org.oatmill.model.Objective;

class NeighboursTest {
    private static final int K = 10;

    /** Points in clouds, as texts are. */
    private static float[][] points(int n, int clouds) {
        Random random = new Random(5);
        float[][] centres = new float[clouds][16];
        float[][] points = new float[n][16];
        for (float[] centre : centres) {
            for (int j = 0; j < centre.length; j++) {
                centre[j] = (float) random.nextGaussian();
            }
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < 16; j++) {
                points[i][j] = centres[i % clouds][j] + 0.5f * (float) random.nextGaussian();
            }
        }
        return points;
    }

    private static List<String> ids(int n) {
        return IntStream.range(0, n).mapToObj(i -> "r" + i).toList();
    }

    /** In the order of positions, which is that of evidence too. */
    private static String id(int i) {
        return String.format("r%02d", i);
    }

    private static double cosine(float[] a, float[] b) {
        return Vector.dense(a).dot(Vector.dense(b))
                / Vector.dense(a).norm()
                / Vector.dense(b).norm();
    }

    @Test
    void exactNeighboursAreThoseOfBruteForce() {
        float[][] points = points(1300, 7);
        points[5] = new float[16];
        Neighbours found = Neighbours.of(points, ids(1300), K, 0);
        for (int i = 0; i < 1300; i += 131) {
            int query = i;
            int[] expected = IntStream.range(0, 1300)
                    .filter(j -> j != query && j != 5)
                    .boxed()
                    .sorted(Comparator.comparingDouble(j -> -cosine(points[query], points[j])))
                    .limit(K)
                    .mapToInt(j -> j)
                    .toArray();
            assertArrayEquals(expected, found.rows()[i]);
            assertEquals(cosine(points[i], points[expected[0]]), found.cosines()[i][0], 1e-5);
        }
        assertEquals(0, found.rows()[5].length);
    }

    /** Cells miss some; a row is compared with half of these 10,000. */
    @Test
    void cellsFindMostNeighbours() {
        int n = 10_000;
        float[][] points = points(n, 20);
        Neighbours exact = Neighbours.of(points, ids(n), K, 0);
        Neighbours cells = Neighbours.of(points, ids(n), K, 0, 1000);
        double recall = IntStream.range(0, n)
                .mapToDouble(i -> {
                    Set<Integer> all = Arrays.stream(exact.rows()[i]).boxed().collect(Collectors.toSet());
                    return Arrays.stream(cells.rows()[i]).filter(all::contains).count() / (double) K;
                })
                .average()
                .orElse(0);
        assertTrue(recall > 0.9, () -> "recall = " + recall);
    }

    @Test
    void shapleyValuesOfAllNeighboursAreExact() {
        int n = 60;
        float[][] points = points(n, 3);
        List<AuditedRow> rows = IntStream.range(0, n)
                .mapToObj(i -> new AuditedRow(id(i), id(i), i, "", i % 11 == 0 ? "x" : "y" + i % 3))
                .toList();
        Neighbours all = Neighbours.of(points, ids(n), n - 1, 0);
        double[] values = SuspectedLabels.knnShapley(new SuspectedLabels.Known(rows, List.of(), all, new int[n]), 5);

        List<EvidenceRow> evidence = IntStream.range(0, n)
                .mapToObj(i -> new EvidenceRow(id(i), "", rows.get(i).label(), null, Vector.dense(points[i]), null))
                .toList();
        double[] expected = new KnnShapley(5, KnnShapley.Distance.COSINE)
                .values(new Evidence(
                        evidence, evidence, Measuring.none(), Objective.METHODS.typical("option-cross-entropy"), 0))
                .scores();
        assertArrayEquals(expected, values, 1e-6);
    }
}
