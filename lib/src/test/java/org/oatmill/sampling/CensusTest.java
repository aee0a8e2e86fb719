package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.kernel.Angular;
import org.oatmill.sampling.kernel.Kernel;
import org.oatmill.sampling.kernel.MinMax;

/** The first pass in parts: however they come together, the whole is the same. */
class CensusTest {
    private static final SketchFamily FAMILY = new SketchFamily(new MinMax(), 5, 8, List.of(1, 2, 4), 64);
    private static final CellHash CELLS = new CellHash(FAMILY);

    private static HashedRow hashed(String id, Vector vector) {
        return new HashedRow(id, vector.size(), Kernel.isEmpty(vector), "", CELLS.of(vector), Facts.NONE);
    }

    private static Census census(int from, int to) {
        List<HashedRow> rows = new ArrayList<>();
        SparseRows.clustered(60, 5, 3).subList(from, to).forEach(row -> rows.add(hashed(row.id(), row.vector())));
        if (to == 60) {
            rows.add(hashed("empty", Vector.sparse(500, new int[0], new float[0])));
        }
        return census(rows, 7);
    }

    private static Census census(List<HashedRow> rows, int batch) {
        return Rows.of(rows)
                .batches(batch, () -> new HashedRows(FAMILY.slices()))
                .fold(() -> new Census(FAMILY));
    }

    private static void assertSame(Census expected, Census found) {
        assertEquals(expected.sketches(), found.sketches());
        assertEquals(expected.oddities().emptyRows(), found.oddities().emptyRows());
        assertArrayEquals(expected.bytes(), found.bytes());
    }

    @Test
    void partsMergedOrReadOrAddedSliceBySliceAreTheWhole() {
        Census whole = census(0, 60);
        Census merged = census(40, 60);
        merged.merge(census(0, 40));
        assertSame(whole, merged);
        Census read = new Census(FAMILY);
        Census sliced = new Census(FAMILY);
        for (Census part : List.of(census(0, 10), census(10, 60), new Census(FAMILY))) {
            read.merge(part.bytes());
            for (int k = 0; k < part.slices(); k++) {
                sliced.add(k, part.slice(k));
            }
            sliced.merge(part.withoutSlices());
        }
        assertSame(whole, read);
        assertSame(whole, sliced);
    }

    @Test
    void troubleTravelsWithItsPart() {
        Census bad = census(
                List.of(
                        new HashedRow("z", 500, false, "is bad", new int[0], Facts.NONE),
                        hashed("y", Vector.sparse(501, new int[] {1}, new float[] {1}))),
                1);
        Census all = census(0, 60);
        all.merge(bad.bytes());
        String refusal =
                assertThrows(UserException.class, all.oddities()::check).getMessage();
        assertTrue(refusal.contains("id = z is bad"), refusal);
    }

    @Test
    void everyParameterIsInTheKey() {
        for (SketchFamily other : List.of(
                new SketchFamily(new Angular(), 5, 8, List.of(1, 2, 4), 64),
                new SketchFamily(new MinMax(MinMax.Hashing.ICWS), 5, 8, List.of(1, 2, 4), 64),
                new SketchFamily(new MinMax(), 6, 8, List.of(1, 2, 4), 64),
                new SketchFamily(new MinMax(), 5, 9, List.of(1, 2, 4), 64),
                new SketchFamily(new MinMax(), 5, 8, List.of(1, 2), 64),
                new SketchFamily(new MinMax(), 5, 8, List.of(1, 2, 4), 65))) {
            assertNotEquals(new Census(FAMILY).key(), new Census(other).key(), other.toString());
        }
    }

    @Test
    void partsAndSketchesThatAreCutOffAreRefused() {
        byte[] part = census(0, 60).bytes();
        assertThrows(
                Exception.class, () -> new Census(FAMILY).merge(Arrays.copyOf(part, part.length - part.length / 3)));
        byte[] sketch = census(0, 60).sketches().get(1).bytes();
        for (int length : new int[] {0, 10, sketch.length / 2, sketch.length - 1}) {
            String refusal = assertThrows(
                            UserException.class,
                            () -> DensitySketch.read(new ByteArrayInputStream(Arrays.copyOf(sketch, length))))
                    .getMessage();
            assertTrue(refusal.contains("expected a whole file"), refusal);
        }
    }
}
