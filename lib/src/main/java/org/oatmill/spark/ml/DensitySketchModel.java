package org.oatmill.spark.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.SparseVector;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.sampling.SharpnessChoice;
import org.oatmill.spark.rows.MlVectors;
import scala.Option;

/**
 * What {@link DensitySketch} learned: adds how many of the rows it was fitted on lie about a row,
 * itself included, and one over that as a weight to draw by. Other rows may be asked about, too. A null
 * stays null.
 */
public final class DensitySketchModel extends Model<DensitySketchModel> implements MLWritable {
    private static final long serialVersionUID = 1L;

    static final String INPUT = "column of vectors: MLlib's, or arrays of numbers";
    static final String DENSITY = "column for the density, at least 1";
    static final String WEIGHT = "column for one over the density";
    private static final String FILE = "sketch";

    private final String uid;
    private final org.oatmill.sampling.DensitySketch sketch;
    private final @Nullable SharpnessChoice choice;
    private final Param<String> inputCol;
    private final Param<String> densityCol;
    private final Param<String> weightCol;

    DensitySketchModel(String uid, org.oatmill.sampling.DensitySketch sketch, @Nullable SharpnessChoice choice) {
        this.uid = uid; // first: a Param asks its parent's
        this.sketch = sketch;
        this.choice = choice;
        inputCol = new Param<>(this, "inputCol", INPUT);
        densityCol = new Param<>(this, "densityCol", DENSITY);
        weightCol = new Param<>(this, "weightCol", WEIGHT);
    }

    @Override
    public String uid() {
        return uid;
    }

    public Param<String> inputCol() {
        return inputCol;
    }

    public Param<String> densityCol() {
        return densityCol;
    }

    public Param<String> weightCol() {
        return weightCol;
    }

    public DensitySketchModel setInputCol(String column) {
        return with(inputCol, column);
    }

    public DensitySketchModel setDensityCol(String column) {
        return with(densityCol, column);
    }

    public DensitySketchModel setWeightCol(String column) {
        return with(weightCol, column);
    }

    private DensitySketchModel with(Param<String> param, String value) {
        set(param, value);
        return this;
    }

    /** The counters, with all that they were made with; the chosen sharpness among it. */
    public org.oatmill.sampling.DensitySketch sketch() {
        return sketch;
    }

    /** Which sharpness was chosen, and why; empty in a model that was read from a file. */
    public Optional<SharpnessChoice> choice() {
        return Optional.ofNullable(choice);
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        Broadcast<org.oatmill.sampling.DensitySketch> shared = JavaSparkContext.fromSparkContext(
                        dataset.sparkSession().sparkContext())
                .broadcast(sketch);
        UDF1<Object, Double> density = cell -> cell == null ? null : density(shared.value(), vector(cell));
        String out = getOrDefault(densityCol);
        return dataset.toDF()
                .withColumn(out, functions.udf(density, DataTypes.DoubleType).apply(col(getOrDefault(inputCol))))
                .withColumn(getOrDefault(weightCol), lit(1.0).divide(col(out)));
    }

    private static double density(org.oatmill.sampling.DensitySketch sketch, Vector row) {
        sketch.header().kernel().refusal(row).ifPresent(refusal -> {
            throw new UserException("Cannot read the density of a row: its vector " + refusal);
        });
        return sketch.density(row);
    }

    /** Of a cell of {@link #inputCol}. */
    static Vector vector(Object cell) {
        if (cell instanceof SparseVector sparse) {
            return MlVectors.vector(sparse);
        }
        return Vector.dense(DjlTransformer.numbers(cell));
    }

    @Override
    public StructType transformSchema(StructType schema) {
        return schema(schema, getOrDefault(inputCol), getOrDefault(densityCol), getOrDefault(weightCol));
    }

    static StructType schema(StructType schema, String input, String density, String weight) {
        List<String> names = List.of(schema.fieldNames());
        if (!names.contains(input)) {
            throw new UserException("Cannot sketch densities: inputCol = " + input + ", expected a column of the rows: "
                    + String.join(", ", names) + Nearest.hint(input, names));
        }
        StructField found = schema.apply(input);
        if (!accepts(found.dataType())) {
            throw new UserException("Cannot sketch densities: inputCol = " + input + ", a column of type "
                    + found.dataType().catalogString() + ", expected a vector or an array of numbers");
        }
        for (String out : List.of(density, weight)) {
            if (names.contains(out) || density.equals(weight)) {
                throw new UserException("Cannot sketch densities: densityCol = " + density + " and weightCol = "
                        + weight + ", expected two new columns: the rows have " + String.join(", ", names)
                        + " already; choose other names");
            }
        }
        return schema.add(DataTypes.createStructField(density, DataTypes.DoubleType, true))
                .add(DataTypes.createStructField(weight, DataTypes.DoubleType, true));
    }

    private static boolean accepts(DataType type) {
        return type instanceof ArrayType array && array.elementType() instanceof NumericType
                || type.equals(SQLDataTypes.VectorType());
    }

    @Override
    public DensitySketchModel copy(ParamMap extra) {
        DensitySketchModel copy = new DensitySketchModel(uid, sketch, choice);
        return copyValues(copy, extra).setParent(parent());
    }

    /** Metadata as Spark has it, and the file {@code sketch} beside. */
    @Override
    public MLWriter write() {
        return new Writer(this);
    }

    private static final class Writer extends MLWriter {
        private final DensitySketchModel model;

        Writer(DensitySketchModel model) {
            this.model = model;
        }

        @Override
        public void saveImpl(String path) {
            DefaultParamsWriter.saveMetadata(model, path, sc(), Option.empty(), Option.empty());
            Path file = new Path(path, FILE);
            try (OutputStream out =
                    file.getFileSystem(sc().hadoopConfiguration()).create(file)) {
                out.write(model.sketch.bytes());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** What reads a saved one. */
    public static MLReader<DensitySketchModel> read() {
        return new Reader();
    }

    private static final class Reader extends MLReader<DensitySketchModel> {
        @Override
        public DensitySketchModel load(String path) {
            DefaultParamsReader.Metadata metadata =
                    DefaultParamsReader.loadMetadata(path, sc(), DensitySketchModel.class.getName());
            Path file = new Path(path, FILE);
            try (InputStream in = file.getFileSystem(sc().hadoopConfiguration()).open(file)) {
                DensitySketchModel model =
                        new DensitySketchModel(metadata.uid(), org.oatmill.sampling.DensitySketch.read(in), null);
                metadata.getAndSetParams(model, Option.empty());
                return model;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public static DensitySketchModel load(String path) {
        return read().load(path);
    }
}
