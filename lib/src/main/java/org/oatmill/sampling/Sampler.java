package org.oatmill.sampling;

/** How weights become a sample. */
public enum Sampler {
    /** The k rows with the smallest keys: exactly k. */
    BOTTOM_K,
    /** Every row by itself, with probability min(1, c w), c such that the probabilities add up to k: about k, with a variance of at most k. */
    POISSON
}
