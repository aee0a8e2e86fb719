package org.oatmill.sampling;

import java.io.Serializable;
import java.util.Comparator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedMap;
import java.util.TreeMap;
import org.oatmill.core.UserException;

/**
 * Parts of the population, by {@link Facts#label}, that are drawn from apart, each its own number of
 * rows. A larger sample takes no fewer of any stratum.
 *
 * @param quota how many of each
 * @param sizes by name, where the quota is that
 */
public record Strata(Quota quota, Map<String, Long> sizes) implements Serializable {

    /** How many rows of each stratum. */
    public enum Quota {
        /** In proportion to its rows, rounded after Sainte-Laguë. */
        PROPORTIONAL,
        /** As many of each; what a small one cannot fill goes to the others. */
        EQUAL,
        /** As named; none of a stratum that is not named. */
        SIZES
    }

    public Strata {
        sizes = Map.copyOf(sizes);
        if (sizes.isEmpty() == (quota == Quota.SIZES)) {
            throw new UserException("Cannot sample: sizes = " + sizes + " with quota = "
                    + quota.name().toLowerCase(java.util.Locale.ROOT)
                    + ", expected rows by stratum for the quota sizes, and none for others");
        }
        sizes.forEach((stratum, size) -> {
            if (size < 0) {
                throw new UserException("Cannot sample: sizes = " + stratum + " " + size + ", expected 0 or more rows");
            }
        });
    }

    public static Strata of(Quota quota) {
        return new Strata(quota, Map.of());
    }

    /** Of each stratum, how many rows, at most those it has. */
    SortedMap<String, Long> quotas(SortedMap<String, Long> rows, long size) {
        return switch (quota) {
            case PROPORTIONAL -> proportional(rows, size);
            case EQUAL -> equal(rows, size);
            case SIZES -> named(rows);
        };
    }

    private SortedMap<String, Long> named(SortedMap<String, Long> rows) {
        for (String stratum : new TreeMap<>(sizes).keySet()) {
            if (!rows.containsKey(stratum)) {
                throw new UserException(
                        "Cannot sample: sizes name the stratum " + stratum + ", which no row has, expected"
                                + " some of " + rows.keySet().stream().limit(20).toList());
            }
        }
        SortedMap<String, Long> quotas = new TreeMap<>();
        rows.forEach((stratum, n) -> quotas.put(stratum, Math.min(n, sizes.getOrDefault(stratum, 0L))));
        return quotas;
    }

    private static SortedMap<String, Long> equal(SortedMap<String, Long> rows, long size) {
        long level = 0;
        long most = rows.values().stream().mapToLong(n -> n).max().orElse(0);
        while (level < most) {
            long middle = level + (most - level + 1) / 2;
            if (rows.values().stream().mapToLong(n -> Math.min(n, middle)).sum() <= size) {
                level = middle;
            } else {
                most = middle - 1;
            }
        }
        SortedMap<String, Long> quotas = new TreeMap<>();
        long left = size;
        for (Map.Entry<String, Long> stratum : rows.entrySet()) {
            quotas.put(stratum.getKey(), Math.min(stratum.getValue(), level));
            left -= Math.min(stratum.getValue(), level);
        }
        for (Map.Entry<String, Long> stratum : rows.entrySet()) {
            if (left > 0 && stratum.getValue() > level) {
                quotas.merge(stratum.getKey(), 1L, Long::sum);
                left--;
            }
        }
        return quotas;
    }

    /** A seat of a stratum; the a-th seat, from 0, is worth n / (2 a + 1). */
    private record Seat(String stratum, long rows, long taken) {
        static final Comparator<Seat> BEST_FIRST =
                Comparator.comparingDouble(Seat::worth).reversed().thenComparing(Seat::stratum);

        double worth() {
            return rows / (2.0 * taken + 1);
        }
    }

    private static SortedMap<String, Long> proportional(SortedMap<String, Long> rows, long size) {
        long all = rows.values().stream().mapToLong(n -> n).sum();
        long asked = Math.min(size, all);
        SortedMap<String, Long> quotas = new TreeMap<>();
        PriorityQueue<Seat> seats = new PriorityQueue<>(Seat.BEST_FIRST);
        long left = asked;
        for (Map.Entry<String, Long> stratum : rows.entrySet()) {
            // Seats that are certain, so that few are left to be dealt out one by one.
            double sure = Math.floor((double) Math.max(0, asked - rows.size()) / all * stratum.getValue()) - 2;
            long taken = Math.max(0, (long) sure);
            quotas.put(stratum.getKey(), taken);
            seats.add(new Seat(stratum.getKey(), stratum.getValue(), taken));
            left -= taken;
        }
        for (; left > 0; left--) {
            Seat best = seats.remove();
            quotas.merge(best.stratum, 1L, Long::sum);
            seats.add(new Seat(best.stratum, best.rows, best.taken + 1));
        }
        return quotas;
    }
}
