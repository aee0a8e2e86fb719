package org.oatmill.sampling;

import java.io.Serializable;

/**
 * What was drawn from a part of the population.
 *
 * @param name of the part; empty where there is one only
 * @param population rows it has
 * @param expected rows to keep: exactly so many, or so many on average
 * @param size rows kept
 * @param threshold the first key that was not kept, infinite where all rows were; for Poisson sampling the number c
 *     that multiplies the weights
 */
public record Stratum(String name, long population, long expected, long size, double threshold)
        implements Serializable {

    boolean isWhole() {
        return expected >= population;
    }
}
