package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;

/** Every row has the same chance; vectors are not looked at. */
@Describe("every row has the same chance; vectors are not looked at")
public record UniformSampling() implements SamplingMethod {

    @Override
    public Densities densities(Rows<VectorRow> rows, long seed) {
        Rows<RowDensity> densities =
                rows.<RowDensity>map(row -> new RowDensity(row.id(), 1, 1)).cached();
        return new Densities(densities, Optional.empty(), 0, List.of(densities));
    }
}
