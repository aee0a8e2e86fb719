package org.oatmill.sampling;

import java.util.List;

/**
 * How chance chose a sample.
 *
 * @param densities what it was drawn from
 * @param sampler how weights became a sample
 * @param effectiveShare effective sample size of the weights over the population, (sum of w)^2 / (n sum of w^2)
 * @param strata the parts that were drawn from apart; one, where nobody asked for parts
 */
public record Drawn(Densities densities, Sampler sampler, double effectiveShare, List<Stratum> strata) {

    /** Whether the sample tells how far its estimates are off: not where chance kept one row alone. */
    boolean hasVariance() {
        return sampler == Sampler.POISSON || strata.stream().allMatch(part -> part.isWhole() || part.expected() != 1);
    }

    /** Rows to keep: exactly so many, or so many on average. */
    public long expected() {
        return strata.stream().mapToLong(Stratum::expected).sum();
    }
}
