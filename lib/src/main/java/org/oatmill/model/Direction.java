package org.oatmill.model;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.oatmill.core.Noise;

/**
 * Where to look: a seed, a stored tensor, or a list of (seed, coefficient). Kilobytes on the wire;
 * formed block by block, never as an array the size of a tensor.
 */
public sealed interface Direction extends Serializable {

    /**
     * Adds {@code coefficient} times coordinates {@code offset..offset+length} of a tensor's
     * direction to {@code p[from..from+length)}. Offsets count in the full tensor, row-major.
     */
    void add(String tensor, long offset, float coefficient, float[] p, int from, int length);

    /** Noise of one (step, query) of a run. */
    record Seed(Noise.Law law, long master, long step, long query) implements Direction {
        @Override
        public void add(String tensor, long offset, float coefficient, float[] p, int from, int length) {
            Noise.stream(master, step, query, tensor).add(law, offset, coefficient, p, from, length);
        }
    }

    /** Given coordinates, such as a mean gradient; tensors not named are zero. */
    record Stored(Map<String, float[]> tensors) implements Direction {
        @Override
        public void add(String tensor, long offset, float coefficient, float[] p, int from, int length) {
            float[] z = tensors.get(tensor);
            for (int i = 0; z != null && i < length; i++) {
                p[from + i] += coefficient * z[(int) offset + i];
            }
        }
    }

    /** The sum of some seeds, each times its coefficient, in the order of the list. */
    record Combination(List<Term> terms) implements Direction {
        public Combination {
            terms = List.copyOf(terms);
        }

        @Override
        public void add(String tensor, long offset, float coefficient, float[] p, int from, int length) {
            for (Term term : terms) {
                term.seed().add(tensor, offset, coefficient * term.coefficient(), p, from, length);
            }
        }
    }

    /** One term of a {@link Combination}. */
    record Term(Seed seed, float coefficient) implements Serializable {}
}
