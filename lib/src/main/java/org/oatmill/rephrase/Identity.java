package org.oatmill.rephrase;

import java.util.Optional;
import org.oatmill.core.Describe;

/** Says every passage as it is: the control of every comparison. */
@Describe("every passage as it is; the control")
public record Identity() implements Rewriter {
    @Override
    public Optional<String> rewrite(Passage passage, int copy, long seed, Lexicon lexicon) {
        return Optional.of(passage.text());
    }
}
