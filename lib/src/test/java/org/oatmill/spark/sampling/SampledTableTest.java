package org.oatmill.spark.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Rows;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.Candidate;
import org.oatmill.sampling.DensitySampling;
import org.oatmill.sampling.DensitySketch;
import org.oatmill.sampling.DiversifiedSampling;
import org.oatmill.sampling.Draw;
import org.oatmill.sampling.Population;
import org.oatmill.sampling.Populations;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampleSize;
import org.oatmill.sampling.SampledRow;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.UniformSampling;
import org.oatmill.spark.SharedSpark;
import org.oatmill.spark.rows.VectorColumn;

/** A table's sample is the list's sample, however the table is cut. */
class SampledTableTest {

    static Stream<SamplingMethod> methods() {
        return Stream.of(
                new UniformSampling(), new DiversifiedSampling(32, 1 << 10, 2), new DensitySampling(32, 1 << 10, 8));
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
    void oneFourAndSevenPartitionsDrawWhatAListDraws(SamplingMethod method) {
        Sample twin = Sample.of(Population.of(Rows.of(rows())), method, Draw.of(SampleSize.rows(50)), 11);
        List<String> expected = twin.rows().collect().stream()
                .sorted((a, b) -> a.id().compareTo(b.id()))
                .map(row -> line(SamplingMethod.METHODS.name(method), row))
                .toList();
        for (int parts : new int[] {1, 4, 7}) {
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
                        twin.rows().collect().stream()
                                .map(SampledRow::toString)
                                .sorted()
                                .toList(),
                        chosen.sample().rows().collect().stream()
                                .map(SampledRow::toString)
                                .sorted()
                                .toList());
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
}
