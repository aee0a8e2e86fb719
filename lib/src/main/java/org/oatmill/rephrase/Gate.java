package org.oatmill.rephrase;

import java.io.Serializable;
import org.oatmill.core.Methods;

/**
 * One thing that a rewrite must not do. Each is named for the trouble it finds, and sees only the
 * surface: it misses much that a reader would reject, and what it rejects, a reader may accept.
 */
public interface Gate extends Serializable {

    Methods<Gate> METHODS = Methods.of(Gate.class)
            .row("empty", Gates.Empty::new)
            .row("identical", Gates.Identical::new)
            .row("length", () -> new Gates.Length(0.5, 2))
            .row("artefact", Gates.Artefact::new)
            .row("numbers", () -> new Gates.Numbers(0))
            .row("negation", () -> new Gates.Negation(0, Gates.NEGATIONS))
            .row("label-words", () -> new Gates.LabelWords(0))
            .row("spans", () -> new Gates.Spans(java.util.List.of()));

    /** How much of the trouble there is, in the gate's own unit; NaN where that cannot be said. */
    double measure(Rewrite rewrite);

    /** Whether so much will do; never for NaN. */
    boolean accepts(double measured);
}
