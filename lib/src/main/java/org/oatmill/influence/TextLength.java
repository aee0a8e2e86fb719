package org.oatmill.influence;

import java.util.Set;
import org.oatmill.core.Describe;

/** Length of a row's text in characters (code points). */
@Describe("characters of the text; reads nothing else")
public record TextLength() implements InfluenceMethod {

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
        return Valuation.withoutModel(evidence.each(
                row -> (double) row.text().codePointCount(0, row.text().length())));
    }
}
