package org.oatmill.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Tables;
import org.oatmill.core.Vector;
import org.oatmill.sampling.SketchFamily;
import org.oatmill.sampling.kernel.Angular;
import org.oatmill.sampling.kernel.MinMax;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.rows.VectorColumn;
import org.oatmill.spark.sampling.SketchOutlook.Merge;

class SketchOutlookTest {
    private static final SketchFamily WDS = new SketchFamily(new MinMax(), 1, 128, List.of(1, 2, 4, 8), 1 << 16);

    private static Dataset<Row> vectors() {
        List<Row> rows = IntStream.range(0, 40)
                .mapToObj(i -> RowFactory.create(
                        "r" + i,
                        VectorColumn.row(Vector.sparse(100, new int[] {i, i + 10, i + 20}, new float[] {1, 2, 1}))))
                .toList();
        return SharedSpark.session()
                .createDataFrame(rows, StructType.fromDDL(Tables.VECTORS.ddl()))
                .repartition(4);
    }

    /** 4 x 128 x 65,536 counters of four bytes; 1,024 hashes a row; 1 KiB of cells a row, of which 1 TB are too many. */
    @Test
    void sizesAreThoseOfTheHeader() {
        SketchOutlook few = SketchOutlook.of(vectors(), 40_000, WDS);
        assertEquals(128L << 20, few.sketchBytes());
        assertTrue(few.held());
        assertEquals(40_000L * 1024, few.hashes());
        assertTrue(few.seconds() > 0);
        SketchOutlook many = SketchOutlook.of(vectors(), 1_000_000_000, WDS);
        assertFalse(many.held());
        assertEquals(2_000_000_000L * 1024, many.hashes());
        assertTrue(many.seconds() > 1000 * few.seconds());
        assertTrue(
                many.toString().contains("sketch 128 MiB a task")
                        && many.toString().contains("2.05e+12 hashes"),
                many.toString());
    }

    /** Four parts of 10,000 rows have fewer than a quarter of 65,536 rows each; the root of a tree of four merges two. */
    @Test
    void countersComeTogetherAsTheirNumberAsks() {
        assertEquals(Merge.DELTAS, SketchOutlook.of(vectors(), 40_000, WDS).merge());
        assertEquals(Merge.TREE, SketchOutlook.of(vectors(), 400_000, WDS).merge());
        SketchFamily large = new SketchFamily(new Angular(), 1, 4000, List.of(1, 2), 20_000);
        assertEquals(
                Merge.HASH_ROWS, SketchOutlook.of(vectors(), 400_000, large).merge());
    }
}
