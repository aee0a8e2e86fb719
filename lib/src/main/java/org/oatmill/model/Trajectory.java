package org.oatmill.model;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.oatmill.core.Json;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

/**
 * A zeroth-order run: {@code theta <- keep * theta + coefficient * z(step, query)}, in order, bit
 * for bit. What replay needs is eight bytes an entry and the header.
 *
 * <p>The arithmetic is fixed, per coordinate and entry: {@code keep * theta} is rounded to float
 * (where the tensor decays and keep is not 1; elsewhere theta stays), {@code coefficient * z} is
 * rounded, their sum is rounded. An entry with coefficient 0 adds nothing.
 *
 * <p>Laws that are not linear in the noise (momentum, Adam) recompute their moments from the
 * projected gradients, in order, by the rule that the header names.
 *
 * @param header what every entry shares
 * @param entries in the order in which they are applied
 */
public record Trajectory(Header header, List<Entry> entries) implements Serializable {

    /** Version of the header and of the byte form. */
    public static final int FORMAT = 1;

    private static final int MAGIC = 0x4F41544D; // "OATM"
    private static final byte IN_ORDER = 0;
    private static final byte ADDRESSED = 1;

    public Trajectory {
        entries = List.copyOf(entries);
    }

    /**
     * What a replay must know, and what a measurement depends on.
     *
     * @param format {@link #FORMAT}
     * @param noiseVersion {@link Noise#VERSION}
     * @param law distribution of the directions
     * @param master seed of all directions
     * @param modelDigest content digest of the base model
     * @param subspaceDigest {@link Subspace#digest}
     * @param tensors trainable tensors, in the order of {@link CausalLm#trainable}
     * @param decayed those of them that {@code keep} multiplies
     * @param updateLaw name of the rule that made coefficients of projected gradients
     * @param epsilon probe radius
     * @param oneSided whether a probe's minus side is the baseline
     * @param queries directions per step
     * @param batchPlanDigest of the first step's plan; every other follows from the seed
     * @param instructionSet of the processors that measured
     */
    public record Header(
            int format,
            int noiseVersion,
            Noise.Law law,
            long master,
            String modelDigest,
            String subspaceDigest,
            List<TensorShape> tensors,
            List<String> decayed,
            String updateLaw,
            float epsilon,
            boolean oneSided,
            int queries,
            String batchPlanDigest,
            String instructionSet)
            implements Serializable {

        public Header {
            tensors = List.copyOf(tensors);
            decayed = List.copyOf(decayed);
        }

        /**
         * Refuses a model that this trajectory was not made on, and a format or noise of another
         * release.
         *
         * @param trainable what the model's fork may move
         */
        public void check(String modelDigest, String subspaceDigest, List<Subspace.Part> trainable) {
            check("format", format, FORMAT);
            check("noise version", noiseVersion, Noise.VERSION);
            check("model digest", this.modelDigest, modelDigest);
            check("subspace digest", this.subspaceDigest, subspaceDigest);
            check(
                    "tensors",
                    tensors,
                    trainable.stream().map(Subspace.Part::tensor).toList());
        }

        private static void check(String field, Object here, Object expected) {
            if (!here.equals(expected)) {
                throw new UserException("Cannot apply trajectory: " + field + " = " + here + ", expected " + expected
                        + "; choose the model and subspace that the trajectory was made with");
            }
        }
    }

    /**
     * One applied direction.
     *
     * @param step from 0
     * @param query direction within the step, or index in a seed pool, from 0
     * @param projectedGradient what was measured; NaN where only what replay needs was stored
     * @param coefficient what multiplies z: -(learning rate / queries) times the gradient after
     *     clipping; 0 for a skipped probe
     * @param keep 1 - learning rate * weight decay on a step's first accepted entry, else 1
     */
    public record Entry(int step, int query, float projectedGradient, float coefficient, float keep)
            implements Serializable {}

    /** The direction of an entry. */
    public Direction.Seed direction(Entry entry) {
        return new Direction.Seed(header.law(), header.master(), entry.step(), entry.query());
    }

    /** The part of this run that moves one trainable tensor; a tensor that the header does not name is refused. */
    public Replay replay(String tensor) {
        if (header.tensors().stream().noneMatch(known -> known.name().equals(tensor))) {
            throw new IllegalArgumentException("Cannot replay " + tensor + ": it stands in no list of this trajectory");
        }
        return new Replay(Noise.tensorId(tensor), header.decayed().contains(tensor));
    }

    /**
     * Applies entries to coordinates of one tensor: all entries of one block before the next block,
     * so that a block stays in the first cache. Any cut into blocks and runs of entries gives the
     * same bits.
     */
    public final class Replay {
        private final long tensorId;
        private final boolean decays;

        private Replay(long tensorId, boolean decays) {
            this.tensorId = tensorId;
            this.decays = decays;
        }

