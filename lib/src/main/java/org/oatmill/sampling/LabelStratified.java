package org.oatmill.sampling;

import java.util.Set;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;

/**
 * Uniform sampling within each label: a baseline that is told what others must find out.
 *
 * @param quota rows of each label
 */
@Describe("uniform within each label: what knowing the classes would give")
public record LabelStratified(@Describe("rows of each label") Strata.Quota quota) implements WeightedMethod {

    public LabelStratified {
        Strata.of(quota);
    }

    @Override
    public Set<String> needs() {
        return Set.of(LABEL);
    }

    @Override
    public Densities densities(Rows<Candidate> rows, long seed) {
        return new UniformSampling().densities(rows, seed);
    }

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        if (how.strata().isPresent()) {
            throw new UserException(
                    "Cannot sample: strata are given and method = label-stratified has its own, expected"
                            + " one of the two; name the method uniform to keep the strata");
        }
        return WeightedMethod.super.choose(population, how.within(Strata.of(quota)), seed);
    }
}
