package org.oatmill.sampling;

import org.oatmill.core.Rows;

/** A method that gives every row a density, to which its chance of being kept is inversely proportional. */
public interface WeightedMethod extends SamplingMethod {

    /** Reads the rows and says how dense the neighbourhood of each one is. */
    Densities densities(Rows<Candidate> rows, long seed);

    @Override
    default Sample choose(Population population, Draw how, long seed) {
        Densities densities = densities(population.rows(), seed);
        try {
            return how.from(densities, seed);
        } catch (RuntimeException e) {
            densities.release();
            throw e;
        }
    }
}
