package org.oatmill.model;

import java.io.Serializable;
import java.util.List;
import org.oatmill.core.Noise;

/**
 * A zeroth-order run: {@code theta <- keep * theta + coefficient * z(step, query)}, in order, bit
 * for bit. What replay needs is eight bytes an entry and the header.
 *
 * <p>Laws that are not linear in the noise (momentum, Adam) recompute their moments from the
 * projected gradients, in order, by the rule that the header names.
 *
 * @param header what every entry shares
 * @param entries in the order in which they are applied
 */
public record Trajectory(Header header, List<Entry> entries) implements Serializable {

    public Trajectory {
        entries = List.copyOf(entries);
    }

    /**
     * What a replay must know, and what a measurement depends on.
     *
     * @param format version of this record
     * @param noiseVersion {@link Noise#VERSION}
     * @param law distribution of the directions
     * @param master seed of all directions
     * @param modelDigest content digest of the base model
     * @param subspaceDigest {@link Subspace#digest}
     * @param tensors trainable tensors, in the order of the checkpoint
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
    }

    /**
     * One applied direction.
     *
     * @param step from 0
     * @param query direction within the step, or index in a seed pool, from 0
     * @param projectedGradient what was measured
     * @param coefficient what multiplies z: -(learning rate / queries) times the gradient after clipping
     * @param keep 1 - learning rate * weight decay on a step's first accepted entry, else 1
     */
    public record Entry(int step, int query, float projectedGradient, float coefficient, float keep)
            implements Serializable {}

    /** The direction of an entry. */
    public Direction direction(Entry entry) {
        return new Direction.Seed(header.law(), header.master(), entry.step(), entry.query());
    }

    /**
     * Applies entries {@code fromEntry..toEntry} to coordinates {@code offset..} of a trainable tensor:
     * all entries of one block before the next block, so that a block stays in the first cache.
     *
     * @param theta the coordinates, changed in place
     */
    public void replay(String tensor, long offset, float[] theta, long fromEntry, long toEntry) {
        throw new IllegalStateException("landing with the model room");
    }
}
