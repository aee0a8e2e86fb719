package org.oatmill.sampling;

/**
 * How chance chose a sample.
 *
 * @param densities what it was drawn from
 * @param effectiveShare effective sample size of the weights over the population, (sum of w)^2 / (n sum of w^2)
 * @param tau the first key that was not kept; infinite where all rows were kept
 */
public record Drawn(Densities densities, double effectiveShare, double tau) {}
