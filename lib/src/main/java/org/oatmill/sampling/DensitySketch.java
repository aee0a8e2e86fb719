package org.oatmill.sampling;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Counters;
import org.oatmill.core.Digest;
import org.oatmill.core.Json;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/**
 * Counts of hashes, from which the density of any row can be read: K(q) = sum over all rows x of
 * k(q, x)^p, the row itself included. R rows of B integer counters (RACE: Coleman and Shrivastava,
 * WWW 2020); each vector adds one to a counter of every row.
 *
 * <p>The mean count c of a vector's counters is (1 - 1/B) K + N/B in expectation, N being the number
 * of vectors: two vectors that do not collide still share a counter with chance 1/B. So the density
 * is {@code max(1, (c - N/B) / (1 - 1/B))}, 1 for the vector itself. The variance of c is at most
 * (sum of sqrt(k^p))^2 / R.
 *
 * <p>Differs from the paper: debiased; the kernel is what the header says.
 */
public final class DensitySketch implements Summary<Vector, DensitySketch> {
    private static final long serialVersionUID = 1L;
    private static final int MAGIC = 0x4f41_5453; // "OATS"

    /** Raised when the bytes or a hash function change: densities would be read from the wrong counters. */
    static final int VERSION = 4;

    private final SketchHeader header;
    private final CellHash cellHash;
    private long rows;
    private final List<Counters> counters;

    public DensitySketch(SketchHeader header) {
        this.header = header;
        this.cellHash = header.cellHash();
        this.counters = Stream.generate(() -> new Counters(header.buckets()))
                .limit(header.repetitions())
                .toList();
    }

    public SketchHeader header() {
        return header;
    }

    /** Vectors counted, N. */
    public long rows() {
        return rows;
    }

    @Override
    public void add(Vector row) {
        int[] cells = cells(row);
        for (int r = 0; r < cells.length; r++) {
            counters.get(r).increment(cells[r]);
        }
        rows++;
    }

    /** The counter of each sketch row that a vector falls in. */
    public int[] cells(Vector row) {
        return cellHash.of(row);
    }

    /** Counts rows whose cells in the k-th of several sketches are those in this one. */
    void count(HashedRows hashed, int k) {
        for (int r = 0; r < counters.size(); r++) {
            hashed.count(k * counters.size() + r, counters.get(r));
        }
        rows += hashed.size();
    }

    @Override
    public void merge(DensitySketch other) {
        if (!other.header.equals(header)) {
            throw new IllegalArgumentException(
                    "Cannot merge density sketches: one was made with " + header + ", the other with " + other.header);
        }
        for (int r = 0; r < counters.size(); r++) {
            counters.get(r).add(other.counters.get(r));
        }
        rows += other.rows;
    }

    Counters row(int r) {
        return counters.get(r);
    }

    /** Takes in one row of a sketch with as many rows; a row counts every vector once. */
    void add(int r, Counters row) {
        counters.get(r).add(row);
        rows += r == 0 ? row.sum() : 0;
    }

    /** The counters of a vector, added up. */
    long total(int[] cells) {
        long total = 0;
        for (int r = 0; r < cells.length; r++) {
            total += counters.get(r).at(cells[r]);
        }
        return total;
    }

    /**
     * Adds up the counters of rows whose cells in the k-th of several sketches are those in this one: puts at place k
     * what they are over all rows of counters, over the first third of them, and over the second.
     */
    void totals(HashedRows hashed, int k, RowTotals totals) {
        for (int r = 0; r < counters.size(); r++) {
            int[] counts = hashed.counts(k * counters.size() + r, counters.get(r));
            for (int n = 0; n < counts.length; n++) {
                if (counts[n] == 0) {
                    throw new UserException(
                            "Cannot sample: row id = " + hashed.ids().get(n) + " was not there when the"
                                    + " rows were counted, expected an input that does not change between the two passes;"
                                    + " sample from a committed artifact or an immutable snapshot");
                }
                totals.all()[k][n] += counts[n];
                totals.first()[k][n] += r % 3 == 0 ? counts[n] : 0;
                totals.second()[k][n] += r % 3 == 1 ? counts[n] : 0;
            }
        }
    }

    /** What {@link #total} adds up to over all vectors that were counted; modulo 2^64. */
    long totalOfAll() {
        return counters.stream().mapToLong(Counters::sumOfSquares).sum();
    }

    /** The density of a vector, counted or not; at least 1. */
    public double density(Vector row) {
        return density(total(cells(row)));
    }

    double density(long total) {
        return Math.max(1, debiased(total));
    }

    /** Before the floor of 1: unbiased. */
    double debiased(long total) {
        return debiased(total, header.repetitions(), rows, header.buckets());
    }

    static double debiased(long total, int repetitions, long rows, int buckets) {
        double mean = (double) total / repetitions;
        double chance = 1.0 / buckets;
        return (mean - rows * chance) / (1 - chance);
    }

    /** The sum of each sketch row: N, for every one. */
    long[] sums() {
        return counters.stream().mapToLong(Counters::sum).toArray();
    }

    /**
     * A four-byte mark and the version; the header as canonical JSON in modified UTF-8, its length before it;
     * the row count, eight bytes; the counters, sketch row by sketch row, as {@link Counters#write} has them; the
     * SHA-256 of all that. Numbers are big-endian. Equal sketches have equal bytes.
     */
    public byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            out.writeUTF(Json.canonical(Json.tree(header)));
            out.writeLong(rows);
            for (Counters row : counters) {
                row.write(out);
            }
            out.write(Digest.sha256().digest(bytes.toByteArray()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Reads what {@link #bytes} wrote. */
    public static DensitySketch read(InputStream stream) throws IOException {
        byte[] bytes = stream.readAllBytes();
        int length = bytes.length - 32;
        if (length < 0
                || !Arrays.equals(
                        Digest.sha256().digest(Arrays.copyOf(bytes, length)),
                        Arrays.copyOfRange(bytes, length, bytes.length))) {
            throw new UserException("Cannot read density sketch: its checksum does not match, expected a whole file"
                    + " as the stage sample wrote it; make the stage again");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, length));
        int magic = in.readInt();
        int version = in.readInt();
        if (magic != MAGIC || version != VERSION) {
            throw new UserException("Cannot read density sketch: version = " + version + ", expected " + VERSION
                    + ", because hashes are others since; make the stage again");
        }
        DensitySketch sketch = new DensitySketch(Json.read(Json.parse(in.readUTF()), SketchHeader.class));
        sketch.rows = in.readLong();
        for (Counters row : sketch.counters) {
            row.read(in);
        }
        return sketch;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DensitySketch sketch
                && sketch.header.equals(header)
                && sketch.rows == rows
                && sketch.counters.equals(counters);
    }

    @Override
    public int hashCode() {
        return 31 * header.hashCode() + counters.hashCode();
    }
}
