package org.oatmill.sampling;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/**
 * Clusters of rows by angle: spherical k-means (Dhillon and Modha, Machine Learning 42, 2001). A row
 * belongs to the centroid of the largest cosine, a centroid is the direction of the sum of its rows,
 * each scaled to length 1.
 *
 * <p>The same for any partitioning: first centroids are the rows of the smallest u(seed, "k-means", id),
 * and sums are of whole numbers, 2^31 for the length of a row.
 */
final class Centroids implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final double UNIT = 0x1p31;
    private static final long MOST_BYTES = 1L << 30;

    private final List<Point> at;

    private Centroids(List<Point> at) {
        this.at = at;
    }

    /** How to fit them. */
    record Fit(int clusters, int rounds, long rows) implements Serializable {
        Fit {
            if (clusters < 1) {
                throw new UserException("Cannot sample: clusters = " + clusters + ", expected 1 or more");
            }
            if (rounds < 1) {
                throw new UserException("Cannot sample: rounds = " + rounds + ", expected 1 or more");
            }
            if (rows < clusters) {
                throw new UserException("Cannot sample: fit_rows = " + rows + ", expected at least the number of"
                        + " clusters, " + clusters);
            }
        }
    }

    static Centroids of(Rows<Point> points, Survey survey, Fit fit, long seed) {
        long bytes = (long) Long.BYTES * Math.min(fit.clusters, survey.rows()) * survey.dimensions();
        if (bytes > MOST_BYTES) {
            throw new UserException("Cannot sample: clusters = " + fit.clusters + " of " + survey.dimensions()
                    + " dimensions take " + (bytes >> 20) + " MiB in every task, expected at most "
                    + (MOST_BYTES >> 20) + "; name fewer clusters, or embed the rows in fewer dimensions");
        }
        Rows<Point> fitted = points;
        if (fit.rows < survey.rows()) {
            double share = fit.rows / (double) survey.rows();
            fitted = points.where(row -> Chance.u(seed, "k-means rows", row.id()) < share);
        }
        Set<String> first = fitted
                .map(row -> new Ranked(row.id(), -Chance.u(seed, "k-means", row.id())))
                .fold(() -> new First(fit.clusters))
                .inOrder()
                .stream()
                .map(Ranked::id)
                .collect(Collectors.toSet());
        List<Point> start =
                new ArrayList<>(fitted.where(row -> first.contains(row.id())).collect());
        start.sort(Comparator.comparing(Point::id));
        if (start.isEmpty()) {
            throw new UserException("Cannot sample: fit_rows = " + fit.rows + " leaves no row of " + survey.rows()
                    + " to fit clusters on, expected more");
        }
        Centroids centroids = new Centroids(List.copyOf(start));
        for (int round = 0; round < fit.rounds; round++) {
            Centroids before = centroids;
            centroids = fitted.fold(() -> new Sums(before)).directions(before);
            if (centroids.at.equals(before.at)) {
                break;
            }
        }
        return centroids;
    }

    int clusters() {
        return at.size();
    }

    /** The first of the nearest. */
    int nearest(Point row) {
        int nearest = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < at.size(); c++) {
            double cosine = row.cosine(at.get(c));
            if (cosine > largest) {
                largest = cosine;
                nearest = c;
            }
        }
        return nearest;
    }

    /** 1 - cosine to the centroid of a cluster. */
    double distance(Point row, int cluster) {
        return 1 - row.cosine(at.get(cluster));
    }

    /** Sums of the rows of each cluster. */
    private static final class Sums implements Summary<Point, Sums> {
        private static final long serialVersionUID = 1L;

        // Only where rows are added: a sum that travels needs none.
        private final transient Centroids centroids;
        private final long[] @Nullable [] sums;

        Sums(Centroids centroids) {
            this.centroids = centroids;
            this.sums = new long[centroids.at.size()][];
        }

        @Override
        public void add(Point row) {
            if (row.norm() == 0) {
                return;
            }
            long[] sum = sum(centroids.nearest(row), row.at().size());
            for (int k = 0; k < row.at().stored(); k++) {
                sum[row.at().index(k)] += Math.round(row.at().values()[k] / row.norm() * UNIT);
            }
        }

        private long[] sum(int cluster, int dimensions) {
            long[] sum = sums[cluster];
            if (sum == null) {
                sum = new long[dimensions];
                sums[cluster] = sum;
            }
            return sum;
        }

        @Override
        public void merge(Sums other) {
            for (int c = 0; c < sums.length; c++) {
                long[] theirs = other.sums[c];
                if (theirs != null) {
                    long[] mine = sum(c, theirs.length);
                    Arrays.setAll(mine, d -> mine[d] + theirs[d]);
                }
            }
        }

        /** A cluster that has no rows, or whose rows add up to nothing, stays where it was. */
        Centroids directions(Centroids before) {
            List<Point> at = new ArrayList<>();
            for (int c = 0; c < sums.length; c++) {
                Point old = before.at.get(c);
                long[] sum = sums[c];
                double square = sum == null
                        ? 0
                        : Arrays.stream(sum).mapToDouble(s -> (double) s * s).sum();
                if (sum == null || square == 0) {
                    at.add(old);
                    continue;
                }
                double norm = Math.sqrt(square);
                float[] values = new float[sum.length];
                for (int d = 0; d < values.length; d++) {
                    values[d] = (float) (sum[d] / norm);
                }
                at.add(Point.of(new Candidate(old.id(), Vector.dense(values)), 0));
            }
            return new Centroids(List.copyOf(at));
        }
    }
}
