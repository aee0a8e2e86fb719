package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;

/**
 * DEITA (arXiv 2312.15685): rows in the order of complexity times quality, the highest first; a row is
 * dropped if its cosine to any kept row is above a threshold; done when there are enough.
 *
 * <p>Exactly the sequential rule, whatever the partitions: the next rows by score are measured against
 * all kept ones where they lie, and those that remain against one another in one place, which holds the
 * kept rows and one block.
 *
 * <p>Differs from the authors' code: a row is never dropped because of one that was itself dropped (theirs
 * is, within a batch); the scores are numbers of the row, where theirs are summed over turns by a scorer
 * of their own.
 *
 * @param complexity name of a number of every row
 * @param quality name of a number of every row
 * @param threshold cosine to a kept row above which a row is dropped
 */
@Describe("complexity times quality, highest first, without rows that resemble a kept one")
public record Deita(
        @Describe("name of a number of every row, in scores or in the documents' fields") String complexity,
        @Describe("name of a number of every row, in scores or in the documents' fields") String quality,
        @Describe("cosine to a kept row above which a row is dropped") double threshold)
        implements SamplingMethod {

    /** Rows that are ordered in one place. */
    private static final int BLOCK = 4096;

    public Deita {
        if (!(threshold > -1 && threshold <= 1)) {
            throw new UserException(
                    "Cannot sample: threshold = " + threshold + ", expected a cosine above -1, at most 1");
        }
    }

    @Override
    public Set<String> needs() {
        return new TreeSet<>(List.of(complexity, quality));
    }

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        return choose(population, how, BLOCK);
    }

    Sample choose(Population population, Draw how, int block) {
        Rows<Point> points = population
                .rows()
                .map(row -> Point.of(row, row.value(complexity) * row.value(quality)))
                .cached();
        try {
            Survey survey = points.fold(Survey::new).checked();
            long asked = how.size().of(survey.rows());
            List<Point> kept = kept(points, asked, block);
            boolean full = kept.size() == asked;
            List<String> warnings = full
                    ? List.of()
                    : List.of("size = " + asked + " is more than the " + kept.size() + " of " + survey.rows()
                            + " rows that resemble no better one: those are kept. Raise threshold to keep more");
            List<Ranked> ranks = kept.stream().map(Point::ranked).toList();
            return new Sample(
                    Rows.of(kept.stream().map(Point::picked).toList()),
                    Optional.of(points.where(row -> Collections.binarySearch(ranks, row.ranked()) < 0)
                            .map(row -> dropped(row, kept, full))),
                    survey.rows(),
                    kept.size(),
                    Optional.empty(),
                    Map.of("lowest_score", kept.get(kept.size() - 1).score()),
                    warnings,
                    List.of(points));
        } catch (RuntimeException e) {
            points.release();
            throw e;
        }
    }

    private List<Point> kept(Rows<Point> points, long size, int block) {
        Rows<Ranked> ranks = points.map(Point::ranked);
        List<Point> kept = new ArrayList<>();
        Ranked after = null;
        while (kept.size() < size) {
            Ranked start = after;
            List<Ranked> next = ranks.fold(() -> new First(block, start)).inOrder();
            if (next.isEmpty()) {
                break;
            }
            Ranked end = next.get(next.size() - 1);
            List<Point> before = List.copyOf(kept);
            List<Point> left =
                    new ArrayList<>(points.where(row -> within(row.ranked(), start, end) && like(row, before) == null)
                            .collect());
            left.sort(Comparator.comparing(Point::ranked));
            for (Point row : left) {
                if (kept.size() < size && like(row, kept.subList(before.size(), kept.size())) == null) {
                    kept.add(row);
                }
            }
            after = end;
        }
        return List.copyOf(kept);
    }

    private static boolean within(Ranked row, @Nullable Ranked after, Ranked end) {
        return (after == null || row.compareTo(after) > 0) && row.compareTo(end) <= 0;
    }

    /** The first kept row that a row is too close to. */
    private @Nullable Point like(Point row, List<Point> kept) {
        for (Point other : kept) {
            if (row.cosine(other) > threshold) {
                return other;
            }
        }
        return null;
    }

    private DroppedRow dropped(Point row, List<Point> kept, boolean full) {
        if (full && row.ranked().compareTo(kept.get(kept.size() - 1).ranked()) > 0) {
            return DroppedRow.of(row.id(), DroppedRow.SIZE_REACHED, row.score());
        }
        Point like = like(row, kept);
        if (like == null) {
            throw new IllegalStateException("Row " + row.id() + " was dropped and resembles no kept row");
        }
        return new DroppedRow(row.id(), DroppedRow.NEAR_DUPLICATE, row.score(), like.id());
    }
}
