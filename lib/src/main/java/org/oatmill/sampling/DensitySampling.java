package org.oatmill.sampling;

import java.util.List;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;

/**
 * Inverse-propensity sampling on embeddings (DENSITY, arXiv 2402.09668, section 3.3): rows are kept
 * with a chance in inverse proportion to their density under the angular kernel.
 *
 * <p>Differs from the paper: signed random projections in place of p-stable hashes, so there is no
 * bandwidth but a number of sign bits; counts debiased; p = (1/S) / sum of 1/S, as the text and
 * Theorem A.2 need, where the printed line 17 has S / sum of S. Sparse rows are taken too.
 *
 * @param repetitions rows of the sketch, R
 * @param buckets counters in each row of the sketch, B
 * @param sharpness sign bits that must agree, p; of several, see {@link SharpnessChoice}
 */
@Describe("inverse propensity: angular kernel, dense vectors such as embeddings (sparse ones too)")
public record DensitySampling(
        @Describe("rows of the sketch; the error of a density falls as one over its square root") int repetitions,
        @Describe("counters in each row of the sketch") int buckets,
        @Describe(
                        value =
                                "sign bits that must agree: the more, the nearer must neighbours be to count; of several, the largest that two halves of the sketch agree on",
                        unit = "bits")
                List<Integer> sharpness)
        implements WeightedMethod {

    public DensitySampling {
        sharpness = new SketchFamily(new Angular(), 0, repetitions, sharpness, buckets).sharpness();
    }

    public DensitySampling(int repetitions, int buckets, Integer... sharpness) {
        this(repetitions, buckets, List.of(sharpness));
    }

    @Override
    public Densities densities(Rows<Candidate> rows, long seed) {
        return SketchedDensities.of(rows, new SketchFamily(new Angular(), seed, repetitions, sharpness, buckets));
    }
}
