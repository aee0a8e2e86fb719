package org.oatmill.spark.ml;

import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;
import org.oatmill.spark.model.ModelFiles;

/**
 * What all transformers here share: which column is asked, of which model, in batches of how many
 * rows, on which device. The model is found when {@link #transform} is called and opened when rows
 * are, once in each JVM.
 *
 * @param <T> the transformer itself, which setters return
 */
public abstract class ModelTransformer<T extends ModelTransformer<T>> extends Transformer
        implements DefaultParamsWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final Param<String> inputCol;
    private final Param<String> outputCol;
    private final Param<String> modelUrl;
    private final Param<String> engine;
    private final Param<String> device;
    private final IntParam batchSize;
    private final IntParam maxLength;

    ModelTransformer(String uid) {
        this.uid = uid; // first: a Param asks its parent's
        inputCol = new Param<>(this, "inputCol", "column that the model is asked about");
        outputCol = new Param<>(this, "outputCol", "column for its answers");
        modelUrl = new Param<>(
                this,
                "modelUrl",
                "the model: a directory, a .zip or .tar.gz of one, or a file, on any file system that Hadoop knows; or a"
                        + " name given to --files or --archives");
        engine = new Param<>(
                this,
                "engine",
                "DJL's name of the engine, PyTorch or OnnxRuntime; empty: what the file's ending means");
        device = new Param<>(
                this, "device", "cpu, gpu or gpu<number>; gpu is the one that Spark gives the task, if any");
        batchSize = new IntParam(this, "batchSize", "rows that are asked about at once", ParamValidators.gt(0));
        maxLength = new IntParam(
                this, "maxLength", "tokens to which texts are cut; 0: texts are never cut", ParamValidators.gtEq(0));
        setDefault(engine, "");
        setDefault(device, "cpu");
        setDefault(batchSize, 16);
        setDefault(maxLength, 0);
    }

    @Override
    public String uid() {
        return uid;
    }

    // Spark finds Params through public methods that return them.

    public Param<String> inputCol() {
        return inputCol;
    }

    public Param<String> outputCol() {
        return outputCol;
    }

    public Param<String> modelUrl() {
        return modelUrl;
    }

    public Param<String> engine() {
        return engine;
    }

    public Param<String> device() {
        return device;
    }

    public IntParam batchSize() {
        return batchSize;
    }

    public IntParam maxLength() {
        return maxLength;
    }

    public T setInputCol(String column) {
        return with(inputCol, column);
    }

    public T setOutputCol(String column) {
        return with(outputCol, column);
    }

    public T setModelUrl(String url) {
        return with(modelUrl, url);
    }

    public T setEngine(String name) {
        return with(engine, name);
    }

    public T setDevice(String name) {
        return with(device, name);
    }

    public T setBatchSize(int rows) {
        return with(batchSize, rows);
    }

    public T setMaxLength(int tokens) {
        return with(maxLength, tokens);
    }

    @SuppressWarnings("unchecked") // T is the class itself
    private <V> T with(Param<V> param, V value) {
        set(param, value);
        return (T) this;
    }

    String engineName() {
        return getOrDefault(engine);
    }

    String deviceName() {
        return getOrDefault(device);
    }

    int longest() {
        return (Integer) getOrDefault(maxLength);
    }

    abstract DataType outputType();

    abstract boolean accepts(DataType type);

    /** What {@link #accepts}, in words. */
    abstract String expected();

    /** What is done with rows; knows nothing of this transformer, because it travels. */
    abstract Asking<?, ?> asking();

    @Override
    public StructType transformSchema(StructType schema) {
        String in = given(inputCol);
        String out = given(outputCol);
        String names = String.join(", ", schema.fieldNames());
        StructField found = null;
        for (StructField field : schema.fields()) {
            if (field.name().equals(in)) {
                found = field;
            }
            if (field.name().equals(out)) {
                throw new UserException("Cannot transform: outputCol = " + out
                        + ", expected a new column: the rows have " + names + " already; choose another name");
            }
        }
        if (found == null) {
            throw new UserException("Cannot transform: inputCol = " + in + ", expected a column of the rows: " + names
                    + Nearest.hint(in, List.of(schema.fieldNames())));
        }
        if (!accepts(found.dataType())) {
            throw new UserException("Cannot transform: inputCol = " + in + ", a column of type "
                    + found.dataType().catalogString() + ", expected " + expected());
        }
        return schema.add(DataTypes.createStructField(out, outputType(), true));
    }

    private String given(Param<String> param) {
        if (!isDefined(param)) {
            throw new UserException("Cannot transform: " + param.name() + " is not set, expected " + param.doc()
                    + "; call set" + Character.toUpperCase(param.name().charAt(0))
                    + param.name().substring(1));
        }
        return getOrDefault(param);
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        StructType schema = transformSchema(dataset.schema());
        ModelFiles model = ModelFiles.of(given(modelUrl), dataset.sparkSession());
        Asking<?, ?> asking = asking();
        int rows = (Integer) getOrDefault(batchSize);
        int column = dataset.schema().fieldIndex(given(inputCol));
        MapPartitionsFunction<Row, Row> ask = part -> asking.of(part, model, column, rows);
        return dataset.toDF().mapPartitions(ask, Encoders.row(schema));
    }

    @Override
    public Transformer copy(ParamMap extra) {
        return defaultCopy(extra);
    }
}
