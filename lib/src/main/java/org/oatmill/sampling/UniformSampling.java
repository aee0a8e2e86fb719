package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;

/** Every row has the same chance; vectors are not looked at. */
@Describe("every row has the same chance; vectors are not looked at")
public record UniformSampling() implements WeightedMethod {

    @Override
    public Densities densities(Rows<Candidate> rows, long seed) {
        Rows<RowDensity> densities = rows.<RowDensity>map(row -> new RowDensity(row.id(), 1, 1, row.facts()))
                .cached();
        return new Densities(densities, Optional.empty(), 0, List.of(densities));
    }
}
