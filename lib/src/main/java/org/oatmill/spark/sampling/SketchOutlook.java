package org.oatmill.spark.sampling;

import java.util.List;
import java.util.Locale;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Columns;
import org.oatmill.core.Score;
import org.oatmill.core.Vector;
import org.oatmill.sampling.SketchFamily;
import org.oatmill.spark.rows.SparkRows;
import org.oatmill.spark.rows.VectorColumn;

/**
 * What sketching a table will take, before it is begun.
 *
 * @param sketchBytes counters of one task, and of the copy that each executor reads back: at most
 * @param hashes over both passes; one where rows are held between them
 * @param held whether the cells of the rows are held between the passes
 * @param trafficBytes counters on their way to the driver, or between executors: about
 * @param merge how they come together
 * @param seconds of hashing on all cores, by the rate of some rows on one of them
 */
public record SketchOutlook(
        long sketchBytes, long hashes, boolean held, long trafficBytes, Merge merge, double seconds) {
    private static final int SOME_ROWS = 4096;
    private static final long NANOS = 150_000_000;

    /** How counters come together. Sums of integers: the bytes are the same. */
    public enum Merge {
        TREE("a tree of whole counters"),
        DELTAS("a tree of the counters that are not zero"),
        HASH_ROWS("hash row by hash row");

        private final String words;

        Merge(String words) {
            this.words = words;
        }
    }

    /**
     * @param vectors with the columns of {@link org.oatmill.core.Tables#VECTORS}
     * @param rows of it
     */
    public static SketchOutlook of(Dataset<Row> vectors, long rows, SketchFamily family) {
        SparkContext spark = vectors.sparkSession().sparkContext();
        int parts = SparkRows.parts(vectors.javaRDD());
        boolean held = SparkRows.roomFor(spark, rows, family.cellBytes());
        // A task's counters are sparse where it has less than a row for every fourth of them.
        boolean sparse = rows / parts < family.buckets() / 4;
        long perPart = sparse ? 3 * (rows / parts) * family.slices() : family.counters();
        Merge merge =
                SparkRows.bySlice(parts, family.counters()) ? Merge.HASH_ROWS : sparse ? Merge.DELTAS : Merge.TREE;
        long hashes = rows * family.hashes() * (held ? 1 : 2);
        double seconds = secondsEach(some(vectors), family.cells()) * rows * (held ? 1 : 2);
        return new SketchOutlook(
                family.counters() * Integer.BYTES,
                hashes,
                held,
                parts * perPart,
                merge,
                seconds / spark.defaultParallelism());
    }

    private static List<Vector> some(Dataset<Row> vectors) {
        return vectors.select(Columns.VECTOR.name()).limit(SOME_ROWS).collectAsList().stream()
                .map(row -> VectorColumn.vector(row.getStruct(0)))
                .toList();
    }

    /** Once the code is warm, and over rows that were not hashed before as far as they reach: hashes that were found once cost less. */
    private static double secondsEach(List<Vector> rows, Score<Vector, int[]> cells) {
        if (rows.isEmpty()) {
            return 0;
        }
        long start = System.nanoTime();
        int hashed = 0;
        do {
            cells.of(rows.get(hashed++ % rows.size()));
        } while (System.nanoTime() - start < NANOS);
        long warm = System.nanoTime();
        int timed = 0;
        do {
            cells.of(rows.get((hashed + timed++) % rows.size()));
        } while (System.nanoTime() - warm < NANOS);
        return (System.nanoTime() - warm) / 1e9 / timed;
    }

    /** In words. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "sketch %s a task at most; %.3g hashes, %s; %s to merge, as %s; hashing about %s",
                bytes(sketchBytes),
                (double) hashes,
                held ? "cells held between the passes" : "in each pass again, for want of room to hold cells",
                bytes(trafficBytes),
                merge.words,
                seconds < 90
                        ? String.format(Locale.ROOT, "%.0f s", Math.ceil(seconds))
                        : String.format(Locale.ROOT, "%.0f min", Math.ceil(seconds / 60)));
    }

    private static String bytes(long bytes) {
        return String.format(Locale.ROOT, "%,d MiB", (bytes + (1 << 20) - 1) >> 20);
    }
}
