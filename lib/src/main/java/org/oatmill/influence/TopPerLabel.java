package org.oatmill.influence;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.oatmill.core.Describe;

/**
 * The rows of highest worth of every label, as many of each: labels take turns in alphabetical order,
 * each its best row that is left, until there are enough. A label that runs out leaves its turns to
 * the others, so the counts of labels that do not differ by one at most.
 */
@Describe("the rows of highest worth of every label, as many of each")
public record TopPerLabel() implements RowSelection {

    @Override
    public Set<Need> needs() {
        return Set.of(Need.LABEL);
    }

    @Override
    public List<SelectedRow> choose(List<Candidate> candidates, int size, long seed) {
        Map<String, List<Candidate>> byLabel = candidates.stream()
                .sorted(Top.BEST_FIRST)
                .collect(Collectors.groupingBy(
                        row -> Objects.requireNonNull(row.label(), row.id()), TreeMap::new, Collectors.toList()));
        List<SelectedRow> chosen = new ArrayList<>();
        for (int turn = 0; chosen.size() < Math.min(size, candidates.size()); turn++) {
            for (List<Candidate> rows : byLabel.values()) {
                if (turn < rows.size() && chosen.size() < size) {
                    chosen.add(Top.chosen(rows.get(turn)));
                }
            }
        }
        chosen.sort(Comparator.comparingDouble(SelectedRow::key).thenComparing(SelectedRow::id));
        return chosen;
    }
}
