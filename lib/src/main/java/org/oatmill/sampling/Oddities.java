package org.oatmill.sampling;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;

/**
 * What is odd about rows. Nothing is dropped: a row that cannot be hashed stops the stage, named by the
 * smallest id of its kind, whichever part saw it first.
 */
final class Oddities implements Serializable {
    private static final long serialVersionUID = 1L;

    private record Kind(String id, long rows) implements Serializable {
        Kind and(Kind other) {
            return new Kind(id.compareTo(other.id) <= 0 ? id : other.id, rows + other.rows);
        }
    }

    private final Map<String, Kind> refusals = new TreeMap<>();
    private final Map<Integer, Kind> sizes = new TreeMap<>();
    private long emptyRows;

    void add(HashedRow row) {
        Kind one = new Kind(row.id(), 1);
        sizes.merge(row.size(), one, Kind::and);
        if (!row.refusal().isEmpty()) {
            refusals.merge(row.refusal(), one, Kind::and);
        } else if (row.empty()) {
            emptyRows++;
        }
    }

    void merge(Oddities other) {
        other.refusals.forEach((refusal, kind) -> refusals.merge(refusal, kind, Kind::and));
        other.sizes.forEach((size, kind) -> sizes.merge(size, kind, Kind::and));
        emptyRows += other.emptyRows;
    }

    /** As a file has it. */
    private record Written(long emptyRows, Map<String, Kind> refusals, Map<String, Kind> sizes) {}

    String json() {
        Map<String, Kind> bySize = new TreeMap<>();
        sizes.forEach((size, kind) -> bySize.put(size.toString(), kind));
        return Json.canonical(Json.tree(new Written(emptyRows, refusals, bySize)));
    }

    /** Reads what {@link #json} wrote. */
    static Oddities read(InputStream json) throws IOException {
        Written written = Json.read(json, Written.class);
        Oddities read = new Oddities();
        read.refusals.putAll(written.refusals);
        written.sizes.forEach((size, kind) -> read.sizes.put(Integer.valueOf(size), kind));
        read.emptyRows = written.emptyRows;
        return read;
    }

    void check() {
        refusals.forEach((refusal, kind) -> {
            throw new UserException("Cannot sample: the vector of row id = " + kind.id + " " + refusal
                    + ", expected finite numbers that the method's kernel knows; rows of this kind: " + kind.rows
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

    /** Rows of zeros only. */
    long emptyRows() {
        return emptyRows;
    }
}
