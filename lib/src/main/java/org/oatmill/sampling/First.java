package org.oatmill.sampling;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Summary;

/** The first rows by rank, or the first behind a given one. Its size is that of what it holds, never that of the rows. */
final class First implements Summary<Ranked, First> {
    private static final long serialVersionUID = 1L;

    private final int limit;
    private final @Nullable Ranked after;
    private final PriorityQueue<Ranked> lastFirst = new PriorityQueue<>(Comparator.reverseOrder());

    First(int limit) {
        this(limit, null);
    }

    First(int limit, @Nullable Ranked after) {
        this.limit = limit;
        this.after = after;
    }

    @Override
    public void add(Ranked row) {
        if (after != null && row.compareTo(after) <= 0) {
            return;
        }
        if (lastFirst.size() < limit) {
            lastFirst.add(row);
        } else if (row.compareTo(lastFirst.element()) < 0) {
            lastFirst.poll();
            lastFirst.add(row);
        }
    }

    @Override
    public void merge(First other) {
        other.lastFirst.forEach(this::add);
    }

    List<Ranked> inOrder() {
        return lastFirst.stream().sorted().toList();
    }
}
