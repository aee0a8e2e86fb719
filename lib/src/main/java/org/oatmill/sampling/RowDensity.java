package org.oatmill.sampling;

import java.io.Serializable;

/**
 * What a sample is drawn from: a row's density, at least 1, and what it is worth.
 *
 * @param id identity of the row
 * @param density estimated sum of kernel values to all rows, itself included
 * @param total the integer that the density was computed from; 1 where nothing was counted
 * @param worth what the density divides to make the weight; above 0, and 1 where all rows are worth the same
 * @param facts what is known of the row besides
 */
public record RowDensity(String id, double density, long total, double worth, Facts facts) implements Serializable {

    public RowDensity(String id, double density, long total, Facts facts) {
        this(id, density, total, 1, facts);
    }

    RowDensity worth(double worth) {
        return new RowDensity(id, density, total, worth, facts);
    }
}
