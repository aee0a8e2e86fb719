package org.oatmill.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.oatmill.core.Describe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.djl.AdamW;
import org.oatmill.djl.ByteLevelBpe;
import org.oatmill.djl.DjlLm;
import org.oatmill.djl.LlamaShape;
import org.oatmill.djl.Pretraining;
import org.oatmill.model.Tokenizer;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;

/**
 * Trains a small language model from nothing, by back-propagation, on one core of the driver, and
 * keeps it under {@code files/model/} as a directory in the Hugging Face layout, in F16. Its figures
 * are those of the model as it was written and opened again.
 */
public final class PretrainJob implements Job<PretrainJob.Config> {
    private static final String DIRECTORY = "model/";
    static final List<String> FILES =
            List.of("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "README.md");

    /**
     * @param about what the model's card says of data, licence and command
     * @param shape of the model
     * @param vocabulary most tokens
     * @param singleTokens words that are one token each, space before them included
     * @param templates wordings of a document and their relative chances; each epoch draws anew
     * @param epochs times that every document is read
     * @param batch tokens of one update, padding included
     * @param optimizer how weights move
     * @param split that is learned
     * @param watched split that is measured on the way
     * @param heldOut split that the written model is measured on
     * @param measuredRows most rows of a split that are measured
     * @param measureEvery steps between two measurements
     */
    public record Config(
            @Describe("what the model's card says first: data, licence, command") String about,
            @Describe("shape of the model") LlamaShape shape,
            @Describe(value = "most tokens of the vocabulary", unit = "tokens") int vocabulary,
            @Describe("words that are one token each, with the space before them") List<String> singleTokens,
            @Describe("wordings of a document, such as \"{lemma}: {text}\", with their relative chances; drawn anew"
                            + " each epoch")
                    Map<String, Double> templates,
            @Describe(value = "times that every document is read", unit = "epochs") int epochs,
            @Describe(value = "size of one update, padding included", unit = "tokens") int batch,
            @Describe("how weights move") AdamW optimizer,
            @Describe("split that is learned") String split,
            @Describe("split that is measured on the way") String watched,
            @Describe("split that the finished model is measured on") String heldOut,
            @Describe(value = "most rows of a split that are measured", unit = "rows") int measuredRows,
            @Describe(value = "how often to measure", unit = "steps") int measureEvery) {

        public Config {
            if (epochs < 1 || batch < shape.maxTokens() || measuredRows < 1 || measureEvery < 1) {
                throw new UserException("Cannot pretrain: epochs = " + epochs + ", batch = " + batch
                        + ", measured_rows = " + measuredRows + ", measure_every = " + measureEvery
                        + ", expected at least 1 each, and batch at least max_tokens = " + shape.maxTokens());
            }
            new Wordings(templates);
        }
    }

    @Override
    public String name() {
        return "pretrain";
    }

    @Override
    public String purpose() {
        return "Trains a small language model from nothing, by back-propagation, on one core of the driver.";
    }

    @Override
    public Config typical() {
        return new Config(
                "",
                new LlamaShape(128, 4, 4, 2, 352, 128),
                3072,
                List.of(),
                Map.of("{text}", 1.0),
                4,
                2048,
                AdamW.typical(),
                "pretrain",
                "dev",
                "test",
                1000,
                500);
    }

    @Override
    public int resultVersion() {
        return 1;
    }

    @Override
    public List<Role> reads() {
        return List.of(new Role("documents", Tables.DOCUMENTS, true));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.CURVE);
    }

