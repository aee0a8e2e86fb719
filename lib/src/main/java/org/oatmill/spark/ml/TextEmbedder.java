package org.oatmill.spark.ml;

import java.util.List;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Texts as vectors ({@code array<float>}). The model is a network with a {@code tokenizer.json}
 * beside it, whose token vectors are pooled, or a causal language model in the Hugging Face layout,
 * whose hidden states are averaged over the tokens without BOS; there {@code pooling} must be mean,
 * and an empty text has no vector.
 */
public final class TextEmbedder extends ModelTransformer<TextEmbedder> {
    private static final long serialVersionUID = 1L;

    private final Param<String> pooling;
    private final BooleanParam normalize;

    public TextEmbedder() {
        this(Identifiable$.MODULE$.randomUID("text_embedder"));
    }

    public TextEmbedder(String uid) {
        super(uid);
        pooling = new Param<>(
                this,
                "pooling",
                "how vectors of tokens become one: mean, max, cls, mean_sqrt_len or lasttoken",
                ParamValidators.inArray(List.of("mean", "max", "cls", "mean_sqrt_len", "lasttoken")));
        normalize = new BooleanParam(this, "normalize", "whether vectors are scaled to length 1");
        setDefault(pooling, "mean");
        setDefault(normalize, true);
    }

    public Param<String> pooling() {
        return pooling;
    }

    public BooleanParam normalize() {
        return normalize;
    }

    public TextEmbedder setPooling(String mode) {
        set(pooling, mode);
        return this;
    }

    public TextEmbedder setNormalize(boolean whether) {
        set(normalize, whether);
        return this;
    }

    @Override
    DataType outputType() {
        return DataTypes.createArrayType(DataTypes.FloatType, false);
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
        String mode = getOrDefault(pooling);
        boolean unit = (Boolean) getOrDefault(normalize);
        return new Asking<String, float[]>(
                Asking.vectors(engineName(), deviceName(), most, mode, unit), String.class::cast, vector -> vector);
    }

    /** What reads a saved one. */
    public static MLReader<TextEmbedder> read() {
        return new DefaultParamsReader<>();
    }

    public static TextEmbedder load(String path) {
        return read().load(path);
    }
}
