package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;

/**
 * Greedy k-centre (Gonzalez, Theoretical Computer Science 38, 1985): each time the row that is farthest, by
 * one minus the cosine, from its nearest kept one, ties in the order of ids; first the row of the smallest
 * u(seed, "farthest-point", id). A row's score is its distance when it was picked.
 *
 * <p>Exactly that, in fewer readings than rows: the farthest rows of a reading are ordered in one place, and
 * picks go on for as long as the best of them is ahead of whatever stayed behind. A baseline for populations
 * of up to some hundred thousand rows: the work is size times rows.
 */
@Describe("each time the row farthest from all kept ones; the work is size times rows")
public record FarthestPoint() implements SamplingMethod {

    /** Rows that are ordered in one place. */
    private static final int AHEAD = 1024;

    /** Readings of which each builds on the one before. */
    private static final int CHAIN = 50;

    /** Distances between rows that are measured without a word. */
    private static final double MANY = 1e10;

    /** Further than any row, and nearer than any. */
    private static final double FIRST = 2;

    private static final double KEPT = -1;

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        return choose(population, how, seed, AHEAD);
    }

    Sample choose(Population population, Draw how, long seed, int ahead) {
        Rows<Point> points = population.rows().map(row -> Point.of(row, FIRST)).cached();
        try {
            Survey survey = points.fold(Survey::new).checked();
            long asked = how.size().of(survey.rows());
            long size = Math.min(asked, survey.rows());
            List<Point> kept = kept(points, size, seed, ahead);
            Set<String> ids = kept.stream().map(Point::id).collect(Collectors.toSet());
            List<String> warnings = new ArrayList<>();
            if ((double) size * survey.rows() > MANY) {
                warnings.add("size times population = " + size + " x " + survey.rows()
                        + " distances were measured: methods wds and density cover as well in two readings");
            }
            return new Sample(
                    Rows.of(kept.stream().map(Point::picked).toList()),
                    Optional.of(points.where(row -> !ids.contains(row.id())).map(row -> nearest(row, kept))),
                    survey.rows(),
                    size,
                    Optional.empty(),
                    Map.of("radius", kept.get(kept.size() - 1).score()),
                    Best.beyond(asked, survey.rows(), warnings),
                    List.of(points));
        } catch (RuntimeException e) {
            points.release();
            throw e;
        }
    }

    private static List<Point> kept(Rows<Point> points, long size, long seed, int ahead) {
        String start = points.map(row -> new Ranked(row.id(), -Chance.u(seed, "farthest-point", row.id())))
                .fold(() -> new First(1))
                .inOrder()
                .get(0)
                .id();
        List<Point> kept =
                new ArrayList<>(points.where(row -> row.id().equals(start)).collect());
        Rows<Point> measured = points;
        int known = 0;
        try {
            for (int reading = 0; kept.size() < size; reading++) {
                // Built on the reading before, or anew where a chain of readings would get long.
                boolean anew = reading % CHAIN == 0;
                List<Point> latest = List.copyOf(anew ? kept : kept.subList(known, kept.size()));
                Rows<Point> before = measured;
                measured = (anew ? points : before)
                        .map(row -> measured(row, latest))
                        .cached();
                known = kept.size();
                Rows<Ranked> ranks = measured.map(Point::ranked);
                List<Ranked> first = ranks.fold(() -> new First(ahead)).inOrder();
                Ranked behind = first.get(first.size() - 1);
                List<Point> farthest = measured.where(row -> row.ranked().compareTo(behind) <= 0)
                        .collect();
                if (before != points) {
                    before.release();
                }
                pick(farthest, behind, kept, size);
            }
        } finally {
            if (measured != points) {
                measured.release();
            }
        }
        return List.copyOf(kept);
    }

    /** Picks from the farthest rows until one that stayed behind could be farther than what is left of them. */
    private static void pick(List<Point> farthest, Ranked behind, List<Point> kept, long size) {
        List<Point> left = farthest;
        while (kept.size() < size && !left.isEmpty()) {
            Point best = left.stream().min(Comparator.comparing(Point::ranked)).orElseThrow();
            if (best.ranked().compareTo(behind) > 0) {
                return;
            }
            kept.add(best);
            List<Point> one = List.of(best);
            left = left.stream()
                    .filter(row -> row != best)
                    .map(row -> measured(row, one))
                    .toList();
        }
    }

    /** With the distance to the nearest row that it knows of; a kept one leaves the race. */
    private static Point measured(Point row, List<Point> kept) {
        double nearest = row.score();
        for (Point other : kept) {
            nearest = Math.min(nearest, other.id().equals(row.id()) ? KEPT : Math.max(0, 1 - row.cosine(other)));
        }
        return row.scored(nearest);
    }

    private static DroppedRow nearest(Point row, List<Point> kept) {
        Point nearest = kept.get(0);
        double largest = row.cosine(nearest);
        for (Point other : kept) {
            double cosine = row.cosine(other);
            if (cosine > largest) {
                largest = cosine;
                nearest = other;
            }
        }
        return new DroppedRow(row.id(), DroppedRow.SIZE_REACHED, Math.max(0, 1 - largest), nearest.id());
    }
}