    @Override
    public boolean callsBackward(Config config) {
        return true;
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) throws IOException {
        Dataset<Row> documents = in.table("documents", Tables.DOCUMENTS);
        Corpus corpus =
                new Corpus(Corpus.documents(documents, config.split()), new Wordings(config.templates()), in.seed());
        List<Corpus.Document> watched = Corpus.some(documents, config.watched(), config.measuredRows());
        List<Corpus.Document> unseen = Corpus.some(documents, config.heldOut(), config.measuredRows());
        Path directory = Files.createTempDirectory("oatmill-pretrain");
        try {
            out.progress("training the tokenizer");
            ByteLevelBpe.train(corpus.texts(0), config.vocabulary(), config.singleTokens())
                    .write(directory, config.shape().maxTokens());
            Tokenizer tokenizer = DjlLm.tokenizer(directory);
            Curve curve = new Curve(new ArrayList<>());
            Totals totals;
            try (Pretraining model = new Pretraining(config.shape(), tokenizer.size(), config.optimizer(), in.seed())) {
                totals = train(config, corpus, watched, tokenizer, model, curve, out);
                model.write(directory);
            }
            out.table(Tables.CURVE, curve.points(), spark);
            HeldOut heldOut;
            try (DjlLm model = DjlLm.open(directory)) {
                heldOut = HeldOut.of(model, unseen);
            }
            String data = in.artifact("documents").manifest().contentDigest();
            Files.writeString(
                    directory.resolve("README.md"),
                    ModelCard.of(config, totals, heldOut, tokenizer.size(), data, in.seed()));
            for (String file : FILES) {
                try (OutputStream to = out.file(DIRECTORY + file)) {
                    Files.copy(directory.resolve(file), to);
                }
            }
            out.note("totals", totals);
            out.note("held_out_perplexity", heldOut.perplexity());
            out.note("held_out_bits_per_byte", heldOut.bitsPerByte());
        } finally {
            remove(directory);
        }
    }

    private static Totals train(
            Config config,
            Corpus corpus,
            List<Corpus.Document> watched,
            Tokenizer tokenizer,
            Pretraining model,
            Curve curve,
            Output out) {
        int longest = config.shape().maxTokens();
        List<List<int[]>> unseen = Corpus.cut(
                watched.stream()
                        .map(document -> Corpus.sequence(document.text(), tokenizer, longest))
                        .toList(),
                config.batch());
        long step = 0;
        long rows = 0;
        long tokens = 0;
        double nats = 0; // since the last measurement, as is the next
        long measured = 0;
        for (int epoch = 0; epoch < config.epochs(); epoch++) {
            List<List<int[]>> batches = corpus.batches(epoch, tokenizer, longest, config.batch());
            // Wordings differ between epochs in length, and so, a little, does the number of batches.
            long steps = step + (long) batches.size() * (config.epochs() - epoch);
            for (List<int[]> batch : batches) {
                double loss = model.step(batch, config.optimizer().rate(step, steps));
                if (!Double.isFinite(loss)) {
                    throw new UserException("Cannot pretrain: loss = " + loss + " at step " + step
                            + ", expected a number; lower optimizer.learning_rate");
                }
                int predicted = Corpus.predicted(batch);
                step++;
                rows += batch.size();
                tokens += predicted;
                measured += predicted;
                nats += loss * predicted;
                out.progress(
                        String.format(Locale.ROOT, "step %,d of %,d, loss %.3f nats", step, steps, nats / measured));
                if (step % config.measureEvery() == 0 || step == steps) {
                    curve.add(step, config.split(), nats / measured, rows);
                    curve.add(step, config.watched(), loss(model, unseen), rows);
                    nats = 0;
                    measured = 0;
                }
            }
        }
        return new Totals(corpus.documents().size(), model.parameters(), step, tokens, rows, rows);
    }

    private static double loss(Pretraining model, List<List<int[]>> batches) {
        double nats = 0;
        long tokens = 0;
        for (List<int[]> batch : batches) {
            nats += model.loss(batch) * Corpus.predicted(batch);
            tokens += Corpus.predicted(batch);
        }
        return nats / tokens;
    }

    /**
     * What was done.
     *
     * @param tokens predicted, over all epochs
     * @param forwards rows
     * @param backwards rows
     */
    record Totals(int documents, long parameters, long steps, long tokens, long forwards, long backwards) {}

    /** Losses on the way. */
    private record Curve(List<Row> points) {
        void add(long step, String split, double loss, long rows) {
            points.add(RowFactory.create((int) step, 0L, split, "loss", loss, rows, rows));
        }
    }

    /** A directory of files, with them. */
    static void remove(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
