package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.sampling.kernel.MinMax;

/**
 * Weighted diversified sampling (arXiv 2410.15616): rows that few others resemble, by the Min-Max
 * kernel of sparse non-negative rows, are kept with a chance in inverse proportion to their density.
 *
 * <p>Differs from the paper: full consistent weighted sampling in place of 0-bit, so the kernel is
 * Min-Max exactly; counts debiased; the kernel sharpened; rows drawn without replacement.
 *
 * @param repetitions rows of the sketch, R
 * @param buckets counters in each row of the sketch, B
 * @param sharpness power of the kernel, p; of several, see {@link SharpnessChoice}
 * @param hashing hash family of the kernel
 */
@Describe("weighted diversified sampling: Min-Max kernel, sparse non-negative vectors")
public record DiversifiedSampling(
        @Describe("rows of the sketch; the error of a density falls as one over its square root") int repetitions,
        @Describe("counters in each row of the sketch") int buckets,
        @Describe(
                        "power of the kernel: the larger, the nearer must neighbours be to count; of several, the largest that two halves of the sketch agree on")
                List<Integer> sharpness,
        @Describe("hashes of the kernel: dart; icws, its slow twin; or zero-bit, biased upward") MinMax.Hashing hashing)
        implements WeightedMethod {

    /** By darts. */
    public DiversifiedSampling(int repetitions, int buckets, Integer... sharpness) {
        this(repetitions, buckets, List.of(sharpness), MinMax.Hashing.DART);
    }

    public DiversifiedSampling {
        sharpness = new SketchFamily(new MinMax(hashing), 0, repetitions, sharpness, buckets).sharpness();
    }

    @Override
    public Optional<SketchFamily> sketches(long seed) {
        return Optional.of(family(seed));
    }

    private SketchFamily family(long seed) {
        return new SketchFamily(new MinMax(hashing), seed, repetitions, sharpness, buckets);
    }

    @Override
    public Densities densities(Rows<Candidate> rows, long seed) {
        return SketchedDensities.of(rows, family(seed));
    }
}
