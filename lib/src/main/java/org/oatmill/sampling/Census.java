package org.oatmill.sampling;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * The first pass: the sketches of all rows, and whatever is wrong with them. Nothing is dropped: a row
 * that cannot be hashed stops the stage, named by the smallest id of its kind, whichever part saw it
 * first.
 */
final class Census implements Summary<HashedRow, Census> {
    private static final long serialVersionUID = 1L;

    private record Trouble(String id, long rows) implements Serializable {
        Trouble and(Trouble other) {
            return new Trouble(id.compareTo(other.id) <= 0 ? id : other.id, rows + other.rows);
        }
    }

    private final List<DensitySketch> sketches;
    private final Map<String, Trouble> refusals = new TreeMap<>();
    private final Map<Integer, Trouble> sizes = new TreeMap<>();
    private long emptyRows;

    Census(SketchFamily family) {
        this.sketches = family.headers().stream().map(DensitySketch::new).toList();
    }

    @Override
    public void add(HashedRow row) {
        sizes.merge(row.size(), new Trouble(row.id(), 1), Trouble::and);
        if (!row.refusal().isEmpty()) {
            refusals.merge(row.refusal(), new Trouble(row.id(), 1), Trouble::and);
            return;
        }
        if (row.empty()) {
            emptyRows++;
        }
        for (int k = 0; k < sketches.size(); k++) {
            sketches.get(k).count(row.cells().at(), k);
        }
    }

    @Override
    public void merge(Census other) {
        for (int k = 0; k < sketches.size(); k++) {
            sketches.get(k).merge(other.sketches.get(k));
        }
        other.refusals.forEach((refusal, trouble) -> refusals.merge(refusal, trouble, Trouble::and));
        other.sizes.forEach((size, trouble) -> sizes.merge(size, trouble, Trouble::and));
        emptyRows += other.emptyRows;
    }

    void check() {
        refusals.forEach((refusal, trouble) -> {
            throw new UserException("Cannot sample: the vector of row id = " + trouble.id + " " + refusal
                    + ", expected finite numbers that the method's kernel knows; rows of this kind: " + trouble.rows
                    + ". Mend or remove them in the stage before");
        });
        if (sizes.size() > 1) {
            StringBuilder found = new StringBuilder();
            sizes.entrySet().stream().limit(3).forEach(size -> found.append(found.isEmpty() ? "" : ", ")
                    .append(size.getKey())
                    .append(" (row id = ")
                    .append(size.getValue().id)
                    .append(")"));
            throw new UserException("Cannot sample: vector sizes = " + found + ", expected one size for all rows;"
                    + " embed them with one embedder");
        }
    }

    /** One for each sharpness. */
    List<DensitySketch> sketches() {
        return sketches;
    }

    long emptyRows() {
        return emptyRows;
    }
}
