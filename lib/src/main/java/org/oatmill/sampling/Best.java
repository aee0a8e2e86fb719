package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.oatmill.core.Rows;

/** Samples of the rows with the highest scores. */
final class Best {
    private Best() {}

    /** Holds in one place the ids and scores of as many rows as are kept. */
    static Sample of(
            Rows<Point> scored,
            Survey survey,
            Draw how,
            Map<String, Object> notes,
            List<String> warnings,
            List<Rows<?>> held) {
        long asked = how.size().of(survey.rows());
        int kept = Math.toIntExact(Math.min(asked, survey.rows()));
        List<Ranked> best =
                scored.map(Point::ranked).fold(() -> new First(kept)).inOrder();
        Ranked last = best.get(best.size() - 1);
        Map<String, Object> all = new TreeMap<>(notes);
        all.put("lowest_score", last.score());
        return new Sample(
                scored.where(row -> row.ranked().compareTo(last) <= 0).map(Point::picked),
                Optional.of(scored.where(row -> row.ranked().compareTo(last) > 0)
                        .map(row -> DroppedRow.of(row.id(), DroppedRow.SIZE_REACHED, row.score()))),
                survey.rows(),
                kept,
                Optional.empty(),
                all,
                beyond(asked, survey.rows(), warnings),
                held);
    }

    /** The warnings, and one where more rows are asked for than there are. */
    static List<String> beyond(long asked, long rows, List<String> warnings) {
        List<String> all = new ArrayList<>(warnings);
        if (asked > rows) {
            all.add("size = " + asked + " is more than the population of " + rows + ": all rows are kept");
        }
        return List.copyOf(all);
    }
}
