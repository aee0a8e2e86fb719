package org.oatmill.influence;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    public boolean needsLabel() {
        return true;
    }

    @Override
    public List<ValuedRow> choose(List<ValuedRow> rows, int size) {
        Map<String, List<ValuedRow>> byLabel = rows.stream()
                .sorted(Top.BEST_FIRST)
                .collect(Collectors.groupingBy(
                        row -> Objects.requireNonNull(row.label(), row.id()), TreeMap::new, Collectors.toList()));
        List<ValuedRow> chosen = new ArrayList<>();
        for (int turn = 0; chosen.size() < Math.min(size, rows.size()); turn++) {
            for (List<ValuedRow> best : byLabel.values()) {
                if (turn < best.size() && chosen.size() < size) {
                    chosen.add(best.get(turn));
                }
            }
        }
        chosen.sort(Top.BEST_FIRST);
        return chosen;
    }
}
