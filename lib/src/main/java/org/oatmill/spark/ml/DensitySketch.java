package org.oatmill.spark.ml;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.UserException;
import org.oatmill.sampling.Candidate;
import org.oatmill.sampling.Densities;
import org.oatmill.sampling.SketchFamily;
import org.oatmill.sampling.kernel.Angular;
import org.oatmill.sampling.kernel.Euclidean;
import org.oatmill.sampling.kernel.Kernel;
import org.oatmill.sampling.kernel.MinMax;
import org.oatmill.spark.rows.Iterators;
import org.oatmill.spark.rows.SparkRows;

/**
 * How dense the rows of a table lie, learned from a column of vectors in two readings: the sum of a
 * kernel over all rows, estimated by a sketch of integer counters ({@link
 * org.oatmill.sampling.DensitySketch}). The model adds each row's density, and the weight that is one
 * over it. The same rows and seed give the same model, however they are partitioned.
 *
 * <pre>{@code
 * PipelineModel model = new Pipeline().setStages(new PipelineStage[] {
 *             new Tokenizer().setInputCol("text").setOutputCol("words"),
 *             new HashingTF().setInputCol("words").setOutputCol("counts"),
 *             new DensitySketch().setInputCol("counts").setSharpness(1, 2, 4).setSeed(7)
 *         })
 *         .fit(texts);
 * model.transform(texts)               // columns density, at least 1, and weight = 1 / density
 *         .orderBy(col("weight").desc())
 *         .show();                     // what few others resemble
 * model.write().save("density");
 * }</pre>
 */
