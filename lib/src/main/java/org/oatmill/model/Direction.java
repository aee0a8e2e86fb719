package org.oatmill.model;

import java.io.Serializable;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.oatmill.core.Noise;

/**
 * Where to look: a seed, a stored tensor, or a list of (seed, coefficient). Kilobytes on the wire;
 * formed block by block, never as an array the size of a tensor.
 */
public sealed interface Direction extends Serializable {

    /** Its coordinates in one tensor; zero where the direction does not know the tensor. */
    Coordinates of(String tensor);

    /**
     * A direction's coordinates in one tensor. Offsets count in the full tensor, row-major; any cut
     * of a range into calls gives the same bits.
     */
    interface Coordinates {
        /** {@code p[from + i] += coefficient * z[offset + i]} for i below length; two roundings, never a fused multiply-add. */
        void add(long offset, float coefficient, float[] p, int from, int length);

        /** {@code p[from + i] += coefficient * z[offsets[first + i]]}: the coordinates of a mask, packed. */
        void add(long[] offsets, int first, float coefficient, float[] p, int from, int length);

        /** As the first, for memory outside the heap; {@code from} is an absolute position, the buffer's own stays. */
        default void add(long offset, float coefficient, FloatBuffer p, int from, int length) {
            Blocks.of(p, from, length, (done, block, n) -> add(offset + done, coefficient, block, 0, n));
        }
    }

    /** Noise of one (step, query) of a run. */
    record Seed(Noise.Law law, long master, long step, long query) implements Direction {
        @Override
        public Coordinates of(String tensor) {
            Noise.Stream stream = Noise.stream(master, step, query, tensor);
            return new Coordinates() {
                @Override
                public void add(long offset, float coefficient, float[] p, int from, int length) {
                    stream.add(law, offset, coefficient, p, from, length);
                }

                @Override
                public void add(long[] offsets, int first, float coefficient, float[] p, int from, int length) {
                    stream.add(law, offsets, first, coefficient, p, from, length);
                }
            };
        }
    }

    /** Given coordinates, such as a mean gradient: full tensors by name; those not named are zero. */
    record Stored(Map<String, float[]> tensors) implements Direction {
        @Override
        public Coordinates of(String tensor) {
            float[] z = tensors.get(tensor);
            return new Coordinates() {
                @Override
                public void add(long offset, float coefficient, float[] p, int from, int length) {
                    for (int i = 0; z != null && i < length; i++) {
                        p[from + i] += coefficient * z[(int) offset + i];
                    }
                }

                @Override
                public void add(long[] offsets, int first, float coefficient, float[] p, int from, int length) {
                    for (int i = 0; z != null && i < length; i++) {
                        p[from + i] += coefficient * z[(int) offsets[first + i]];
                    }
                }
            };
        }
    }

    /**
     * The sum of some seeds, each times its coefficient: added one after another in the order of the
     * list, so that a list of one with coefficient 1 has the bits of its seed.
     */
    record Combination(List<Term> terms) implements Direction {
        public Combination {
            terms = List.copyOf(terms);
        }

        @Override
        public Coordinates of(String tensor) {
            List<Coordinates> parts =
                    terms.stream().map(term -> term.seed().of(tensor)).toList();
            return new Coordinates() {
                // In blocks, so that a block stays in the first cache while thousands of seeds pass over it.
                @Override
                public void add(long offset, float coefficient, float[] p, int from, int length) {
                    Objects.checkFromIndexSize(from, length, p.length);
                    for (int done = 0; done < length; done += Blocks.FLOATS) {
                        int n = Math.min(Blocks.FLOATS, length - done);
                        for (int t = 0; t < parts.size(); t++) {
                            parts.get(t)
                                    .add(
                                            offset + done,
                                            coefficient * terms.get(t).coefficient(),
                                            p,
                                            from + done,
                                            n);
                        }
                    }
                }

                @Override
                public void add(long[] offsets, int first, float coefficient, float[] p, int from, int length) {
                    for (int t = 0; t < parts.size(); t++) {
                        float scaled = coefficient * terms.get(t).coefficient();
                        parts.get(t).add(offsets, first, scaled, p, from, length);
                    }
                }
            };
        }
    }

    /** One term of a {@link Combination}. */
    record Term(Seed seed, float coefficient) implements Serializable {}
}
