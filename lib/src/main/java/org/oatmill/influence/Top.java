package org.oatmill.influence;

import java.util.Comparator;
import java.util.List;
import org.oatmill.core.Describe;

/**
 * The rows of highest worth, of equals those whose ids come first.
 *
 * <p>Worth to a target set differs between classes, so this may keep few rows of some: see {@link
 * TopPerLabel}.
 */
@Describe("the rows of highest worth; may keep few rows of some classes")
public record Top() implements RowSelection {
    static final Comparator<ValuedRow> BEST_FIRST =
            Comparator.comparingDouble(ValuedRow::worth).reversed().thenComparing(ValuedRow::id);

    @Override
    public boolean needsLabel() {
        return false;
    }

    @Override
    public List<ValuedRow> choose(List<ValuedRow> rows, int size) {
        return rows.stream().sorted(BEST_FIRST).limit(size).toList();
    }
}