public final class DensitySketch extends Estimator<DensitySketchModel> implements DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final Param<String> inputCol;
    private final Param<String> densityCol;
    private final Param<String> weightCol;
    private final Param<String> kernel;
    private final DoubleParam width;
    private final IntParam repetitions;
    private final IntParam buckets;
    private final IntArrayParam sharpness;
    private final LongParam seed;

    public DensitySketch() {
        this(Identifiable$.MODULE$.randomUID("density_sketch"));
    }

    public DensitySketch(String uid) {
        this.uid = uid; // first: a Param asks its parent's
        inputCol = new Param<>(this, "inputCol", DensitySketchModel.INPUT);
        densityCol = new Param<>(this, "densityCol", DensitySketchModel.DENSITY);
        weightCol = new Param<>(this, "weightCol", DensitySketchModel.WEIGHT);
        List<String> kernels = List.copyOf(Kernel.METHODS.rows().keySet());
        kernel = new Param<>(
                this,
                "kernel",
                "how alike two rows are: " + String.join(", ", kernels) + "; min-max needs values of 0 or more",
                ParamValidators.inArray(kernels));
        width = new DoubleParam(
                this, "width", "of a cell of the euclidean kernel, in the unit of the vectors", ParamValidators.gt(0));
        repetitions = new IntParam(
                this,
                "repetitions",
                "rows of the sketch; the error of a density falls as one over its square root",
                ParamValidators.gt(0));
        buckets = new IntParam(this, "buckets", "counters in each row of the sketch", ParamValidators.gt(1));
        sharpness = new IntArrayParam(
                this,
                "sharpness",
                "powers of the kernel: the larger, the nearer must neighbours be to count; of several, the largest that"
                        + " two halves of the sketch agree on");
        seed = new LongParam(this, "seed", "of the hash functions");
        setDefault(densityCol, "density");
        setDefault(weightCol, "weight");
        setDefault(kernel, "min-max");
        setDefault(width, 1.0);
        setDefault(repetitions, 128);
        setDefault(buckets, 1 << 16);
        setDefault(sharpness, new int[] {1, 2, 4, 8});
        setDefault(seed, 0L);
    }

    @Override
    public String uid() {
        return uid;
    }

    // Spark finds Params through public methods that return them.

    public Param<String> inputCol() {
        return inputCol;
    }

    public Param<String> densityCol() {
        return densityCol;
    }

    public Param<String> weightCol() {
        return weightCol;
    }

    public Param<String> kernel() {
        return kernel;
    }

    public DoubleParam width() {
        return width;
    }

    public IntParam repetitions() {
        return repetitions;
    }

    public IntParam buckets() {
        return buckets;
    }

    public IntArrayParam sharpness() {
        return sharpness;
    }

    public LongParam seed() {
        return seed;
    }

    public DensitySketch setInputCol(String column) {
        return with(inputCol, column);
    }

    public DensitySketch setDensityCol(String column) {
        return with(densityCol, column);
    }

    public DensitySketch setWeightCol(String column) {
        return with(weightCol, column);
    }

    public DensitySketch setKernel(String name) {
        return with(kernel, name);
    }

    public DensitySketch setWidth(double distance) {
        set(width, (Object) distance);
        return this;
    }

    public DensitySketch setRepetitions(int rows) {
        set(repetitions, (Object) rows);
        return this;
    }

    public DensitySketch setBuckets(int counters) {
        set(buckets, (Object) counters);
        return this;
    }

    public DensitySketch setSharpness(int... powers) {
        return with(sharpness, powers);
    }

    public DensitySketch setSeed(long number) {
        set(seed, (Object) number);
        return this;
    }

    private <V> DensitySketch with(Param<V> param, V value) {
        set(param, value);
        return this;
    }

    private SketchFamily family() {
        String name = getOrDefault(kernel);
        Kernel alike =
                switch (name) {
                    case "angular" -> new Angular();
                    case "euclidean" -> new Euclidean((Double) getOrDefault(width));
                    case "min-max" -> new MinMax();
                    default -> Kernel.METHODS.typical(name);
                };
        return new SketchFamily(
                alike,
                (Long) getOrDefault(seed),
                (Integer) getOrDefault(repetitions),
                Arrays.stream(getOrDefault(sharpness)).boxed().toList(),
                (Integer) getOrDefault(buckets));
    }

    @Override
    public DensitySketchModel fit(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        JavaRDD<Candidate> rows = dataset.toDF()
                .select(getOrDefault(inputCol))
                .javaRDD()
                .mapPartitionsWithIndex((partition, part) -> candidates(partition, part), false);
        Densities densities = family().densities(new SparkRows<>(rows));
        densities.release();
        DensitySketchModel model = new DensitySketchModel(
                uid, densities.sketch().orElseThrow(), densities.sharpness().orElseThrow());
        return copyValues(model.setParent(this), ParamMap.empty());
    }

    /** Rows have no ids here: where one lies says which it is, in messages only. */
    private static Iterator<Candidate> candidates(int partition, Iterator<Row> rows) {
        List<Integer> read = new ArrayList<>(List.of(0));
        return Iterators.map(rows, row -> {
            String id = "number " + read.set(0, read.get(0) + 1) + " of partition " + partition;
            if (row.isNullAt(0)) {
                throw new UserException("Cannot fit: the vector of row id = " + id
                        + " is null, expected a vector for every row; filter them out");
            }
            return new Candidate(id, DensitySketchModel.vector(row.get(0)));
        });
    }

    @Override
    public StructType transformSchema(StructType schema) {
        if (!isDefined(inputCol)) {
            throw new UserException(
                    "Cannot fit: inputCol is not set, expected " + inputCol.doc() + "; call setInputCol");
        }
        return DensitySketchModel.schema(
                schema, getOrDefault(inputCol), getOrDefault(densityCol), getOrDefault(weightCol));
    }

    @Override
    public DensitySketch copy(ParamMap extra) {
        return (DensitySketch) defaultCopy(extra);
    }

    /** What reads a saved one. */
    public static MLReader<DensitySketch> read() {
        return new DefaultParamsReader<>();
    }

    public static DensitySketch load(String path) {
        return read().load(path);
    }
}
