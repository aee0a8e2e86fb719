package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.oatmill.core.Rows;
import org.oatmill.sampling.BitHistogram.Place;
import org.oatmill.sampling.BitHistogram.Prefix;

/** Where the smallest keys end, without sorting: the bits of a key from histograms, then the few rows that share them. */
final class Thresholds {
    /** Rows few enough to be ordered in one place. */
    private static final long FEW = 4096;

    private Thresholds() {}

    /** The first row of each stratum that is not kept; none of a stratum that is kept whole. */
    static SortedMap<String, KeyedRow> of(Rows<KeyedRow> rows, DrawCensus census, Map<String, Long> quotas) {
        TreeMap<String, Place> places = new TreeMap<>();
        census.strata().forEach((name, histogram) -> {
            if (quotas.getOrDefault(name, 0L) < histogram.numbers()) {
                places.put(name, histogram.place(quotas.getOrDefault(name, 0L)));
            }
        });
        long few = Math.max(1, FEW / Math.max(1, places.size()));
        for (Map<String, Prefix> wide = wide(places, few); !wide.isEmpty(); wide = wide(places, few)) {
            Map<String, Prefix> prefixes = wide;
            rows.fold(() -> new DrawCensus.Closer(KeyedRow::key, prefixes))
                    .strata()
                    .forEach((name, histogram) -> places.compute(
                            name,
                            (n, place) -> histogram.place(
                                    Objects.requireNonNull(place).rank())));
        }
        TreeMap<String, KeyedRow> ends = new TreeMap<>();
        Map<String, List<KeyedRow>> near = new TreeMap<>();
        rows.where(row -> {
                    Place place = places.get(row.stratum());
                    return place != null && place.prefix().of(row.key());
                })
                .collect()
                .forEach(row -> near.computeIfAbsent(row.stratum(), s -> new ArrayList<>())
                        .add(row));
        places.forEach((name, place) -> ends.put(
                name,
                near.getOrDefault(name, List.of()).stream()
                        .sorted()
                        .skip(place.rank())
                        .findFirst()
                        .orElseThrow()));
        return ends;
    }

    /** Of the strata whose end lies among too many rows to be collected, what these rows share. */
    private static Map<String, Prefix> wide(Map<String, Place> places, long few) {
        Map<String, Prefix> wide = new TreeMap<>();
        places.forEach((name, place) -> {
            if (place.numbers() > few && !place.prefix().whole()) {
                wide.put(name, place.prefix());
            }
        });
        return wide;
    }
}
