package org.oatmill.spark.ml;

import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.oatmill.djl.Network;

/**
 * Texts as classes with probabilities, most probable first: {@code struct<class_names, probabilities>}.
 * The model is a network of logits with {@code tokenizer.json} and {@code config.json} beside it,
 * which names the classes ({@code id2label}) and says whether one of them applies or several ({@code
 * problem_type}).
 */
public final class TextClassifier extends ModelTransformer<TextClassifier> {
    private static final long serialVersionUID = 1L;

    public TextClassifier() {
        this(Identifiable$.MODULE$.randomUID("text_classifier"));
    }

    public TextClassifier(String uid) {
        super(uid);
    }

    @Override
    DataType outputType() {
        return StructType.fromDDL("class_names ARRAY<STRING>, probabilities ARRAY<DOUBLE>");
    }

    @Override
    boolean accepts(DataType type) {
        return type.equals(DataTypes.StringType);
    }

    @Override
    String expected() {
        return "string";
    }

    @Override
    Asking<?, ?> asking() {
        int most = longest();
        return new Asking<String, Network.Classes>(
                Asking.network(engineName(), deviceName(), network -> network.classes(most)),
                String.class::cast,
                TextClassifier::row);
    }

    private static Row row(Network.Classes classes) {
        return RowFactory.create(
                classes.names().toArray(), classes.probabilities().toArray());
    }

    /** What reads a saved one. */
    public static MLReader<TextClassifier> read() {
        return new DefaultParamsReader<>();
    }

    public static TextClassifier load(String path) {
        return read().load(path);
    }
}
