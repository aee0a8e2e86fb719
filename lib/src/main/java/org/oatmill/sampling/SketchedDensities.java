package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.core.UserException;
import org.oatmill.sampling.kernel.Kernel;

/**
 * The two passes of every method with a density sketch. Pass 1 hashes the rows and counts; pass 2
 * reads each row's counters back, in the sketches of every sharpness, of which one is then chosen.
 * Because hashing is what costs, the cells are held between the passes where there is room for them.
 */
final class SketchedDensities {
    private SketchedDensities() {}

    static Densities of(Rows<Candidate> rows, SketchFamily family) {
        Rows<HashedRow> hashed = rows.map(new Hash(family)).cached(family.cellBytes());
        Rows<RowTotals> totals = null;
        try {
            Census census = hashed.fold(() -> new Census(family));
            census.check();
            List<DensitySketch> sketches = census.sketches();
            totals = hashed.map(new ReadBack(sketches)).cached();
            int repetitions = family.repetitions();
            long counted = sketches.get(0).rows();
            SharpnessChoice choice = totals.fold(() -> new SplitHalves(family, counted))
                    .choose(sketches.stream().map(DensitySketch::totalOfAll).toList());
            hashed.release(); // what is read of the rows from here on is in the totals
            int k = family.sharpness().indexOf(choice.chosen());
            DensitySketch sketch = sketches.get(k);
            Rows<RowDensity> densities = totals.map(row -> new RowDensity(
                    row.id(), family.density(row.all()[k], repetitions, counted), row.all()[k], row.facts()));
            return new Densities(
                    densities, Optional.of(sketch), census.emptyRows(), Optional.of(choice), List.of(totals));
        } catch (RuntimeException e) {
            hashed.release();
            if (totals != null) {
                totals.release();
            }
            throw e;
        }
    }

    private record Hash(Kernel kernel, CellHash cells) implements Score<Candidate, HashedRow> {
        Hash(SketchFamily family) {
            this(family.kernel(), new CellHash(family));
        }

        @Override
        public HashedRow of(Candidate row) {
            String refusal = kernel.refusal(row.vector()).orElse("");
            int[] hashed = refusal.isEmpty() ? cells.of(row.vector()) : new int[0];
            return new HashedRow(
                    row.id(),
                    row.vector().size(),
                    Kernel.isEmpty(row.vector()),
                    refusal,
                    new HashedRow.Cells(hashed),
                    row.facts());
        }
    }

    private record ReadBack(List<DensitySketch> sketches) implements Score<HashedRow, RowTotals> {
        @Override
        public RowTotals of(HashedRow row) {
            int[] cells = row.cells().at();
            RowTotals totals =
                    new RowTotals(row.id(), new long[sketches.size()], new long[sketches.size()], row.facts());
            boolean counted = cells.length > 0;
            for (int k = 0; counted && k < sketches.size(); k++) {
                counted = sketches.get(k).totals(cells, k, totals);
            }
            if (!counted) {
                throw new UserException("Cannot sample: row id = " + row.id() + " was not there when the rows were"
                        + " counted, expected an input that does not change between the two passes; sample from a"
                        + " committed artifact or an immutable snapshot");
            }
            return totals;
        }
    }
}
