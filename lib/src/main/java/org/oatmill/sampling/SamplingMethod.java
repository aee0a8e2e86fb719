package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.Methods;
import org.oatmill.core.Rows;

/** A way to choose rows: gives each a density, to which its chance of being kept is inversely proportional. */
public interface SamplingMethod extends Serializable {

    Methods<SamplingMethod> METHODS = Methods.of(SamplingMethod.class)
            .row("uniform", new UniformSampling())
            .row("wds", new DiversifiedSampling(128, 1 << 16, 1, 2, 4, 8))
            .row("density", new DensitySampling(1000, 20_000, 4, 8, 16, 32));

    /** Reads the rows and says how dense the neighbourhood of each one is. */
    Densities densities(Rows<VectorRow> rows, long seed);
}
