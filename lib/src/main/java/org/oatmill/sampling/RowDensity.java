package org.oatmill.sampling;

import java.io.Serializable;

/**
 * What a sample is drawn from: a row's density, at least 1.
 *
 * @param id identity of the row
 * @param density estimated sum of kernel values to all rows, itself included
 * @param total the integer that the density was computed from; 1 where nothing was counted
 * @param facts what is known of the row besides
 */
public record RowDensity(String id, double density, long total, Facts facts) implements Serializable {}
