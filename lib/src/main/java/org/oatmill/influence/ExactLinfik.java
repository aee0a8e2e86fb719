package org.oatmill.influence;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.oatmill.core.Describe;
import org.oatmill.model.Objective;

/**
 * LinFiK by a backward for every row: the scalar product of the row's gradient and the target's, in
 * double. The twin of {@link Linfik}, for small data. Positive: helpful.
 *
 * @param normalisation whether lengths of gradients count
 */
@Describe("as linfik, exactly: one backward a row; for small data")
public record ExactLinfik(@Describe("whether lengths of gradients count") Normalisation normalisation)
        implements InfluenceMethod {

    /** What a scalar product of two gradients is divided by. */
    public enum Normalisation {
        /** Nothing: a long gradient moves the model further. */
        NONE,
        /** Both lengths: direction alone. */
        COSINE
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
        TargetDirection target = TargetDirection.ofGradients(evidence, at);
        boolean cosine = normalisation == Normalisation.COSINE;
        Objective objective = evidence.objective();
        Map<String, float[]> v = new HashMap<>(target.values());
        double norm = target.norm();
        double[] scores = evidence.measured((model, batch) -> {
            RowProducts products = RowProducts.of(model, batch, objective, v);
            return cosine ? products.cosines(norm) : products.given();
        });
        return new Valuation(
                scores,
                at.name(),
                cosine ? "cosine" : Valuation.NONE,
                target.forwards() + scores.length,
                target.backwards() + scores.length,
                Map.of("target_gradient_norm", norm, "theta_norm", at.norm()));
    }
}
