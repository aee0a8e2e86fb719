package org.oatmill.influence;

import java.util.Map;
import java.util.Set;
import org.oatmill.core.Describe;
import org.oatmill.model.Objective;

/**
 * A row's own loss under the model, in nats: high where the model finds the label, or the text, hard
 * to believe. Looks at no target set; among detectors of wrong labels it is the one to beat.
 */
@Describe("the row's own loss under the model; one forward")
public record RowLoss() implements InfluenceMethod {

    @Override
    public Question question() {
        return Question.SUSPICION;
    }

    @Override
    public Set<Need> needs() {
        return Set.of(Need.MODEL);
    }

    @Override
    public Valuation values(Evidence evidence) {
        Objective objective = evidence.objective();
        double[] scores = evidence.measured((model, batch) -> Losses.of(batch, model.losses(batch), objective));
        String checkpoint = Checkpoint.of(evidence.model()).name();
        return new Valuation(scores, checkpoint, Valuation.NONE, scores.length, 0, Map.of());
    }
}
