package org.oatmill.sampling;

import java.math.BigDecimal;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Rows;
import org.oatmill.sampling.BitHistogram.Prefix;

/**
 * The number c for which min(1, c w), summed over the weights w of a stratum, is k; found from
 * histograms, so without rounding and in any order. The sum falls as T = 1/c grows, and what it is at
 * the edge of a bin is known from counts and sums of bins; so each look narrows T to a bin.
 */
final class PoissonRate {
    private final BigDecimal expected;
    // Among numbers outside the prefix that is looked at: rows of larger weight, and the sum of smaller weights.
    private long above;
    private BigDecimal below = BigDecimal.ZERO;
    private Prefix prefix = Prefix.NONE;
    private @Nullable Double rate;

    /** @param expected k, fewer than there are rows */
    private PoissonRate(long expected) {
        this.expected = BigDecimal.valueOf(expected);
    }

    /** What multiplies the weights of each stratum to make probabilities that add up to its quota. */
    static SortedMap<String, Double> of(Rows<KeyedRow> rows, DrawCensus census, Map<String, Long> quotas) {
        TreeMap<String, Double> rates = new TreeMap<>();
        TreeMap<String, PoissonRate> open = new TreeMap<>();
        census.strata().forEach((name, weights) -> {
            if (quotas.getOrDefault(name, 0L) >= weights.numbers()) {
                rates.put(name, Double.POSITIVE_INFINITY);
            } else {
                open.put(name, new PoissonRate(quotas.getOrDefault(name, 0L)));
            }
        });
        SortedMap<String, BitHistogram> seen = census.strata();
        while (!open.isEmpty()) {
            seen.forEach((name, weights) -> {
                PoissonRate rate = open.get(name);
                if (rate != null) {
                    rate.look(weights);
                    rate.found().ifPresent(c -> {
                        rates.put(name, c);
                        open.remove(name);
                    });
                }
            });
            Map<String, Prefix> prefixes = new TreeMap<>();
            open.forEach((name, rate) -> prefixes.put(name, rate.prefix()));
            seen = open.isEmpty()
                    ? seen
                    : rows.fold(() -> new DrawCensus.Closer(KeyedRow::weight, prefixes))
                            .strata();
        }
        return rates;
    }

    /** What {@link #look} should be shown next. */
    private Prefix prefix() {
        return prefix;
    }

    /** The rate, once it is known. */
    private OptionalDouble found() {
        return rate == null ? OptionalDouble.empty() : OptionalDouble.of(rate);
    }

    private void look(BitHistogram weights) {
        BigDecimal rest = below;
        for (int bin = weights.first(); bin < weights.end(); bin++) {
            rest = rest.add(weights.sum(bin));
        }
        long larger = above;
        for (int bin = weights.end() - 1; bin >= weights.first(); bin--) {
            if (weights.count(bin) == 0) {
                continue;
            }
            if (isReached(larger, rest, weights.edge(bin + 1))) {
                break;
            }
            BigDecimal smaller = rest.subtract(weights.sum(bin));
            if (isReached(larger + weights.count(bin), smaller, weights.edge(bin))) {
                if (weights.bin(bin).whole()) {
                    break;
                }
                above = larger;
                below = smaller;
                prefix = weights.bin(bin);
                return;
            }
            larger += weights.count(bin);
            rest = smaller;
        }
        rate = expected.subtract(BigDecimal.valueOf(larger)).doubleValue() / rest.doubleValue();
    }

    /** Whether probabilities add up to k or more at T: {@code certain} rows of probability 1, others of w / T. */
    private boolean isReached(long certain, BigDecimal others, double t) {
        BigDecimal missing = expected.subtract(BigDecimal.valueOf(certain));
        return others.compareTo(missing.multiply(new BigDecimal(t))) >= 0;
    }
}
