package org.oatmill.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.FilePartition;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Json;
import org.oatmill.core.Recipe;
import org.oatmill.core.Rows;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.core.Workspace;
import org.oatmill.sampling.Candidate;
import org.oatmill.sampling.DensitySampling;
import org.oatmill.sampling.DensitySketch;
import org.oatmill.sampling.DiversifiedSampling;
import org.oatmill.sampling.Draw;
import org.oatmill.sampling.Floor;
import org.oatmill.sampling.Population;
import org.oatmill.sampling.Populations;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampleSize;
import org.oatmill.sampling.SampledRow;
import org.oatmill.sampling.Sampler;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.Strata;
import org.oatmill.sampling.TrainingWeights;
import org.oatmill.sampling.UniformSampling;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Artifacts;
import org.oatmill.spark.artifact.Draft;
import org.oatmill.spark.artifact.HadoopStore;
import org.oatmill.spark.rows.VectorColumn;

/** A table's sample is the list's sample, however the table is cut. */
class SampledTableTest {

    static Stream<SamplingMethod> methods() {
        return Stream.of(
                new UniformSampling(),
                new DiversifiedSampling(32, 1 << 10, 2),
                new DiversifiedSampling(32, 1 << 10, 1, 2, 4),
                new DensitySampling(32, 1 << 10, 8));
    }

