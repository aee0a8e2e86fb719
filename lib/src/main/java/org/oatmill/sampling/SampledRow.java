package org.oatmill.sampling;

import java.io.Serializable;

/**
 * A row that was kept.
 *
 * @param id identity of the row
 * @param density estimated sum of kernel values to all rows, itself included
 * @param samplingWeight one over the density
 * @param key -ln u(seed, "sample", id) times the density; the smallest keys are kept
 * @param inclusionProb the chance of being kept; values divided by it add up, in expectation, to the
 *     population's total
 */
public record SampledRow(String id, double density, double samplingWeight, double key, double inclusionProb)
        implements Serializable {}
