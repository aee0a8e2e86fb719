package org.oatmill.sampling;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.oatmill.core.Counters;
import org.oatmill.core.Digest;
import org.oatmill.core.Json;
import org.oatmill.core.LargeSummary;

/** The first pass: the sketches of all rows, and what is odd about them. */
final class Census implements LargeSummary<HashedRows, Census> {
    private static final long serialVersionUID = 1L;

    private final SketchFamily family;
    private final List<DensitySketch> sketches;
    private final Oddities oddities = new Oddities();

    Census(SketchFamily family) {
        this(family, family.headers().stream().map(DensitySketch::new).toList());
    }

    private Census(SketchFamily family, List<DensitySketch> sketches) {
        this.family = family;
        this.sketches = sketches;
    }

    @Override
    public void add(HashedRows rows) {
        oddities.merge(rows.oddities());
        for (int k = 0; k < sketches.size(); k++) {
            sketches.get(k).count(rows, k);
        }
    }

    @Override
    public void merge(Census other) {
        for (int k = 0; k < other.sketches.size(); k++) {
            sketches.get(k).merge(other.sketches.get(k));
        }
        oddities.merge(other.oddities);
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
        rest.oddities.merge(oddities);
        return rest;
    }

    /** Deflated: the {@link Oddities} as JSON and each sketch, their lengths before them. */
    @Override
    public byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater fast = new Deflater(Deflater.BEST_SPEED);
        try (DataOutputStream out = new DataOutputStream(new DeflaterOutputStream(bytes, fast))) {
            write(oddities.json().getBytes(StandardCharsets.UTF_8), out);
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
            Oddities others = Oddities.read(in(in));
            for (DensitySketch sketch : sketches) {
                sketch.merge(DensitySketch.read(in(in)));
            }
            oddities.merge(others);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read a kept part of a density sketch: it is not whole", e);
        }
    }

    private static ByteArrayInputStream in(DataInputStream in) throws IOException {
        return new ByteArrayInputStream(in.readNBytes(in.readInt()));
    }

    Oddities oddities() {
        return oddities;
    }

    /** One for each sharpness. */
    List<DensitySketch> sketches() {
        return sketches;
    }
}
