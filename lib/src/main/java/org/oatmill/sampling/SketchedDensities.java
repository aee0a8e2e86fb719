package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.sampling.kernel.Kernel;

/**
 * The two passes of every method with a density sketch. Pass 1 hashes the rows and counts; pass 2
 * reads each row's counters back, in the sketches of every sharpness, of which one is then chosen.
 * Because hashing is what costs, the cells are held between the passes where there is room for them.
 */
final class SketchedDensities {
    private SketchedDensities() {}

    static Densities of(Rows<Candidate> rows, SketchFamily family) {
        int batch = HashedRows.batch(family.slices());
        Rows<HashedRows> hashed = hashed(rows, family, batch).cached(batch * family.cellBytes());
        Rows<RowTotals> totals = null;
        try {
            Census census = hashed.fold(() -> new Census(family));
            census.oddities().check();
            List<DensitySketch> sketches = census.sketches();
            totals = hashed.map(new ReadBack(sketches)).cached();
            int repetitions = family.repetitions();
            long counted = sketches.get(0).rows();
            SharpnessChoice choice = totals.fold(() -> new Reliability(family, counted))
                    .choose(sketches.stream().map(DensitySketch::totalOfAll).toList());
            hashed.release(); // what is read of the rows from here on is in the totals
            int k = family.sharpness().indexOf(choice.chosen());
            DensitySketch sketch = sketches.get(k);
            Rows<RowDensity> densities = totals.flatMap(some -> IntStream.range(
                            0, some.ids().size())
                    .mapToObj(n -> {
                        long total = some.all()[k][n];
                        double density = family.density(total, repetitions, counted);
                        return new RowDensity(
                                some.ids().get(n), density, total, some.facts().get(n));
                    })
                    .toList());
            return new Densities(
                    densities,
                    Optional.of(sketch),
                    census.oddities().emptyRows(),
                    Optional.of(choice),
                    List.of(totals));
        } catch (RuntimeException e) {
            hashed.release();
            if (totals != null) {
                totals.release();
            }
            throw e;
        }
    }

    static Rows<HashedRows> hashed(Rows<Candidate> rows, SketchFamily family, int batch) {
        int slices = family.slices();
        return rows.map(new Hash(family)).batches(batch, () -> new HashedRows(slices));
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
                    row.id(), row.vector().size(), Kernel.isEmpty(row.vector()), refusal, hashed, row.facts());
        }
    }

    record ReadBack(List<DensitySketch> sketches) implements Score<HashedRows, RowTotals> {
        @Override
        public RowTotals of(HashedRows rows) {
            int k = sketches.size();
            int n = rows.size();
            RowTotals totals = new RowTotals(rows.ids(), new long[k][n], new long[k][n], new long[k][n], rows.facts());
            for (int sketch = 0; sketch < k; sketch++) {
                sketches.get(sketch).totals(rows, sketch, totals);
            }
            return totals;
        }
    }
}
