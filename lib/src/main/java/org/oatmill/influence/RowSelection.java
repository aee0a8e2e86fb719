package org.oatmill.influence;

import java.io.Serializable;
import java.util.List;
import org.oatmill.core.Methods;

/** A way to keep some of the rows by what they are worth. Nothing is drawn. */
public interface RowSelection extends Serializable {

    Methods<RowSelection> METHODS =
            Methods.of(RowSelection.class).row("top", Top::new).row("top-per-label", () -> new TopPerLabel());

    /** Whether it must know the label of a row. */
    boolean needsLabel();

    /**
     * {@code size} of the rows, or all where there are fewer; the highest worth first, a function of the set of rows,
     * never of their order.
     */
    List<ValuedRow> choose(List<ValuedRow> rows, int size);
}
