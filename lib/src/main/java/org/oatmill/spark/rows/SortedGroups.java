package org.oatmill.spark.rows;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import scala.Tuple2;

/**
 * Rows sorted by (section, id) and cut into groups of a fixed size, which no group spans two
 * sections for: what a list, sorted and cut, would give, whatever the partitions. The unit of
 * floating point over many rows.
 */
public final class SortedGroups {
    private SortedGroups() {}

    /** Where a row stands. */
    private record Key(int section, String id) implements Comparable<Key>, Serializable {
        @Override
        public int compareTo(Key other) {
            int bySection = Integer.compare(section, other.section);
            return bySection != 0 ? bySection : id.compareTo(other.id);
        }
    }

    /** How a row is sorted, and how many rows of its section make a group. */
    public interface Order<T> extends Serializable {
        String id(T row);

        int section(T row);

        int size(int section);
    }

    /** One section, in the order of ids. */
    public static <T> Order<T> byId(Function<T, String> id, int size) {
        return new Order<>() {
            @Override
            public String id(T row) {
                try {
                    return id.call(row);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public int section(T row) {
                return 0;
            }

            @Override
            public int size(int section) {
                return size;
            }
        };
    }

    /**
     * Numbered groups, each in order. Rows are read twice here, and once more by whoever reads the groups: persist
     * them if they are dear. Ids that stand twice leave the cut undefined.
     */
    public static <T> JavaPairRDD<Long, List<T>> of(JavaRDD<T> rows, Order<T> order) {
        int parts = Math.max(1, rows.getNumPartitions());
        JavaPairRDD<Key, T> sorted = rows.mapToPair(row -> new Tuple2<>(key(order, row), row))
                .sortByKey(Comparator.naturalOrder(), true, parts);
        List<Map<Integer, Long>> first = first(
                sorted.mapPartitions(part -> List.of(counts(part)).iterator()).collect());
        Map<Integer, Long> firstGroup = firstGroup(first.get(first.size() - 1), order);
        return sorted.mapPartitionsWithIndex((part, mine) -> numbered(mine, first.get(part), firstGroup, order), true)
                .mapToPair(pair -> pair)
                .groupByKey(Math.max(parts, 4 * rows.context().defaultParallelism()))
                .mapValues(group -> inOrder(group, order));
    }

    private static <T> Key key(Order<T> order, T row) {
        return new Key(order.section(row), order.id(row));
    }

    private static <T> TreeMap<Integer, Long> counts(Iterator<Tuple2<Key, T>> part) {
        TreeMap<Integer, Long> counts = new TreeMap<>();
        part.forEachRemaining(row -> counts.merge(row._1().section, 1L, Long::sum));
        return counts;
    }

    /** For each partition, and behind the last one: rows of each section that lie before it. */
    private static List<Map<Integer, Long>> first(List<TreeMap<Integer, Long>> counts) {
        List<Map<Integer, Long>> first = new ArrayList<>();
        Map<Integer, Long> before = new HashMap<>();
        for (TreeMap<Integer, Long> part : counts) {
            first.add(new HashMap<>(before));
            part.forEach((section, n) -> before.merge(section, n, Long::sum));
        }
        first.add(before);
        return first;
    }

    private static <T> Map<Integer, Long> firstGroup(Map<Integer, Long> totals, Order<T> order) {
        Map<Integer, Long> first = new HashMap<>();
        long groups = 0;
        for (Map.Entry<Integer, Long> section : new TreeMap<>(totals).entrySet()) {
            first.put(section.getKey(), groups);
            int size = order.size(section.getKey());
            groups += (section.getValue() + size - 1) / size;
        }
        return first;
    }

    private static <T> Iterator<Tuple2<Long, T>> numbered(
            Iterator<Tuple2<Key, T>> rows, Map<Integer, Long> first, Map<Integer, Long> firstGroup, Order<T> order) {
        Map<Integer, Long> next = new HashMap<>(first);
        return Iterators.map(rows, row -> {
            int section = row._1().section;
            long rank = next.merge(section, 1L, Long::sum) - 1;
            return new Tuple2<>(firstGroup.getOrDefault(section, 0L) + rank / order.size(section), row._2());
        });
    }

    private static <T> List<T> inOrder(Iterable<T> group, Order<T> order) {
        List<T> rows = new ArrayList<>();
        group.forEach(rows::add);
        rows.sort(Comparator.comparing(order::id));
        return rows;
    }
}
