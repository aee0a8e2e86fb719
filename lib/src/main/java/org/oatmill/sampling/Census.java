package org.oatmill.sampling;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.oatmill.core.Counters;
import org.oatmill.core.Digest;
import org.oatmill.core.Json;
import org.oatmill.core.LargeSummary;
import org.oatmill.core.UserException;

/**
 * The first pass: the sketches of all rows, and whatever is wrong with them. Nothing is dropped: a row
 * that cannot be hashed stops the stage, named by the smallest id of its kind, whichever part saw it
 * first.
 */
final class Census implements LargeSummary<HashedRow, Census> {
    private static final long serialVersionUID = 1L;

    private record Trouble(String id, long rows) implements Serializable {
        Trouble and(Trouble other) {
            return new Trouble(id.compareTo(other.id) <= 0 ? id : other.id, rows + other.rows);
        }
    }

    private final SketchFamily family;
    private final List<DensitySketch> sketches;
    private final Map<String, Trouble> refusals = new TreeMap<>();
    private final Map<Integer, Trouble> sizes = new TreeMap<>();
    private long emptyRows;

    Census(SketchFamily family) {
        this(family, family.headers().stream().map(DensitySketch::new).toList());
    }

    private Census(SketchFamily family, List<DensitySketch> sketches) {
        this.family = family;
        this.sketches = sketches;
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
        for (int k = 0; k < other.sketches.size(); k++) {
            sketches.get(k).merge(other.sketches.get(k));
        }
        other.refusals.forEach((refusal, trouble) -> refusals.merge(refusal, trouble, Trouble::and));
        other.sizes.forEach((size, trouble) -> sizes.merge(size, trouble, Trouble::and));
        emptyRows += other.emptyRows;
    }

    @Override
    public String key() {
        return Digest.of(DensitySketch.VERSION + Json.canonical(Json.tree(family)));
    }

    @Override
    public int slices() {
        return family.slices();
    }

    @Override
    public Counters slice(int number) {
        return sketches.get(number / family.repetitions()).row(number % family.repetitions());
    }

    @Override
    public void add(int number, Counters slice) {
        sketches.get(number / family.repetitions()).add(number % family.repetitions(), slice);
    }

    @Override
    public Census withoutSlices() {
        Census rest = new Census(family, List.of());
        rest.refusals.putAll(refusals);
        rest.sizes.putAll(sizes);
        rest.emptyRows = emptyRows;
        return rest;
    }

    /** What stands beside the sketches of a part. */
    private record Rest(long emptyRows, Map<String, Trouble> refusals, Map<String, Trouble> sizes) {}

    /** Deflated: {@link Rest} as JSON and each sketch, their lengths before them. */
    @Override
    public byte[] bytes() {
        Map<String, Trouble> bySize = new TreeMap<>();
        sizes.forEach((size, trouble) -> bySize.put(size.toString(), trouble));
        String rest = Json.canonical(Json.tree(new Rest(emptyRows, refusals, bySize)));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater fast = new Deflater(Deflater.BEST_SPEED);
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, fast))) {
            write(rest.getBytes(StandardCharsets.UTF_8), out);
            for (DensitySketch sketch : sketches) {
                write(sketch.bytes(), out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            fast.end();
        }
        return bytes.toByteArray();
    }

    private static void write(byte[] bytes, DataOutputStream out) throws IOException {
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    @Override
    public void merge(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(bytes)))) {
            Rest rest = Json.read(in(in), Rest.class);
            for (DensitySketch sketch : sketches) {
                sketch.merge(DensitySketch.read(in(in)));
            }
            rest.refusals.forEach((refusal, trouble) -> refusals.merge(refusal, trouble, Trouble::and));
            rest.sizes.forEach((size, trouble) -> sizes.merge(Integer.valueOf(size), trouble, Trouble::and));
            emptyRows += rest.emptyRows;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read a kept part of a density sketch: it is not whole", e);
        }
    }

    private static ByteArrayInputStream in(DataInputStream in) throws IOException {
        return new ByteArrayInputStream(in.readNBytes(in.readInt()));
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
