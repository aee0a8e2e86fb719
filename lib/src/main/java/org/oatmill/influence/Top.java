package org.oatmill.influence;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.oatmill.core.Describe;

/**
 * The rows of highest worth, of equals those whose ids come first. Nothing is drawn.
 *
 * <p>Worth to a target set differs between classes, so this may keep few rows of some: see {@link
 * TopPerLabel}.
 */
@Describe("the rows of highest worth; may keep few rows of some classes")
public record Top() implements RowSelection {
    static final Comparator<Candidate> BEST_FIRST =
            Comparator.comparingDouble(Candidate::worth).reversed().thenComparing(Candidate::id);

    @Override
    public Set<Need> needs() {
        return Set.of();
    }

    @Override
    public List<SelectedRow> choose(List<Candidate> candidates, int size, long seed) {
        return candidates.stream()
                .sorted(BEST_FIRST)
                .limit(size)
                .map(Top::chosen)
                .toList();
    }

    static SelectedRow chosen(Candidate row) {
        return new SelectedRow(row.id(), row.density(), 1, -row.worth(), 1);
    }
}
