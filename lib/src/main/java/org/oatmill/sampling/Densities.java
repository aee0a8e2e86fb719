package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import org.oatmill.core.Rows;

/**
 * What a method says of a population.
 *
 * @param rows the density of every row
 * @param sketch where the densities were read from, if a sketch was made
 * @param emptyRows rows of zeros only
 * @param sharpness which was chosen, if a sketch was made
 * @param held what is kept in memory or on disk for the next reading
 */
public record Densities(
        Rows<RowDensity> rows,
        Optional<DensitySketch> sketch,
        long emptyRows,
        Optional<SharpnessChoice> sharpness,
        List<Rows<?>> held) {

    /** Without a choice of sharpness. */
    public Densities(Rows<RowDensity> rows, Optional<DensitySketch> sketch, long emptyRows, List<Rows<?>> held) {
        this(rows, sketch, emptyRows, Optional.empty(), held);
    }

    Densities with(Rows<RowDensity> others) {
        return new Densities(others, sketch, emptyRows, sharpness, held);
    }

    /** Lets go of what is held. */
    public void release() {
        held.forEach(Rows::release);
    }
}
