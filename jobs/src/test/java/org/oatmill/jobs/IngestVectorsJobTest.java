package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.sources.CountColumns;
import org.oatmill.jobs.sources.MatrixMarket;
import org.oatmill.jobs.sources.VectorFiles;
import org.oatmill.jobs.sources.VectorSource;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.rows.VectorColumn;

class IngestVectorsJobTest {
    private static final int CELLS = 40;
    private static final int GENES = 12;

    @TempDir
    Path temporary;

    /** Counts of which a third is not zero; the last cell has none. */
    private static int[][] counts() {
        Random random = new Random(5);
        int[][] counts = new int[CELLS][GENES];
        for (int cell = 0; cell < CELLS - 1; cell++) {
            for (int gene = 0; gene < GENES; gene++) {
                counts[cell][gene] = random.nextInt(3) == 0 ? 1 + random.nextInt(9) : 0;
            }
        }
        return counts;
    }

    private void write(String name, String text) throws IOException {
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(temporary.resolve(name)))) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private MatrixMarket matrix(String head, String more) throws IOException {
        StringBuilder entries = new StringBuilder();
        int n = 0;
        int[][] counts = counts();
        for (int cell = 0; cell < CELLS; cell++) {
            for (int gene = GENES - 1; gene >= 0; gene--) {
                if (counts[cell][gene] != 0) {
                    entries.append(gene + 1)
                            .append(' ')
                            .append(cell + 1)
                            .append(' ')
                            .append(counts[cell][gene])
                            .append('\n');
                    n++;
                }
            }
        }
        n += (int) more.lines().count();
        write("matrix.mtx.gz", head + "% a comment\n" + GENES + " " + CELLS + " " + n + "\n" + entries + more);
        StringBuilder cells = new StringBuilder();
        StringBuilder genes = new StringBuilder();
        for (int cell = 0; cell < CELLS; cell++) {
            cells.append("cell-").append(cell).append("\n");
        }
        for (int gene = 0; gene < GENES; gene++) {
            genes.append("ENSG").append(gene).append("\tname").append(gene).append("\tGene Expression\n");
        }
        write("barcodes.tsv.gz", cells.toString());
        write("features.tsv.gz", genes.toString());
        return new MatrixMarket(
                temporary.resolve("matrix.mtx.gz").toString(),
                temporary.resolve("barcodes.tsv.gz").toString(),
                temporary.resolve("features.tsv.gz").toString(),
                MatrixMarket.Axis.COLUMN);
    }

    private static final String HEAD = "%%MatrixMarket matrix coordinate integer general\n";

    private Artifact read(JobHarness harness, VectorSource source) throws Exception {
        return harness.run(new IngestVectorsJob(), new IngestVectorsJob.Config(source), 1, Map.of());
    }

    private static Map<String, float[]> vectors(Artifact artifact) {
        Map<String, float[]> vectors = new TreeMap<>();
        for (Row row : artifact.table(Tables.VECTORS).collectAsList()) {
            float[] dense = new float[row.getStruct(1).getInt(0)];
            var vector = VectorColumn.vector(row.getStruct(1));
            for (int k = 0; k < vector.stored(); k++) {
                dense[vector.index(k)] = vector.values()[k];
            }
            vectors.put(row.getString(0), dense);
        }
        return vectors;
    }

    private static void check(Map<String, float[]> vectors) {
        int[][] counts = counts();
        assertEquals(CELLS, vectors.size());
        for (int cell = 0; cell < CELLS; cell++) {
            float[] expected = new float[GENES];
            for (int gene = 0; gene < GENES; gene++) {
                expected[gene] = counts[cell][gene];
            }
            assertArrayEquals(expected, vectors.get("cell-" + cell), "cell-" + cell);
        }
    }

    @Test
    void aMatrixWithItsNamesIsTheCountsThatWereWrittenEmptyCellsToo() throws Exception {
        JobHarness harness = new JobHarness(temporary.resolve("work"));
        Artifact read = read(harness, matrix(HEAD, ""));
        check(vectors(read));
        assertEquals(1, read.manifest().notes().get("empty_rows").asInt());
        assertEquals(GENES, read.manifest().notes().get("dimensions").asInt());
        Row gene = read.table(Tables.FEATURES).where("feature = 3").first();
        assertEquals("ENSG3", gene.getString(1));
    }

    private static List<String> digests(Artifact artifact) {
        return artifact.manifest().tables().stream()
                .filter(table -> table.name().equals(Tables.VECTORS.name()))
                .findFirst()
                .orElseThrow()
                .digests();
    }

    @Test
    void aColumnForEachFeatureGivesTheSameVectors() throws Exception {
        JobHarness harness = new JobHarness(temporary.resolve("work"));
        List<Row> rows = new ArrayList<>();
        int[][] counts = counts();
        StringBuilder ddl = new StringBuilder("id STRING");
        for (int gene = 0; gene < GENES; gene++) {
            ddl.append(", g").append(gene).append(gene % 2 == 0 ? " INT" : " DOUBLE");
        }
        for (int cell = 0; cell < CELLS; cell++) {
            Object[] cells = new Object[GENES + 1];
            cells[0] = "cell-" + cell;
            for (int gene = 0; gene < GENES; gene++) {
                cells[gene + 1] = gene % 2 == 0 ? (Object) counts[cell][gene] : (Object) (double) counts[cell][gene];
            }
            rows.add(RowFactory.create(cells));
        }
        String path = temporary.resolve("wide.parquet").toString();
        harness.spark()
                .createDataFrame(rows, StructType.fromDDL(ddl.toString()))
                .write()
                .parquet(path);
        Artifact read = read(harness, new CountColumns(List.of(path), "id", List.of()));
        check(vectors(read));
        assertEquals(digests(read(harness, matrix(HEAD, ""))), digests(read));
        assertTrue(assertThrows(
                        UserException.class,
                        () -> read(harness, new CountColumns(List.of(path), "id", List.of("g11", "h1"))))
                .getMessage()
                .contains("column = h1, expected a numeric one, did you mean"));
    }

    @Test
    void arraysAndMllibVectorsAreTakenAndNullsNamed() throws Exception {
        JobHarness harness = new JobHarness(temporary.resolve("work"));
        String arrays = temporary.resolve("arrays.parquet").toString();
        harness.spark()
                .createDataFrame(
                        List.of(RowFactory.create(7L, List.of(1.5, -2.0)), RowFactory.create(8L, List.of(0.0, 4.0))),
                        StructType.fromDDL("key BIGINT, v ARRAY<DOUBLE>"))
                .write()
                .parquet(arrays);
        Map<String, float[]> read = vectors(read(harness, new VectorFiles(List.of(arrays), "key", "v")));
        assertArrayEquals(new float[] {1.5f, -2}, read.get("7"));
        String mllib = temporary.resolve("mllib.parquet").toString();
        StructType schema = new StructType()
                .add("id", "string")
                .add("vector", org.apache.spark.ml.linalg.SQLDataTypes.VectorType());
        harness.spark()
                .createDataFrame(
                        List.of(
                                RowFactory.create("a", Vectors.sparse(3, new int[] {0, 2}, new double[] {0, 5})),
                                RowFactory.create("b", Vectors.dense(1, 2, 3))),
                        schema)
                .write()
                .parquet(mllib);
        Map<String, float[]> vectors = vectors(read(harness, new VectorFiles(List.of(mllib), "id", "vector")));
        assertArrayEquals(new float[] {0, 0, 5}, vectors.get("a"));
        String holed = temporary.resolve("holed.parquet").toString();
        harness.spark()
                .createDataFrame(
                        List.of(RowFactory.create("a", (Object) null)),
                        StructType.fromDDL("id STRING, vector ARRAY<FLOAT>"))
                .write()
                .parquet(holed);
        assertTrue(refusal(harness, new VectorFiles(List.of(holed), "id", "vector"))
                .contains("row id = a has none"));
    }

    private String refusal(JobHarness harness, VectorSource source) {
        Throwable thrown = assertThrows(Exception.class, () -> read(harness, source));
        UserException mistake = Pipeline.mistake(thrown);
        assertTrue(mistake != null, String.valueOf(thrown));
        return mistake.getMessage();
    }

    @Test
    void whatIsNoMatrixIsNamedWithItsPlace() throws Exception {
        JobHarness harness = new JobHarness(temporary.resolve("work"));
        assertTrue(refusal(harness, matrix("%%MatrixMarket matrix array real general\n", ""))
                .contains("expected \"%%MatrixMarket matrix coordinate integer general\""));
        assertTrue(refusal(harness, matrix(HEAD, "13 1 4\n")).contains("has the line \"13 1 4\""));
        assertTrue(refusal(harness, matrix(HEAD, "1 1 many\n")).contains("and a number"));
        assertTrue(refusal(harness, matrix(HEAD, "1 40 1\n1 40 2\n"))
                .contains("id = cell-39 has two entries of feature number 1"));
        MatrixMarket good = matrix(HEAD, "");
        assertTrue(refusal(harness, new MatrixMarket(good.matrix(), good.features(), good.ids(), good.axis()))
                .contains("has 12 names, expected 40"));
        write("matrix.mtx.gz", HEAD + GENES + " " + CELLS + " 3\n1 1 1\n2 1 1\n");
        assertTrue(refusal(harness, good).contains("has 2 entries, expected 3"));
    }
}
