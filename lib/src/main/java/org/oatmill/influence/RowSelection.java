package org.oatmill.influence;

import java.io.Serializable;
import java.util.List;
import java.util.Set;
import org.oatmill.core.Methods;

/** A way to keep some of the rows by what they are worth. */
public interface RowSelection extends Serializable {

    Methods<RowSelection> METHODS = Methods.of(RowSelection.class)
            .row("top", new Top())
            .row("top-per-label", new TopPerLabel())
            .row("influence-per-density", new InfluencePerDensity(1, 0.1));

    /** What it must know of a row besides its worth. */
    enum Need {
        LABEL,
        DENSITY
    }

    Set<Need> needs();

    /**
     * {@code size} of the candidates, or all where there are fewer; in the order of their keys, a
     * function of the candidates' set, never of their order.
     */
    List<SelectedRow> choose(List<Candidate> candidates, int size, long seed);
}