    private static List<Candidate> rows() {
        Random random = new Random(3);
        List<Candidate> rows = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            int centre = (int) (20 * Math.pow(random.nextDouble(), 2));
            rows.add(new Candidate(
                    "r" + i, Vector.sparse(100, new int[] {centre, 30 + centre, 60 + random.nextInt(40)}, new float[] {
                        3, 1 + random.nextInt(3), 1
                    })));
        }
        return rows;
    }

    private static Dataset<Row> table(List<Candidate> rows, int parts) {
        SparkSession spark = SharedSpark.session();
        return spark.createDataFrame(
                        rows.stream()
                                .map(row -> RowFactory.create(row.id(), VectorColumn.row(row.vector())))
                                .toList(),
                        StructType.fromDDL(Tables.VECTORS.ddl()))
                .repartition(parts);
    }

    private static List<String> lines(Dataset<Row> sample) {
        return sample.orderBy("id").collectAsList().stream().map(Row::toString).toList();
    }

    @ParameterizedTest
    @MethodSource("methods")
    void oneSevenAndTwoHundredPartitionsDrawWhatAListDraws(SamplingMethod method) {
        Sample twin = Sample.of(Population.of(Rows.of(rows())), method, Draw.of(SampleSize.rows(50)), 11);
        List<String> expected = twin.rows().collect().stream()
                .sorted((a, b) -> a.id().compareTo(b.id()))
                .map(row -> line(SamplingMethod.METHODS.name(method), row))
                .toList();
        boolean several =
                method.sketches(0).filter(of -> of.sharpness().size() > 1).isPresent();
        for (int parts : several ? new int[] {1, 7, 200} : new int[] {1, 7}) {
            try (SampledTable drawn = SampledTable.of(table(rows(), parts), method, Draw.of(SampleSize.rows(50)), 11)) {
                assertEquals(expected, lines(drawn.rows()));
                assertEquals(
                        twin.drawn().orElseThrow().effectiveShare(),
                        drawn.sample().drawn().orElseThrow().effectiveShare());
                assertEquals(
                        twin.drawn().orElseThrow().densities().sketch().map(DensitySketch::hashCode),
                        drawn.sample()
                                .drawn()
                                .orElseThrow()
                                .densities()
                                .sketch()
                                .map(DensitySketch::hashCode));
            }
        }
    }

    private static String line(String method, SampledRow row) {
        return RowFactory.create(
                        row.id(),
                        method,
                        row.density(),
                        row.samplingWeight(),
                        row.key(),
                        row.inclusionProb(),
                        null,
                        null,
                        null)
                .toString();
    }

    private static Dataset<Row> candidates(List<Candidate> rows, int parts) {
        List<Row> table = new ArrayList<>();
        for (Candidate row : rows) {
            table.add(RowFactory.create(
                    row.id(),
                    VectorColumn.row(row.vector()),
                    row.facts().label(),
                    row.facts().values()));
        }
        return SharedSpark.session()
                .createDataFrame(table, StructType.fromDDL(SampledTable.CANDIDATES))
                .repartition(parts);
    }

    /** Strata, a floor, estimates and training weights; by either sampler. */
    @ParameterizedTest
    @EnumSource
    void whatElseIsAskedOfADrawIsAnsweredAsOfAList(Sampler sampler) {
        Draw how = new Draw(
                SampleSize.rows(60),
                sampler,
                Optional.of(Strata.of(Strata.Quota.PROPORTIONAL)),
                Optional.of(new Floor("quality", 2)),
                List.of("complexity"),
                Optional.of(new TrainingWeights(1.5)));
        SamplingMethod method = new DiversifiedSampling(32, 1 << 10, 2);
        List<Candidate> rows = Populations.rows(400, 4);
        Sample twin = Sample.of(Population.of(Rows.of(rows)), method, how, 11);
        assertTrue(twin.size() > 40 && twin.size() < 80, "" + twin.size());
        for (int parts : new int[] {1, 4}) {
            try (SampledTable chosen = SampledTable.of(candidates(rows, parts), Optional.empty(), method, how, 11)) {
                assertEquals(
                        twin.rows().collect().stream()
                                .map(SampledRow::toString)
                                .sorted()
                                .toList(),
                        chosen.sample().rows().collect().stream()
                                .map(SampledRow::toString)
                                .sorted()
                                .toList());
                assertEquals(twin.notes(), chosen.sample().notes());
                assertEquals(
                        twin.drawn().orElseThrow().strata(),
                        chosen.sample().drawn().orElseThrow().strata());
                assertEquals(
                        twin.size(),
                        chosen.rows()
                                .where("weight > 0 and stratum is not null")
                                .count());
            }
        }
    }

    static Stream<SamplingMethod> table() {
        return Populations.methods().values().stream();
    }

    /** Kept and dropped rows, notes and warnings. */
    @ParameterizedTest
    @MethodSource("table")
    void everyMethodChoosesWhatItChoosesOfAList(SamplingMethod method) {
        Draw how = Draw.of(SampleSize.rows(20));
        List<Candidate> targets = Populations.targets();
        Population list = new Population(Rows.of(Populations.rows(150, 4)), Optional.of(Rows.of(targets)));
        Sample twin = Sample.of(list, method, how, 11);
        for (int parts : new int[] {1, 4}) {
            try (SampledTable chosen = SampledTable.of(
                    candidates(Populations.rows(150, 4), parts),
                    Optional.of(candidates(targets, 2)),
                    method,
                    how,
                    11)) {
                assertEquals(
                        twin.rows().collect().stream()
                                .map(SampledRow::id)
                                .sorted()
                                .toList(),
                        chosen.rows().orderBy("id").collectAsList().stream()
                                .map(row -> row.getString(0))
                                .sorted()
                                .toList());
                assertEquals(
                        new HashSet<>(twin.rows().collect()),
                        new HashSet<>(chosen.sample().rows().collect()));
                assertEquals(
                        twin.dropped().map(rows -> new HashSet<>(rows.collect())),
                        chosen.sample().dropped().map(rows -> new HashSet<>(rows.collect())));
                assertEquals(twin.notes(), chosen.sample().notes());
                assertEquals(twin.warnings(), chosen.sample().warnings());
            }
        }
    }

    @Test
    void anIdThatStandsTwiceIsNamed() {
        List<Candidate> rows = new ArrayList<>(rows());
        rows.add(rows.get(77));
        UserException refused = assertThrows(
                UserException.class,
                () -> SampledTable.of(table(rows, 4), new UniformSampling(), Draw.of(SampleSize.rows(5)), 1));
        assertTrue(refused.getMessage().contains("id = r77 stands 2 times"), refused.getMessage());
    }

    @Test
    void aVectorThatIsNoneIsNamed() {
        Dataset<Row> broken = SharedSpark.session()
                .createDataFrame(
                        List.of(RowFactory.create("x", RowFactory.create(3, new int[] {2, 1}, new float[] {1, 1}))),
                        StructType.fromDDL(Tables.VECTORS.ddl()));
        UserException refused = assertThrows(
                UserException.class,
                () -> SampledTable.of(broken, new UniformSampling(), Draw.of(SampleSize.rows(5)), 1));
        assertTrue(refused.getMessage().contains("row id = x"), refused.getMessage());
    }

    @Test
    void aValueThatIsNoNumberIsNamedAndNothingStaysHeld() {
        List<Candidate> rows = new ArrayList<>(rows());
        rows.add(new Candidate("nan", Vector.sparse(100, new int[] {1}, new float[] {Float.NaN})));
        int held = SharedSpark.session().sparkContext().getPersistentRDDs().size();
        UserException refused = assertThrows(
                UserException.class,
                () -> SampledTable.of(
                        table(rows, 4), new DiversifiedSampling(4, 64, 1), Draw.of(SampleSize.rows(5)), 1));
        assertTrue(refused.getMessage().contains("id = nan"), refused.getMessage());
        assertTrue(SharedSpark.session().sparkContext().getPersistentRDDs().size() <= held);
    }

    /** A file for each part; parts of equal rows are files of equal bytes. */
    private static Artifact artifact(Path root, List<List<Candidate>> parts) throws IOException {
        Artifacts artifacts = new Artifacts(
                new Workspace(new HadoopStore(root.toString(), new Configuration())), SharedSpark.session());
        Recipe recipe = new Recipe("vectors", 1, Json.tree(Map.of("parts", parts.size())), 1, Map.of(), Map.of());
        Dataset<Row> rows = parts.stream()
                .map(part -> table(part, 1))
                .reduce(Dataset::union)
                .orElseThrow();
        try (Draft draft = artifacts.begin("vectors", recipe, Map.of())) {
            draft.table(Tables.VECTORS, rows);
            return draft.commit();
        }
    }

    private static List<List<Candidate>> parts(int count) {
        List<Candidate> rows = rows();
        return IntStream.range(0, count)
                .mapToObj(part -> rows.subList(part * 100, part * 100 + 100))
                .toList();
    }

    /** Names of kept counts, and when each was written. */
    private static Map<String, FileTime> kept(Path root) throws IOException {
        Map<String, FileTime> kept = new TreeMap<>();
        if (Files.exists(root.resolve("_summaries"))) {
            try (Stream<Path> files = Files.walk(root.resolve("_summaries"))) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    kept.put(root.relativize(file).toString(), Files.getLastModifiedTime(file));
                }
            }
        }
        return kept;
    }

    private static List<String> drawn(Artifact artifact, SamplingMethod method, String root) {
        try (SampledTable drawn = SampledTable.of(artifact, method, Draw.of(SampleSize.rows(50)), 11, root, 600)) {
            return lines(drawn.rows());
        }
    }

    @Test
    void countsAreKeptByFileAndNewFilesAreAdded(@TempDir Path root) throws IOException {
        SamplingMethod method = new DiversifiedSampling(32, 1 << 10, 1, 2);
        Artifact five = artifact(root, parts(5));
        Artifact six = artifact(root, parts(6));
        assertEquals(drawn(five, method, ""), drawn(five, method, root.toString()));
        Map<String, FileTime> first = kept(root);
        assertEquals(5, first.size());
        assertEquals(drawn(six, method, ""), drawn(six, method, root.toString()));
        Map<String, FileTime> second = kept(root);
        assertEquals(6, second.size(), "one file is new");
        assertTrue(second.entrySet().containsAll(first.entrySet()), "nothing is written again");
        drawn(six, new DiversifiedSampling(32, 1 << 10, 1, 4), root.toString());
        assertEquals(12, kept(root).size(), "sketches of other parameters are no part of these");
    }

    /** The last of six files is damaged at first: two are read at a time, so four or five are known by then. */
    @Test
    void anInterruptedCountGoesOnWithTheFilesThatWereNotFinished(@TempDir Path root) throws IOException {
        SamplingMethod method = new DiversifiedSampling(32, 1 << 10, 2);
        Artifact artifact = artifact(root, parts(6));
        List<String> expected = drawn(artifact, method, "");
        JavaRDD<Row> cut = artifact.tableByFile(Tables.VECTORS).javaRDD();
        assertEquals(6, cut.getNumPartitions());
        FilePartition last = (FilePartition) cut.rdd().partitions()[5];
        Path file = Path.of(last.files()[0].filePath().toPath().toUri());
        byte[] whole = Files.readAllBytes(file);
        // Ids can be read and counted; the values of the vectors cannot be read.
        byte[] damaged = whole.clone();
        try (ParquetFileReader reader = ParquetFileReader.open(
                HadoopInputFile.fromPath(last.files()[0].filePath().toPath(), new Configuration()))) {
            List<ColumnChunkMetaData> columns =
                    reader.getFooter().getBlocks().get(0).getColumns();
            ColumnChunkMetaData values = columns.get(columns.size() - 1);
            int from = (int) values.getStartingPos();
            Arrays.fill(damaged, from, from + (int) values.getTotalSize(), (byte) 0x55);
        }
        Files.delete(file.resolveSibling("." + file.getFileName() + ".crc"));
        Files.write(file, damaged);
        assertThrows(Exception.class, () -> drawn(artifact, method, root.toString()));
        Files.write(file, whole);
        Map<String, FileTime> before = kept(root);
        assertTrue(before.size() == 4 || before.size() == 5, before.size() + " of 6 files");
        assertEquals(expected, drawn(artifact, method, root.toString()));
        assertEquals(6, kept(root).size());
        assertTrue(kept(root).entrySet().containsAll(before.entrySet()), "no file that was finished is counted again");
    }

    @Test
    void whatIsCheapToHashIsNotKept(@TempDir Path root) throws IOException {
        Artifact artifact = artifact(root, parts(2));
        try (SampledTable drawn = SampledTable.of(
                artifact, new DiversifiedSampling(32, 1 << 10, 2), Draw.of(SampleSize.rows(5)), 1, root.toString())) {
            assertEquals(5, drawn.rows().count());
        }
        assertEquals(Map.of(), kept(root));
    }

    @Test
    void shuffledRowsDrawTheSameAndAnotherSeedDoesNot() {
        SamplingMethod method = new DiversifiedSampling(32, 1 << 10, 1, 2, 4);
        List<Candidate> shuffled = new ArrayList<>(rows());
        Collections.shuffle(shuffled, new Random(5));
        try (SampledTable one = SampledTable.of(table(rows(), 3), method, Draw.of(SampleSize.rows(50)), 11);
                SampledTable other = SampledTable.of(table(shuffled, 5), method, Draw.of(SampleSize.rows(50)), 11);
                SampledTable seed = SampledTable.of(table(rows(), 3), method, Draw.of(SampleSize.rows(50)), 12)) {
            assertEquals(lines(one.rows()), lines(other.rows()));
            assertFalse(lines(one.rows()).equals(lines(seed.rows())));
        }
    }
}
