package org.oatmill.influence;

import java.util.Set;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;

/** A number drawn for every row, u(seed, "random", id): what any other method must beat. */
@Describe("a number drawn by chance; reads nothing")
public record RandomScore() implements InfluenceMethod {

    @Override
    public Question question() {
        return Question.BASELINE;
    }

    @Override
    public Set<Need> needs() {
        return Set.of();
    }

    @Override
    public Valuation values(Evidence evidence) {
        return Valuation.withoutModel(evidence.each(row -> Chance.u(evidence.seed(), "random", row.id())));
    }
}
