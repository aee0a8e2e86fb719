package org.oatmill.spark.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.HashingTF;
import org.apache.spark.ml.feature.Tokenizer;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.Candidate;
import org.oatmill.sampling.Densities;
import org.oatmill.sampling.RowDensity;
import org.oatmill.sampling.SketchFamily;
import org.oatmill.sampling.kernel.MinMax;
import org.oatmill.spark.SharedSpark;

/** Densities as a stage of a pipeline are those of the sketch. */
class DensitySketchTest {
    @TempDir
    Path directory;

    private final SparkSession spark = SharedSpark.session();

    private Dataset<Row> texts(int parts) {
        Random random = new Random(4);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < 120; i++) {
            int topic = (int) (6 * Math.pow(random.nextDouble(), 2));
            rows.add(RowFactory.create(i, "t" + topic + " u" + topic + " v" + random.nextInt(2) + " w" + i % 7));
        }
        return spark.createDataFrame(rows, StructType.fromDDL("n INT, text STRING"))
                .repartition(parts);
    }

    private static DensitySketch sketch() {
        return new DensitySketch()
                .setInputCol("counts")
                .setRepetitions(32)
                .setBuckets(1 << 10)
                .setSharpness(1, 2)
                .setSeed(7);
    }

    private static Pipeline pipeline() {
        return new Pipeline().setStages(new PipelineStage[] {
            new Tokenizer().setInputCol("text").setOutputCol("words"),
            new HashingTF().setInputCol("words").setOutputCol("counts").setNumFeatures(1 << 12),
            sketch()
        });
    }

    private static TreeMap<Integer, List<Double>> densities(Dataset<Row> rows) {
        TreeMap<Integer, List<Double>> densities = new TreeMap<>();
        rows.collectAsList()
                .forEach(row -> densities.put(row.getAs("n"), List.of(row.getAs("density"), row.getAs("weight"))));
        return densities;
    }

    @Test
    void inAPipelineAfterHashingTfSavedAndReadItIsTheListsSketch() throws Exception {
        PipelineModel model = pipeline().fit(texts(1));
        TreeMap<Integer, List<Double>> found = densities(model.transform(texts(3)));
        assertEquals(found, densities(pipeline().fit(texts(4)).transform(texts(1))));

        List<Candidate> list = model.transform(texts(1)).collectAsList().stream()
                .map(row ->
                        new Candidate("r" + row.<Integer>getAs("n"), DensitySketchModel.vector(row.getAs("counts"))))
                .toList();
        SketchFamily family = new SketchFamily(new MinMax(), 7, 32, List.of(1, 2), 1 << 10);
        Densities twin = family.densities(Rows.of(list));
        for (RowDensity row : twin.rows().collect()) {
            int n = Integer.parseInt(row.id().substring(1));
            assertEquals(List.of(row.density(), 1 / row.density()), found.get(n));
        }
        DensitySketchModel fitted = (DensitySketchModel) model.stages()[2];
        assertEquals(twin.sketch().orElseThrow(), fitted.sketch());
        assertEquals(twin.sharpness(), fitted.choice());

        String path = directory.resolve("pipeline").toString();
        model.write().overwrite().save(path);
        PipelineModel read = PipelineModel.load(path);
        assertEquals(found, densities(read.transform(texts(2))));
        assertEquals(fitted.sketch(), ((DensitySketchModel) read.stages()[2]).sketch());
        assertEquals(
                "counts",
                ((DensitySketchModel) read.stages()[2])
                        .extractParamMap()
                        .apply(((DensitySketchModel) read.stages()[2]).inputCol()));
    }

    @Test
    void arraysAndVectorsOfEqualValuesAreEquallyDense() {
        List<Row> rows = new ArrayList<>();
        Random random = new Random(4);
        for (int i = 0; i < 60; i++) {
            double[] v = {random.nextInt(3), random.nextInt(2), 0, 1};
            rows.add(RowFactory.create(
                    i,
                    Arrays.stream(v).boxed().toList(),
                    Arrays.stream(v).mapToObj(x -> (int) x).toList(),
                    i % 2 == 0 ? Vectors.dense(v) : Vectors.dense(v).toSparse()));
        }
        StructType schema = StructType.fromDDL("n INT, doubles ARRAY<DOUBLE>, integers ARRAY<INT>")
                .add("vectors", SQLDataTypes.VectorType());
        Dataset<Row> table = spark.createDataFrame(rows, schema);
        for (String kernel : List.of("min-max", "angular", "euclidean")) {
            TreeMap<Integer, List<Double>> vectors = densities(sketch().setKernel(kernel)
                    .setWidth(2)
                    .setInputCol("vectors")
                    .fit(table)
                    .transform(table));
            for (String column : List.of("doubles", "integers")) {
                DensitySketch other = sketch().setKernel(kernel).setWidth(2).setInputCol(column);
                assertEquals(vectors, densities(other.fit(table).transform(table)), kernel + " of " + column);
            }
        }
    }

    @Test
    void anEstimatorIsSavedWithItsParamsAndCopied() throws Exception {
        String path = directory.resolve("estimator").toString();
        DensitySketch estimator =
                sketch().setKernel("angular").setDensityCol("d").setWeightCol("w");
        estimator.write().save(path);
        DensitySketch read = DensitySketch.load(path);
        // Arrays are named by where they lie.
        assertEquals(
                estimator.explainParams().replaceAll("\\[I@[0-9a-f]+", ""),
                read.explainParams().replaceAll("\\[I@[0-9a-f]+", ""));
        assertArrayEquals(new int[] {1, 2}, read.getOrDefault(read.sharpness()));
        assertEquals(
                estimator.uid(),
                read.copy(org.apache.spark.ml.param.ParamMap.empty()).uid());
    }

    /** Scala's {@code this.type}: a chain of setters keeps its class. */
    @Test
    void everySetterReturnsTheStageItself() throws Exception {
        DensitySketch estimator = new DensitySketch();
        int setters = 0;
        for (Method method : DensitySketch.class.getDeclaredMethods()) {
            if (method.getName().startsWith("set") && method.getParameterCount() == 1) {
                assertSame(DensitySketch.class, method.getReturnType(), method.toString());
                setters++;
            }
        }
        assertEquals(9, setters);
        assertSame(estimator, estimator.setKernel("angular"));
    }

    private String refusal(org.junit.jupiter.api.function.Executable attempt) {
        return assertThrows(UserException.class, attempt).getMessage();
    }

    private Dataset<Row> arrays(List<List<Double>> arrays) {
        return spark.createDataFrame(
                arrays.stream().map(RowFactory::create).toList(), StructType.fromDDL("counts ARRAY<DOUBLE>"));
    }

    @Test
    void whatCannotBeSketchedIsRefusedInWords() {
        String none = refusal(() -> sketch().setInputCol("count").fit(texts(1)));
        assertTrue(none.contains("inputCol = count") && none.contains("n, text"), none);
        String type = refusal(() -> sketch().setInputCol("text").fit(texts(1)));
        assertTrue(type.contains("a column of type string"), type);
        String unset = refusal(() -> new DensitySketch().fit(texts(1)));
        assertTrue(unset.contains("call setInputCol"), unset);
        Dataset<Row> good = arrays(List.of(List.of(1.0, 2.0), List.of(2.0, 1.0)));
        String taken = refusal(() -> sketch().setDensityCol("counts").fit(good));
        assertTrue(taken.contains("densityCol = counts"), taken);
        String negative = refusal(() -> sketch().fit(arrays(List.of(List.of(1.0, 2.0), List.of(2.0, -1.0)))));
        assertTrue(negative.contains("negative"), negative);
        String nan = refusal(() -> sketch().fit(arrays(List.of(List.of(Double.NaN, 2.0)))));
        assertTrue(nan.contains("NaN"), nan);
        String ragged = refusal(() -> sketch().fit(arrays(List.of(List.of(1.0, 2.0), List.of(1.0)))));
        assertTrue(ragged.contains("vector sizes = 1 ") && ragged.contains("2 "), ragged);
        List<List<Double>> withNull = new ArrayList<>(List.of(List.of(1.0, 2.0)));
        withNull.add(null);
        String missing = refusal(() -> sketch().fit(arrays(withNull)));
        assertTrue(missing.contains("is null"), missing);
        assertNull(sketch().fit(good)
                .transform(arrays(withNull))
                .where("counts is null")
                .first()
                .getAs("density"));
    }

    @Test
    void aModelThatIsCutOffIsRefused() throws Exception {
        Path path = directory.resolve("model");
        sketch().fit(arrays(List.of(List.of(1.0, 2.0), List.of(2.0, 1.0))))
                .write()
                .save(path.toString());
        Path file = path.resolve("sketch");
        byte[] bytes = Files.readAllBytes(file);
        Files.deleteIfExists(path.resolve(".sketch.crc"));
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
        String cut = refusal(() -> DensitySketchModel.load(path.toString()));
        assertTrue(cut.contains("expected a whole file"), cut);
    }

    @Test
    void rowsThatWereNotSeenHaveADensityToo() {
        DensitySketchModel model = sketch().fit(arrays(List.of(List.of(1.0, 2.0), List.of(1.0, 2.0))));
        assertEquals(2, model.sketch().density(Vector.dense(1, 2)), 1e-9);
        // Two other rows share a counter by a chance of 1/1024 for each of 32: 1.2 and more has probability 1e-5.
        Dataset<Row> unseen = model.transform(arrays(List.of(List.of(50.0, 0.0))));
        assertEquals(1, unseen.first().<Double>getAs("density"), 0.2);
    }
}
