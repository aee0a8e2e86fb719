package org.oatmill.sampling;

import java.util.Map;
import java.util.TreeMap;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * The first reading of points: how many there are, and whatever is wrong with them. A row that cannot
 * be measured stops the stage, named by the smallest id of its kind.
 */
final class Survey implements Summary<Point, Survey> {
    private static final long serialVersionUID = 1L;

    private final TreeMap<Integer, String> sizes = new TreeMap<>();
    private final TreeMap<String, String> troubles = new TreeMap<>();
    private long rows;

    @Override
    public void add(Point row) {
        rows++;
        note(sizes, row.at().size(), row.id());
        if (!Double.isFinite(row.norm())) {
            note(troubles, "the vector has a value that is not a number or infinite", row.id());
        }
        if (!Double.isFinite(row.score())) {
            note(troubles, "the score = " + row.score(), row.id());
        }
    }

    @Override
    public void merge(Survey other) {
        rows += other.rows;
        other.sizes.forEach((size, id) -> note(sizes, size, id));
        other.troubles.forEach((trouble, id) -> note(troubles, trouble, id));
    }

    private static <K> void note(Map<K, String> first, K kind, String id) {
        first.merge(kind, id, (a, b) -> a.compareTo(b) <= 0 ? a : b);
    }

    /** This, where nothing is wrong. */
    Survey checked() {
        if (rows == 0) {
            throw noRows();
        }
        troubles.forEach((trouble, id) -> {
            throw new UserException("Cannot sample: " + trouble + " of row id = " + id
                    + ", expected finite numbers; mend or remove such rows in the stage before");
        });
        if (sizes.size() > 1) {
            throw new UserException("Cannot sample: vector sizes = " + sizes.firstKey() + " (row id = "
                    + sizes.firstEntry().getValue() + ") and " + sizes.lastKey() + " (row id = "
                    + sizes.lastEntry().getValue() + "), expected one size for all rows; embed them with one embedder");
        }
        return this;
    }

    static UserException noRows() {
        return new UserException("Cannot sample: population = 0 rows, expected at least one; look at the filters of"
                + " the stages before");
    }

    long rows() {
        return rows;
    }

    /** Of every vector. */
    int dimensions() {
        return sizes.firstKey();
    }
}
