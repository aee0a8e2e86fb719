package org.oatmill.sampling;

import java.util.List;
import java.util.Optional;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.core.UserException;

/**
 * The two passes of every method with a density sketch. Pass 1 hashes the rows and counts; pass 2
 * reads each row's density back. The cells are held between the passes, because hashing is what
 * costs: 4 bytes per repetition and row.
 */
final class SketchedDensities {
    private SketchedDensities() {}

    static Densities of(Rows<VectorRow> rows, SketchHeader header) {
        Rows<HashedRow> hashed = rows.map(new Hash(header)).cached();
        try {
            Census census = hashed.fold(() -> new Census(header));
            census.check();
            DensitySketch sketch = census.sketch();
            Rows<RowDensity> densities = hashed.map(new ReadBack(sketch)).cached();
            return new Densities(densities, Optional.of(sketch), census.emptyRows(), List.of(densities, hashed));
        } catch (RuntimeException e) {
            hashed.release();
            throw e;
        }
    }

    private record Hash(Kernel kernel, CellHash cells) implements Score<VectorRow, HashedRow> {
        Hash(SketchHeader header) {
            this(header.kernel(), new CellHash(header));
        }

        @Override
        public HashedRow of(VectorRow row) {
            String refusal = kernel.refusal(row.vector()).orElse("");
            int[] hashed = refusal.isEmpty() ? cells.of(row.vector()) : new int[0];
            return new HashedRow(row.id(), row.vector().size(), Kernel.isEmpty(row.vector()), refusal, hashed);
        }
    }

    private record ReadBack(DensitySketch sketch) implements Score<HashedRow, RowDensity> {
        @Override
        public RowDensity of(HashedRow row) {
            if (row.cells().length == 0 || !sketch.mayHaveCounted(row.cells())) {
                throw new UserException("Cannot sample: row id = " + row.id() + " was not there when the rows were"
                        + " counted, expected an input that does not change between the two passes; sample from a"
                        + " committed artifact or an immutable snapshot");
            }
            long total = sketch.total(row.cells());
            return new RowDensity(row.id(), sketch.density(total), total);
        }
    }
}
