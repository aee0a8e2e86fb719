package org.oatmill.sampling;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Required;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * SemDeDup (arXiv 2303.09540): rows are clustered, and within a cluster those that resemble an earlier
 * one, by a cosine above 1 - epsilon, are dropped. Of what is left, as many rows are drawn as asked
 * for, each with the same chance, which is the chance among these; {@code fraction = 1} keeps all that is left.
 *
 * <p>Differs from the paper: clusters are of directions and the same for any partitioning. The paper keeps
 * one row of every group of duplicates, the authors' code another set: both are here, by name.
 *
 * @param epsilon a cosine above 1 - epsilon makes two rows duplicates; at 0 there are none
 * @param rule which duplicates fall
 * @param first which rows of a cluster come first, and so stay
 * @param clusters at most; duplicates in different clusters are not found
 * @param rounds of k-means, at most
 * @param fitRows about so many rows, at most, are read to find the clusters
 */
@Describe("drops rows that resemble an earlier one of their cluster, draws from the rest with equal chances")
public record SemDeDup(
        @Required @Describe("a cosine above 1 - epsilon makes two rows duplicates") double epsilon,
        @Describe("which duplicates fall: matched, for any earlier row; grouped, all but one of a group") Rule rule,
        @Describe("which rows of a cluster come first, and so stay, by distance to its centroid") Order first,
        @Describe("of k-means, at most; duplicates in different clusters are not found") int clusters,
        @Describe("of k-means, at most") int rounds,
        @Describe(value = "are read to find the clusters, at most", unit = "rows") long fitRows)
        implements SamplingMethod {

    /** Rows of a cluster that are compared without a word; its square is the work. */
    private static final long LARGE = 50_000;

    /** Which duplicates fall. */
    public enum Rule {
        /** A row that resembles any earlier one, even one that fell itself: the authors' code. */
        MATCHED,
        /** All but the first row of a group that resemblance connects: the paper. */
        GROUPED
    }

    /** Which rows of a cluster come first. */
    public enum Order {
        FARTHEST,
        NEAREST
    }

    public SemDeDup {
        if (!(epsilon >= 0 && epsilon <= 2)) {
            throw new UserException("Cannot sample: epsilon = " + epsilon + ", expected a number from 0 to 2");
        }
        new Centroids.Fit(clusters, rounds, fitRows);
    }

    /** A row of a cluster. */
    private record Member(Point row, int cluster) implements Serializable {}

    /** What became of a row: dropped where it resembles another. */
    private record Judged(Point row, int cluster, @Nullable String like) implements Serializable {}

    private static final class Sizes implements Summary<Judged, Sizes> {
        private static final long serialVersionUID = 1L;

        private final Map<Integer, Long> clusters = new TreeMap<>();
        private long left;

        @Override
        public void add(Judged row) {
            clusters.merge(row.cluster, 1L, Long::sum);
            left += row.like == null ? 1 : 0;
        }

        @Override
        public void merge(Sizes other) {
            other.clusters.forEach((cluster, rows) -> clusters.merge(cluster, rows, Long::sum));
            left += other.left;
        }

        long largest() {
            return clusters.values().stream().mapToLong(Long::longValue).max().orElse(0);
        }
    }

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        List<Rows<?>> held = new ArrayList<>();
        try {
            Rows<Point> points = population.rows().map(row -> Point.of(row, 0)).cached();
            held.add(points);
            Survey survey = points.fold(Survey::new).checked();
            Centroids centroids = Centroids.of(points, survey, new Centroids.Fit(clusters, rounds, fitRows), seed);
            Rows<Judged> judged = points.map(row -> member(row, centroids))
                    .group(row -> List.of(row.cluster), row -> row.row.id(), this::judged)
                    .cached();
            held.add(judged);
            Sizes sizes = judged.fold(Sizes::new);
            Rows<RowDensity> left = judged.where(row -> row.like == null)
                    .map(row -> new RowDensity(row.row.id(), 1, 1, row.row.facts()));
            Rows<DroppedRow> dropped = judged.where(row -> row.like != null).map(SemDeDup::dropped);
            long largest = sizes.largest();
            List<String> warnings = largest <= LARGE
                    ? List.of()
                    : List.of("the largest cluster has " + largest
                            + " rows, each compared with all others of it in one task: name more clusters");
            return new Remainder(left, sizes.left, dropped, survey.rows())
                    .draw(
                            how,
                            seed,
                            "that are no duplicates",
                            Map.of(
                                    "duplicates",
                                    survey.rows() - sizes.left,
                                    "clusters",
                                    sizes.clusters.size(),
                                    "largest_cluster",
                                    largest),
                            warnings,
                            held);
        } catch (RuntimeException e) {
            held.forEach(Rows::release);
            throw e;
        }
    }

    private static Member member(Point row, Centroids centroids) {
        int cluster = centroids.nearest(row);
        return new Member(row.scored(centroids.distance(row, cluster)), cluster);
    }

    private List<Judged> judged(List<Member> cluster) {
        Comparator<Member> nearestFirst = Comparator.comparingDouble(member -> member.row.score());
        List<Member> members = cluster.stream()
                .sorted((first == Order.NEAREST ? nearestFirst : nearestFirst.reversed())
                        .thenComparing(member -> member.row.id()))
                .toList();
        List<Point> rows = members.stream().map(Member::row).toList();
        List<@Nullable String> like = duplicates(rows);
        List<Judged> judged = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            judged.add(judged(members.get(i), like.get(i)));
        }
        return judged;
    }

    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    private static Judged judged(Member member, @Nullable String like) {
        return new Judged(member.row, member.cluster, like);
    }

    /** For each of the rows in their order: the id of the row for which it falls, if it does. */
    List<@Nullable String> duplicates(List<Point> rows) {
        return rule == Rule.MATCHED ? matched(rows) : grouped(rows);
    }

    private List<@Nullable String> matched(List<Point> rows) {
        List<@Nullable String> like = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            double largest = 1 - epsilon;
            String nearest = null;
            for (int j = 0; j < i; j++) {
                double cosine = rows.get(i).cosine(rows.get(j));
                if (cosine > largest) {
                    largest = cosine;
                    nearest = rows.get(j).id();
                }
            }
            like.add(nearest);
        }
        return like;
    }

    private List<@Nullable String> grouped(List<Point> rows) {
        int[] root = new int[rows.size()];
        Arrays.setAll(root, i -> i);
        for (int i = 0; i < rows.size(); i++) {
            for (int j = 0; j < i; j++) {
                int a = find(root, i);
                int b = find(root, j);
                if (a != b && rows.get(i).cosine(rows.get(j)) > 1 - epsilon) {
                    // The earlier row stands for the group.
                    root[Math.max(a, b)] = Math.min(a, b);
                }
            }
        }
        List<@Nullable String> like = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            int group = find(root, i);
            like.add(group == i ? null : rows.get(group).id());
        }
        return like;
    }

    private static int find(int[] root, int i) {
        int at = i;
        while (root[at] != at) {
            root[at] = root[root[at]];
            at = root[at];
        }
        return at;
    }

    private static DroppedRow dropped(Judged row) {
        return new DroppedRow(row.row.id(), DroppedRow.NEAR_DUPLICATE, row.row.score(), row.like);
    }
}
