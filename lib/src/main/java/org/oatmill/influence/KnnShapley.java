package org.oatmill.influence;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.oatmill.core.Describe;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/**
 * Exact Shapley values of rows in a K-nearest-neighbour classifier of the target rows (Jia et al.,
 * "Efficient task-specific data valuation for nearest neighbor algorithms", VLDB 2019, theorem 1): for
 * one target row the utility of a set S is the share of K that its min(K, |S|) nearest neighbours of
 * the right label make up; a row's value is the mean over the target rows. Positive: helpful, and the
 * values add up to the utility of all rows. A row of a wrong label is near rows of another label and
 * has a negative value, so the lowest values are suspects as well.
 *
 * <p>From the farthest neighbour N to the nearest: s_N = [y_N = y] min(K, N) / (N K), s_i = s_(i+1) +
 * ([y_i = y] - [y_(i+1) = y]) / K * min(K, i) / i. Time O(n log n) a target row.
 *
 * <p>Differs from the paper: K may be more than n; a target row that is itself among the rows is no
 * neighbour of itself; equal distances are ordered by id.
 *
 * @param neighbours K
 * @param distance between vectors
 */
@Describe("exact Shapley values of a nearest-neighbour classifier of the target rows; vectors, no model")
public record KnnShapley(
        @Describe("neighbours that vote") int neighbours, @Describe("between vectors") Distance distance)
        implements InfluenceMethod {

    /** How far apart two vectors are. */
    public enum Distance {
        /** 1 less the cosine; a vector of zeros has cosine 0 with all others. */
        COSINE,
        EUCLIDEAN
    }

    /** Target rows whose values are held at once. */
    private static final int AT_ONCE = 16;

    public KnnShapley {
        if (neighbours < 1) {
            throw new UserException("Cannot value rows: neighbours = " + neighbours + ", expected at least 1");
        }
    }

    @Override
    public Question question() {
        return Question.WORTH;
    }

    @Override
    public Set<Need> needs() {
        return Set.of(Need.TARGET, Need.LABELS, Need.VECTORS);
    }

    @Override
    public Valuation values(Evidence evidence) {
        return Valuation.withoutModel(values(evidence.rows(), evidence.target()));
    }

    private double[] values(List<EvidenceRow> rows, List<EvidenceRow> target) {
        Vector[] vectors = rows.stream().map(EvidenceRow::vector).toArray(Vector[]::new);
        double[] norms = Arrays.stream(vectors).mapToDouble(Vector::norm).toArray();
        double[] total = new double[rows.size()];
        for (int from = 0; from < target.size(); from += AT_ONCE) {
            List<EvidenceRow> some = target.subList(from, Math.min(target.size(), from + AT_ONCE));
            List<double[]> values = IntStream.range(0, some.size())
                    .parallel()
                    .mapToObj(t -> values(rows, vectors, norms, some.get(t)))
                    .toList();
            for (double[] one : values) {
                for (int i = 0; i < total.length; i++) {
                    total[i] += one[i];
                }
            }
        }
        for (int i = 0; i < total.length; i++) {
            total[i] /= target.size();
        }
        return total;
    }

    private double[] values(List<EvidenceRow> rows, Vector[] vectors, double[] norms, EvidenceRow target) {
        int[] nearest = nearest(rows, vectors, norms, target);
        double[] values = new double[rows.size()];
        double k = neighbours;
        double value = 0;
        boolean beyond = false;
        for (int i = nearest.length; i > 0; i--) {
            boolean right = rows.get(nearest[i - 1]).labelled().equals(target.labelled());
            value += ((right ? 1 : 0) - (beyond ? 1 : 0)) / k * Math.min(k, i) / i;
            beyond = right;
            values[nearest[i - 1]] = value;
        }
        return values;
    }

    /** Positions of the rows, the nearest first. */
    private int[] nearest(List<EvidenceRow> rows, Vector[] vectors, double[] norms, EvidenceRow target) {
        Vector query = target.vector();
        double norm = query.norm();
        // Distance in the upper half and position in the lower: the bits of floats from 0 on sort as they do.
        long[] order = new long[vectors.length];
        int found = 0;
        for (int i = 0; i < vectors.length; i++) {
            if (!rows.get(i).id().equals(target.id())) {
                double product = dot(query, vectors[i]);
                double apart = distance == Distance.COSINE
                        ? 1 - (product == 0 ? 0 : product / (norm * norms[i]))
                        : norm * norm + norms[i] * norms[i] - 2 * product;
                order[found++] = (long) Float.floatToIntBits((float) Math.max(0, apart)) << 32 | i;
            }
        }
        Arrays.sort(order, 0, found);
        return Arrays.stream(order, 0, found).mapToInt(o -> (int) o).toArray();
    }

    private static double dot(Vector a, Vector b) {
        return a.isSparse() || b.isSparse() || a.size() != b.size() ? a.dot(b) : dot(a.values(), b.values());
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