        /**
         * Applies entries {@code fromEntry} (included) to {@code toEntry} (excluded) to {@code
         * theta[from..from+length)}, which are the coordinates from {@code offset} on.
         */
        public void apply(long offset, float[] theta, int from, int length, long fromEntry, long toEntry) {
            Objects.checkFromIndexSize(from, length, theta.length);
            for (int done = 0; done < length; done += Blocks.FLOATS) {
                int at = from + done;
                int n = Math.min(Blocks.FLOATS, length - done);
                for (Entry entry : range(fromEntry, toEntry)) {
                    decay(entry, theta, at, n);
                    if (entry.coefficient() != 0) {
                        stream(entry).add(header.law(), offset + done, entry.coefficient(), theta, at, n);
                    }
                }
            }
        }

        /** The same for the packed coordinates of a mask: {@code theta[i]} has offset {@code kept[i]}. */
        public void apply(long[] kept, float[] theta, long fromEntry, long toEntry) {
            for (int at = 0; at < kept.length; at += Blocks.FLOATS) {
                int n = Math.min(Blocks.FLOATS, kept.length - at);
                for (Entry entry : range(fromEntry, toEntry)) {
                    decay(entry, theta, at, n);
                    if (entry.coefficient() != 0) {
                        stream(entry).add(header.law(), kept, at, entry.coefficient(), theta, at, n);
                    }
                }
            }
        }

        /** The same for memory outside the heap; {@code from} is an absolute position, the buffer's own stays. */
        public void apply(long offset, FloatBuffer theta, int from, int length, long fromEntry, long toEntry) {
            Blocks.of(theta, from, length, (done, block, n) -> apply(offset + done, block, 0, n, fromEntry, toEntry));
        }

        private Noise.Stream stream(Entry entry) {
            return Noise.stream(header.master(), entry.step(), entry.query(), tensorId);
        }

        private void decay(Entry entry, float[] theta, int from, int length) {
            if (decays && entry.keep() != 1) {
                for (int i = from; i < from + length; i++) {
                    theta[i] *= entry.keep();
                }
            }
        }

        private List<Entry> range(long fromEntry, long toEntry) {
            return entries.subList(Math.toIntExact(fromEntry), Math.toIntExact(toEntry));
        }
    }

    /**
     * What replay needs, as bytes: magic, format, the header's JSON behind its length, the number of
     * entries, the entries and a CRC-32C of all before it; big-endian. An entry takes eight bytes
     * (coefficient, keep) where entry e is query {@code e mod queries} of step {@code e / queries},
     * as in every run with a fixed number of queries, and sixteen (step and query before them)
     * elsewhere. Projected gradients are not in it.
     */
    public ByteBuffer bytes() {
        byte[] json = Json.canonical(Json.tree(header)).getBytes(StandardCharsets.UTF_8);
        boolean inOrder = true;
        for (int e = 0; e < entries.size(); e++) {
            inOrder &= entries.get(e).step() == e / header.queries()
                    && entries.get(e).query() == e % header.queries();
        }
        int size = inOrder ? 8 : 16;
        ByteBuffer bytes = ByteBuffer.allocate(
                Math.toIntExact(4 + 4 + 4 + json.length + 1 + 4 + (long) size * entries.size() + 4));
        bytes.putInt(MAGIC).putInt(FORMAT).putInt(json.length).put(json);
        bytes.put(inOrder ? IN_ORDER : ADDRESSED).putInt(entries.size());
        for (Entry entry : entries) {
            if (!inOrder) {
                bytes.putInt(entry.step()).putInt(entry.query());
            }
            bytes.putFloat(entry.coefficient()).putFloat(entry.keep());
        }
        bytes.putInt(checksum(bytes.duplicate().flip()));
        return bytes.flip();
    }

    /** Reads {@link #bytes}; what is cut short or changed anywhere is refused. */
    public static Trajectory of(ByteBuffer bytes) {
        int size = bytes.remaining();
        if (size < 4 + 4 + 4 + 1 + 4 + 4 || bytes.getInt(bytes.position()) != MAGIC) {
            throw damaged(size + " bytes without its beginning");
        }
        int version = bytes.getInt(bytes.position() + 4);
        if (version != FORMAT) {
            throw new UserException("Cannot read trajectory: format = " + version + ", expected " + FORMAT
                    + "; use the release that wrote it");
        }
        int end = bytes.limit() - 4;
        if (bytes.getInt(end) != checksum(bytes.duplicate().limit(end))) {
            throw damaged("a checksum that does not match");
        }
        ByteBuffer body = bytes.duplicate().position(bytes.position() + 8);
        byte[] json = new byte[body.getInt()];
        body.get(json);
        Header header;
        try {
            header = Json.read(new ByteArrayInputStream(json), Header.class);
        } catch (IOException e) {
            throw new UserException(
                    "Cannot read trajectory: header = " + new String(json, StandardCharsets.UTF_8)
                            + ", expected a header of this release",
                    e);
        }
        boolean inOrder = body.get() == IN_ORDER;
        int count = body.getInt();
        List<Entry> entries = new ArrayList<>(count);
        for (int e = 0; e < count; e++) {
            int step = inOrder ? e / header.queries() : body.getInt();
            int query = inOrder ? e % header.queries() : body.getInt();
            entries.add(new Entry(step, query, Float.NaN, body.getFloat(), body.getFloat()));
        }
        return new Trajectory(header, entries);
    }

    private static UserException damaged(String found) {
        return new UserException("Cannot read trajectory: it has " + found
                + ", expected what was written; the file is damaged, take another copy or the trajectory table");
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
