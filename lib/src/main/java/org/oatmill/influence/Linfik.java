package org.oatmill.influence;

import java.util.Set;
import org.oatmill.core.Describe;
import org.oatmill.core.UserException;

/**
 * LinFiK by finite differences: how much a gradient step on the row lowers the target loss, to first
 * order and per unit of learning rate, at the model as it stands.
 *
 * <p>LinFiK(z, V) = (g_z, v), g_z being the gradient of the row's loss and v that of the mean target
 * loss (arXiv 2503.01052; the formula is our reconstruction). The scalar product is the derivative of
 * the row's loss along v, so one backward over the target rows gives v and two forwards a row give
 * the score, [l(theta + r v) - l(theta - r v)] / 2r, up to the square of r. Positive: helpful.
 * {@link ExactLinfik} is the exact twin, with a backward for every row.
 *
 * <p>It is first-order predicted loss reduction at this checkpoint for this target set: no causal or
 * Shapley value, not comparable across target sets, and no detector of wrong labels. Duplicates are
 * overpaid.
 *
 * @param radiusRatio length of a probe as a share of the length of theta, r|v| / |theta|; 1e-3 needs
 *     float32 arithmetic
 */
@Describe("first-order worth to the target rows: one backward over them, then two forwards a row")
public record Linfik(@Describe("length of a probe, as a share of the length of the weights") double radiusRatio)
        implements InfluenceMethod {

    public Linfik {
        requireRatio(radiusRatio);
    }

    static void requireRatio(double radiusRatio) {
        if (!(radiusRatio > 0 && radiusRatio < 1)) {
            throw new UserException(
                    "Cannot value rows: radius_ratio = " + radiusRatio + ", expected above 0 and below 1");
        }
    }

    @Override
    public Question question() {
        return Question.WORTH;
    }

    @Override
    public Set<Need> needs() {
        return Set.of(Need.MODEL, Need.GRADIENTS, Need.TARGET);
    }

    @Override
    public Valuation values(Evidence evidence) {
        Checkpoint at = Checkpoint.of(evidence.model());
        return TargetDirection.ofGradients(evidence, at).slopes(evidence, at, radiusRatio);
    }
}
