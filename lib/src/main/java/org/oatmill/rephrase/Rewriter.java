package org.oatmill.rephrase;

import java.io.Serializable;
import java.util.Optional;
import org.oatmill.core.Methods;

/** A way to say a passage in other words. Whether the result may be used is the {@link Gate}s' business. */
public interface Rewriter extends Serializable {

    Methods<Rewriter> METHODS = Methods.of(Rewriter.class)
            .row("eda", () -> new Eda(0.1, 0.1, 0.1, 0.1))
            .row("identity", Identity::new);

    /**
     * Another wording; empty where there is none, and the original stays.
     *
     * @param copy the number of the rewrite, from 1; a copy does not depend on how many are made
     * @param seed of the stage; all chance is a function of (seed, passage's id and field, copy)
     * @param lexicon the words of the language, for rewriters that need them
     */
    Optional<String> rewrite(Passage passage, int copy, long seed, Lexicon lexicon);
}
