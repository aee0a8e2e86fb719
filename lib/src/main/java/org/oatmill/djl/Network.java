package org.oatmill.djl;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.translator.TextClassificationTranslator;
import ai.djl.huggingface.translator.TextEmbeddingTranslator;
import ai.djl.inference.Predictor;
import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.translate.Batchifier;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;

/**
 * A network of any engine that DJL knows, from a file: TorchScript ({@code .pt}) or ONNX ({@code
 * .onnx}). It only answers; what it answers to a text, DJL's own translators of Hugging Face models
 * decide.
 */
public final class Network implements AutoCloseable {
    private final Path directory;
    private final Model model;
    private final Device device;

    private Network(Path directory, Model model, Device device) {
        this.directory = directory;
        this.model = model;
        this.device = device;
    }

    /** Answers to a batch; for one thread. */
    public interface Answers<I, O> extends Function<List<I>, List<O>>, AutoCloseable {
        @Override
        void close();
    }

    /** Classes of a text, most probable first. */
    public record Classes(List<String> names, List<Double> probabilities) {}

    /** Whether a directory holds a network, rather than a checkpoint that {@link DjlLm} opens. */
    public static boolean isIn(Path directory) {
        return file(directory) != null;
    }

    /**
     * Opens the network of a directory.
     *
     * @param engine DJL's name of it, or empty for the one that the file's ending means
     * @param device DJL's name of it: {@code cpu}, {@code gpu}, {@code gpu1}
     */
    public static Network open(Path directory, String engine, String device) {
        Path file = file(directory);
        if (file == null) {
            throw new UserException("Cannot open model: " + directory
                    + " holds no .pt and no .onnx, expected one file of TorchScript or ONNX");
        }
        String name = file.getFileName().toString();
        String chosen = !engine.isEmpty() ? engine : name.endsWith(".onnx") ? "OnnxRuntime" : "PyTorch";
        if (!Engine.hasEngine(chosen)) {
            throw new UserException("Cannot open model: engine = " + chosen + ", expected one of "
                    + Engine.getAllEngines() + ", which are on the class path; for ONNX add"
                    + " --packages ai.djl.onnxruntime:onnxruntime-engine:0.35.1");
        }
        Device where = Device.fromName(device, Engine.getEngine(chosen));
        Model model =
                onEngine(chosen, () -> Model.newInstance(name.substring(0, name.lastIndexOf('.')), where, chosen));
        try {
            onEngine(chosen, () -> {
                model.load(directory);
                return model;
            });
            return new Network(directory, model, where);
        } catch (UserException e) {
            model.close();
            throw new UserException(
                    "Cannot open model: " + file + " with engine " + chosen + " on " + where + ": " + e.getMessage()
                            + "; expected a whole file and a device that is there",
                    e);
        }
    }

    private static @Nullable Path file(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found = files.filter(file ->
                            file.toString().endsWith(".pt") || file.toString().endsWith(".onnx"))
                    .sorted()
                    .toList();
            if (found.size() > 1) {
                throw new UserException("Cannot open model: " + directory + " holds "
                        + found.stream().map(Path::getFileName).toList() + ", expected one of them");
            }
            return found.isEmpty() ? null : found.get(0);
        } catch (IOException e) {
            throw new UserException("Cannot open model: " + directory + ": " + e.getMessage(), e);
        }
    }

    private interface Work<T> {
        T run() throws IOException, MalformedModelException;
    }

    /** On PyTorch as every model here: one thread within an operation, no gradients. */
    private static <T> T onEngine(String engine, Work<T> work) {
        if (engine.equals("PyTorch")) {
            return Torch.on(false, () -> plainly(work));
        }
        return plainly(work);
    }

    private static <T> T plainly(Work<T> work) {
        try {
            return work.run();
        } catch (IOException | MalformedModelException | EngineException e) {
            throw new UserException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Rows of equally many numbers in, the numbers of each row's first output out, row-major. */
    public Answers<float[], float[]> numbers() {
        return answers(new Numbers());
    }

    /**
     * A vector for each text.
     *
     * @param pooling over tokens where the network gives a vector for each: mean, max, cls, mean_sqrt_len or lasttoken
     * @param normalize whether vectors are scaled to length 1
     */
    public Answers<String, float[]> vectors(int maxTokens, String pooling, boolean normalize) {
        return answers(TextEmbeddingTranslator.builder(tokenizer(maxTokens))
                .optPoolingMode(pooling)
                .optNormalize(normalize)
                .optBatchifier(Batchifier.STACK)
                .build());
    }

    /** Classes of each text; their names stand in the {@code id2label} of {@code config.json}. */
    public Answers<String, Classes> classes(int maxTokens) {
        if (!Files.isRegularFile(directory.resolve("config.json"))) {
            throw new UserException("Cannot classify: " + directory
                    + " holds no config.json, expected one with problem_type and id2label");
        }
        Answers<String, Classifications> answers = answers(TextClassificationTranslator.builder(tokenizer(maxTokens))
                .optBatchifier(Batchifier.STACK)
                .build());
        return new Answers<>() {
            @Override
            public List<Classes> apply(List<String> texts) {
                return answers.apply(texts).stream()
                        .map(c -> new Classes(List.copyOf(c.getClassNames()), List.copyOf(c.getProbabilities())))
                        .toList();
            }

            @Override
            public void close() {
                answers.close();
            }
        };
    }

    /** Never truncates unless told to: a text that a network cannot take is an error, not half a text. */
    private HuggingFaceTokenizer tokenizer(int maxTokens) {
        Path file = directory.resolve("tokenizer.json");
        if (!Files.isRegularFile(file)) {
            throw new UserException(
                    "Cannot open tokenizer: " + file + " does not exist, expected a fast tokenizer beside the network");
        }
        try {
            HuggingFaceTokenizer.Builder builder = HuggingFaceTokenizer.builder()
                    .optTokenizerPath(file)
                    .optPadding(true)
                    .optTruncation(maxTokens > 0);
            return (maxTokens > 0 ? builder.optMaxLength(maxTokens) : builder).build();
        } catch (IOException | RuntimeException e) {
            throw new UserException(
                    "Cannot open tokenizer: " + file + ": " + e.getMessage() + "; fetch the file again", e);
        }
    }

    private <I, O> Answers<I, O> answers(Translator<I, O> translator) {
        Predictor<I, O> predictor = new Predictor<>(model, translator, device, false);
        String engine = model.getNDManager().getEngine().getEngineName();
        return new Answers<>() {
            @Override
            public List<O> apply(List<I> batch) {
                return onEngine(engine, () -> {
                    try {
                        return predictor.batchPredict(batch);
                    } catch (TranslateException e) {
                        throw new UserException(
                                "Cannot ask model " + model.getName() + ": " + e.getMessage()
                                        + "; expected input that it takes",
                                e);
                    }
                });
            }

            @Override
            public void close() {
                predictor.close();
            }
        };
    }

    @Override
    public void close() {
        model.close();
    }

    /** One tensor in, one out; rows of one length are stacked. */
    private static final class Numbers implements Translator<float[], float[]> {
        @Override
        public NDList processInput(TranslatorContext context, float[] row) {
            return new NDList(context.getNDManager().create(row));
        }

        @Override
        public float[] processOutput(TranslatorContext context, NDList output) {
            NDArray first = output.get(0);
            return switch (first.getDataType()) {
                case FLOAT32 -> first.toFloatArray();
                default -> first.toType(DataType.FLOAT32, false).toFloatArray();
            };
        }

        @Override
        public Batchifier getBatchifier() {
            return Batchifier.STACK;
        }
    }
}
