package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.sampling.kernel.Angular;
import org.oatmill.sampling.kernel.Kernel;
import org.oatmill.sampling.kernel.MinMax;

/**
 * Inverse-propensity sampling on embeddings (DENSITY, arXiv 2402.09668, section 3.3): rows are kept
 * with a chance in inverse proportion to their density under the angular or the Euclidean kernel.
 *
 * <p>Differs from the paper: signed random projections unless p-stable hashes are asked for, whose
 * bandwidth it does not publish; counts debiased; p = (1/S) / sum of 1/S, as the text and
 * Theorem A.2 need, where the printed line 17 has S / sum of S. Sparse rows are taken too.
 *
 * @param repetitions rows of the sketch, R
 * @param buckets counters in each row of the sketch, B
 * @param sharpness hashes that must agree, p, of one sign bit each under the angular kernel; of several, see
 *     {@link SharpnessChoice}
 * @param kernel how alike two rows are
 */
@Describe("inverse propensity: angular or Euclidean kernel, dense vectors such as embeddings (sparse ones too)")
public record DensitySampling(
        @Describe("rows of the sketch; the error of a density falls as one over its square root") int repetitions,
        @Describe("counters in each row of the sketch") int buckets,
        @Describe(
                        "hashes that must agree, of one bit each if angular: the more, the nearer must neighbours be to count; of several, the largest that two halves of the sketch agree on")
                List<Integer> sharpness,
        @Describe("how alike two rows are: angular or euclidean") Kernel kernel)
        implements WeightedMethod {

    /** Under the angular kernel. */
    public DensitySampling(int repetitions, int buckets, Integer... sharpness) {
        this(repetitions, buckets, List.of(sharpness), new Angular());
    }

    public DensitySampling {
        if (kernel instanceof MinMax) {
            throw new UserException(
                    "kernel = min-max, expected angular or euclidean; method wds is the one of this kernel");
        }
        sharpness = new SketchFamily(kernel, 0, repetitions, sharpness, buckets).sharpness();
    }

    @Override
    public Optional<SketchFamily> sketches(long seed) {
        return Optional.of(family(seed));
    }

    private SketchFamily family(long seed) {
        return new SketchFamily(kernel, seed, repetitions, sharpness, buckets);
    }

    @Override
    public Densities densities(Rows<Candidate> rows, long seed) {
        return SketchedDensities.of(rows, family(seed));
    }
}
