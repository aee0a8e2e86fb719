package org.oatmill.influence;

import java.util.Map;
import java.util.Set;
import org.oatmill.core.Describe;
import org.oatmill.model.Objective;

/**
 * Squared length of a row's own gradient (Pruthi et al., NeurIPS 2020, section 4.1, at one
 * checkpoint): how far the row, learned by itself, would push the model. High where the model has to
 * bend to believe the label; looks at no target set.
 */
@Describe("squared length of the row's gradient; one backward a row")
public record SelfInfluence() implements InfluenceMethod {

    @Override
    public Question question() {
        return Question.SUSPICION;
    }

    @Override
    public Set<Need> needs() {
        return Set.of(Need.MODEL, Need.GRADIENTS);
    }

    @Override
    public Valuation values(Evidence evidence) {
        Objective objective = evidence.objective();
        double[] scores = evidence.measured((model, batch) ->
                RowProducts.of(model, batch, objective, Map.of()).squares());
        String checkpoint = Checkpoint.of(evidence.model()).name();
        return new Valuation(scores, checkpoint, Valuation.NONE, scores.length, scores.length, Map.of());
    }
}
