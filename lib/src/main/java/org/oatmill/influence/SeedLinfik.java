package org.oatmill.influence;

import java.util.Set;
import org.oatmill.core.Describe;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

/**
 * LinFiK without any backward pass: the target's gradient is estimated from random directions, then
 * every row is scored along the estimate as in {@link Linfik}. For models that cannot be
 * differentiated, and for {@code gradients = forbid}.
 *
 * <p>The scores' signal-to-noise ratio is about |rho| sqrt(q), rho being the cosine of row and target
 * gradient: q = 16, 256, 2,048 gave a Spearman correlation of 0.43, 0.82, 0.93 with the exact scores
 * on a small network.
 *
 * @param seeds random directions, q; each costs two forwards of every target row
 * @param law distribution of their coordinates
 * @param radiusRatio length of a probe as a share of the length of theta
 */
@Describe("as linfik, with the target's gradient estimated by forwards alone: two a seed and target row")
public record SeedLinfik(
        @Describe("random directions; the noise falls as one over their square root") int seeds,
        @Describe("distribution of a direction's coordinates") Noise.Law law,
        @Describe("length of a probe, as a share of the length of the weights") double radiusRatio)
        implements InfluenceMethod {

    public SeedLinfik {
        if (seeds < 1) {
            throw new UserException("Cannot value rows: seeds = " + seeds + ", expected at least 1");
        }
        Linfik.requireRatio(radiusRatio);
    }

    @Override
    public Question question() {
        return Question.WORTH;
    }

    @Override
    public Set<Need> needs() {
        return Set.of(Need.MODEL, Need.TARGET);
    }

    @Override
    public Valuation values(Evidence evidence) {
        Checkpoint at = Checkpoint.of(evidence.model());
        return TargetDirection.ofSeeds(evidence, at, seeds, law, radiusRatio).slopes(evidence, at, radiusRatio);
    }
}
