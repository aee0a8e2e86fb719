package org.oatmill.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Digest;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

/**
 * A whole small language model in plain Java: the next token depends on the current one alone, all
 * arithmetic is in double, gradients are exact. For tests of everything else in milliseconds, and
 * for the first run on a machine without an engine.
 *
 * <p>It has the tensors, norms, adapters and refusals of a large one: full, masks, half and LoRA
 * work; prefixes are refused, because it has no attention over earlier tokens. Padding and the other
 * rows of a batch change no bit of a row's results.
 */
public final class BigramLm implements DifferentiableLm {
    private static final int MAX_TOKENS = 2048;

    private final Checkpoint base;
    private final @Nullable Subspace subspace;
    private final List<Subspace.Part> parts;
    private final Map<String, float[]> theta;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private final AtomicLong forwards = new AtomicLong();
    private final AtomicLong backwards = new AtomicLong();
    private BigramNet net;
    private long entry;
    private Trajectory.@Nullable Header header;
    private volatile boolean closed;

    /** What all forks share and nobody changes. */
    private record Checkpoint(Tokenizer tokenizer, int hidden, Map<String, float[]> weights, String digest) {
        List<TensorShape> tensors() {
            return BigramNet.tensors(tokenizer.size(), hidden);
        }
    }

    /**
     * A model with given weights.
     *
     * @param weights by the names of {@link #tensors}, row-major
     */
    public BigramLm(Tokenizer tokenizer, int hidden, Map<String, float[]> weights) {
        this(checkpoint(tokenizer, hidden, weights), null);
    }

    private BigramLm(Checkpoint base, @Nullable Subspace subspace) {
        this.base = base;
        this.subspace = subspace;
        this.parts = subspace == null ? List.of() : subspace.of(base.tensors());
        this.theta = new HashMap<>(base.weights());
        for (Subspace.Part part : parts) {
            float[] shared = base.weights().get(part.name());
            theta.put(
                    part.name(),
                    shared != null
                            ? shared.clone()
                            : Objects.requireNonNull(lora()).start(part.tensor()));
        }
        this.net = formed(theta);
    }

    /** Small random weights: it knows nothing. */
    public static BigramLm random(Tokenizer tokenizer, int hidden, long seed) {
        Map<String, float[]> weights = new HashMap<>();
        for (TensorShape tensor : BigramNet.tensors(tokenizer.size(), hidden)) {
            float[] w = new float[(int) tensor.size()];
            boolean gain = tensor.shape().size() == 1;
            Arrays.fill(w, gain ? 1 : 0);
            float scale = gain ? 0.05f : (float) (1 / Math.sqrt(hidden));
            Noise.stream(seed, 0, 0, "random\0" + tensor.name()).add(Noise.Law.GAUSSIAN, 0, scale, w, 0, w.length);
            weights.put(tensor.name(), w);
        }
        return new BigramLm(tokenizer, hidden, weights);
    }

    /**
     * A model of some texts in closed form: smoothed bigram counts, factored to the hidden size.
     *
     * @param vocabulary number of tokens, shared ones for rare words among them
     * @param hidden at least 3
     */
    public static BigramLm fit(List<String> texts, int vocabulary, int hidden) {
        Tokenizer tokenizer = WordTokenizer.fit(texts, vocabulary);
        return new BigramLm(tokenizer, hidden, BigramFit.weights(texts, tokenizer, hidden));
    }

    private static Checkpoint checkpoint(Tokenizer tokenizer, int hidden, Map<String, float[]> weights) {
        MessageDigest sha = Digest.sha256();
        Map<String, float[]> copies = new HashMap<>();
        for (TensorShape tensor : BigramNet.tensors(tokenizer.size(), hidden)) {
            float[] w = weights.get(tensor.name());
            if (w == null || w.length != tensor.size()) {
                throw new IllegalArgumentException("Cannot make a model: " + tensor + " has "
                        + (w == null ? "no" : Integer.toString(w.length)) + " values");
            }
            copies.put(tensor.name(), w.clone());
            ByteBuffer bytes = ByteBuffer.allocate(4 * w.length);
            bytes.asFloatBuffer().put(w);
            sha.update(tensor.toString().getBytes(StandardCharsets.UTF_8));
            sha.update(bytes);
        }
        return new Checkpoint(tokenizer, hidden, Collections.unmodifiableMap(copies), Digest.hex(sha.digest()));
    }

    @Override
    public Tokenizer tokenizer() {
        return base.tokenizer();
    }

    @Override
    public String digest() {
        return base.digest();
    }

    @Override
    public List<TensorShape> tensors() {
        return base.tensors();
    }

    @Override
    public List<Subspace.Part> trainable() {
        return parts;
    }

    @Override
    public int hiddenSize() {
        return base.hidden();
    }

    @Override
    public int maxTokens() {
        return MAX_TOKENS;
    }

    @Override
    public long entry() {
        lock.readLock().lock();
        try {
            return entry;
        } finally {
            lock.readLock().unlock();
        }
    }

    @Override
    public Counts counts() {
        return new Counts(forwards.get(), backwards.get());
    }

    @Override
    public float[][] losses(Batch batch) {
        return measure(batch.rows().size(), () -> losses(net, batch));
    }

    @Override
    public float[][] tokenLosses(Batch batch) {
        return measure(batch.rows().size(), () -> tokenLosses(net, batch));
    }

    @Override
    public float[][] hidden(Batch batch) {
        return measure(batch.rows().size(), () -> hidden(net, batch));
    }

    @Override
    public float[][] logits(Batch batch) {
        return measure(batch.rows().size(), () -> logits(net, batch));
    }

    @Override
    public List<int[]> generate(List<int[]> prompts, Decoding how) {
        return measure(prompts.size(), () -> generate(net, prompts, how));
    }

    @Override
    public Sides sides(Batch batch, Direction z, float epsilon) {
        return measure(
                2 * batch.rows().size(),
                () -> new Sides(losses(perturbed(z, epsilon), batch), losses(perturbed(z, -epsilon), batch), entry));
    }

    @Override
    public CausalLm at(Direction z, float epsilon) {
        return measure(0, () -> new View(entry, perturbed(z, epsilon)));
    }

    @Override
    public void gradients(Batch batch, Objective objective, GradientSink sink) {
        backwards.addAndGet(batch.rows().size());
        measure(batch.rows().size(), () -> {
            for (int row = 0; row < batch.rows().size(); row++) {
                gradients(row, batch.rows().get(row), objective, sink);
            }
            return batch;
        });
    }

    private void gradients(int row, Example example, Objective objective, GradientSink sink) {
        Map<String, double[]> gradient = net.gradient(example, objective.slope(example, net.losses(example)));
        for (Subspace.Part part : parts) {
            double[] whole = gradient.get(part.name());
            if (whole != null) {
                sink.accept(row, part.name(), packed(BigramNet.narrow(whole), part));
            }
        }
        Subspace.Lora lora = lora();
        for (TensorShape tensor : lora == null ? List.<TensorShape>of() : tensors()) {
            String down = BigramNet.adapter(tensor.name(), true);
            if (lora != null && theta.containsKey(down)) {
                double[] byWeight = Objects.requireNonNull(gradient.get(tensor.name()));
                List<float[]> both = BigramNet.adapterGradients(byWeight, theta, tensor.name(), lora);
                sink.accept(row, down, both.get(0));
                sink.accept(row, BigramNet.adapter(tensor.name(), false), both.get(1));
            }
        }
    }

    @Override
    public void advance(Trajectory trajectory, long toEntry) {
        lock.writeLock().lock();
        try {
            open();
            if (subspace == null) {
                throw new IllegalStateException("Cannot advance the base model: fork it first");
            }
            if (header == null) {
                trajectory.header().check(digest(), subspace.digest(), parts);
            } else if (!header.equals(trajectory.header())) {
                throw new UserException("Cannot apply trajectory: its header = " + trajectory.header() + ", expected "
                        + header + " as of the entries before; fork the model for another run");
            }
            if (toEntry > trajectory.entries().size()) {
                throw new IllegalArgumentException("Cannot advance to entry " + toEntry + " of a trajectory of "
                        + trajectory.entries().size());
            }
            header = trajectory.header();
            if (toEntry <= entry) {
                return;
            }
            for (Subspace.Part part : parts) {
                change(theta, part, (kept, values) -> {
                    Trajectory.Replay replay = trajectory.replay(part.name());
                    if (kept == null) {
                        replay.apply(0, values, 0, values.length, entry, toEntry);
                    } else {
                        replay.apply(kept, values, entry, toEntry);
                    }
                });
            }
            net = formed(theta);
            entry = toEntry;
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public BigramLm fork(Subspace subspace) {
        open();
        return new BigramLm(base, subspace);
    }

    @Override
    public float[] coordinates(String tensor) {
        return measure(0, () -> {
            Subspace.Part part = parts.stream()
                    .filter(known -> known.name().equals(tensor))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("Cannot read " + tensor + ": it cannot move"));
            return packed(Objects.requireNonNull(theta.get(tensor)), part).clone();
        });
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        closed = true;
        lock.writeLock().unlock();
    }

    private void open() {
        if (closed) {
            throw new IllegalStateException("Cannot measure: the model is closed");
        }
    }

    private Subspace.@Nullable Lora lora() {
        return subspace instanceof Subspace.Lora lora ? lora : null;
    }

    private BigramNet formed(Map<String, float[]> weights) {
        return new BigramNet(base.tokenizer().size(), base.hidden(), weights, lora());
    }

    private BigramNet perturbed(Direction z, float epsilon) {
        Map<String, float[]> moved = new HashMap<>(theta);
        for (Subspace.Part part : parts) {
            Direction.Coordinates coordinates = z.of(part.name());
            moved.computeIfPresent(part.name(), (name, values) -> values.clone());
            change(moved, part, (kept, values) -> {
                if (kept == null) {
                    coordinates.add(0, epsilon, values, 0, values.length);
                } else {
                    coordinates.add(kept, 0, epsilon, values, 0, values.length);
                }
            });
        }
        return formed(moved);
    }

    @FunctionalInterface
    private interface Change {
        void apply(long @Nullable [] kept, float[] values);
    }

    /** Changes the trainable coordinates of a tensor in place; a mask sees them packed. */
    private static void change(Map<String, float[]> weights, Subspace.Part part, Change change) {
        float[] whole = Objects.requireNonNull(weights.get(part.name()), part.name());
        long[] kept = part.kept();
        float[] values = packed(whole, part);
        change.apply(kept, values);
        for (int i = 0; kept != null && i < kept.length; i++) {
            whole[(int) kept[i]] = values[i];
        }
    }

    private static float[] packed(float[] whole, Subspace.Part part) {
        long[] kept = part.kept();
        if (kept == null) {
            return whole;
        }
        float[] values = new float[kept.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = whole[(int) kept[i]];
        }
        return values;
    }

    private <T> T measure(int rows, Supplier<T> how) {
        lock.readLock().lock();
        try {
            open();
            forwards.addAndGet(rows);
            return how.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    private static float[][] losses(BigramNet net, Batch batch) {
        return rows(batch, net::losses);
    }

    private static float[][] tokenLosses(BigramNet net, Batch batch) {
        return rows(batch, row -> BigramNet.narrow(net.tokenLosses(gold(row))));
    }

    private float[][] hidden(BigramNet net, Batch batch) {
        return rows(batch, row -> {
            int[] tokens = gold(row).tokens();
            int from = tokens[0] == tokenizer().bos() ? 1 : 0;
            double[] mean = new double[hiddenSize()];
            for (int t = from; t < tokens.length; t++) {
                double[] state = net.state(tokens[t]);
                for (int i = 0; i < mean.length; i++) {
                    mean[i] += state[i] / (tokens.length - from);
                }
            }
            return BigramNet.narrow(mean);
        });
    }

    private float[][] logits(BigramNet net, Batch batch) {
        int vocabulary = tokenizer().size();
        return rows(batch, row -> {
            Sequence sequence = gold(row);
            float[] all = new float[sequence.scored() * vocabulary];
            for (int s = 0; s < sequence.scored(); s++) {
                float[] logits = net.logits(sequence.tokens()[sequence.scoredFrom() + s - 1]);
                System.arraycopy(logits, 0, all, s * vocabulary, vocabulary);
            }
            return all;
        });
    }

    private List<int[]> generate(BigramNet net, List<int[]> prompts, Decoding how) {
        List<int[]> answers = new ArrayList<>();
        for (int[] prompt : prompts) {
            Continuation continuation = new Continuation(prompt, how, tokenizer());
            int last = prompt[prompt.length - 1];
            while (!continuation.done()) {
                continuation.next(net.logits(last));
                int[] tokens = continuation.tokens();
                last = tokens.length == 0 ? last : tokens[tokens.length - 1];
            }
            answers.add(continuation.tokens());
        }
        return answers;
    }

    private static Sequence gold(Example row) {
        return row.options().get(row.gold());
    }

    private static float[][] rows(Batch batch, Function<Example, float[]> measurement) {
        return batch.rows().stream().map(measurement).toArray(float[][]::new);
    }

    /** See {@link BigramLm#at}. */
    private final class View implements CausalLm {
        private final long madeAt;
        private final BigramNet perturbed;

        private View(long madeAt, BigramNet perturbed) {
            this.madeAt = madeAt;
            this.perturbed = perturbed;
        }

        private <T> T look(int rows, Supplier<T> how) {
            return measure(rows, () -> {
                if (entry != madeAt) {
                    throw new IllegalStateException(
                            "Cannot measure a view of entry " + madeAt + ": the model has advanced to " + entry);
                }
                return how.get();
            });
        }

        @Override
        public float[][] losses(Batch batch) {
            return look(batch.rows().size(), () -> BigramLm.losses(perturbed, batch));
        }

        @Override
        public float[][] tokenLosses(Batch batch) {
            return look(batch.rows().size(), () -> BigramLm.tokenLosses(perturbed, batch));
        }

        @Override
        public float[][] hidden(Batch batch) {
            return look(batch.rows().size(), () -> BigramLm.this.hidden(perturbed, batch));
        }

        @Override
        public float[][] logits(Batch batch) {
            return look(batch.rows().size(), () -> BigramLm.this.logits(perturbed, batch));
        }

        @Override
        public List<int[]> generate(List<int[]> prompts, Decoding how) {
            return look(prompts.size(), () -> BigramLm.this.generate(perturbed, prompts, how));
        }

        @Override
        public Tokenizer tokenizer() {
            return BigramLm.this.tokenizer();
        }

        @Override
        public String digest() {
            return BigramLm.this.digest();
        }

        @Override
        public List<TensorShape> tensors() {
            return BigramLm.this.tensors();
        }

        @Override
        public List<Subspace.Part> trainable() {
            return List.of();
        }

        @Override
        public int hiddenSize() {
            return BigramLm.this.hiddenSize();
        }

        @Override
        public int maxTokens() {
            return BigramLm.this.maxTokens();
        }

        @Override
        public long entry() {
            return madeAt;
        }

        @Override
        public Counts counts() {
            return BigramLm.this.counts();
        }

        @Override
        public Sides sides(Batch batch, Direction z, float epsilon) {
            throw refused();
        }

        @Override
        public CausalLm at(Direction z, float epsilon) {
            throw refused();
        }

        @Override
        public void advance(Trajectory trajectory, long toEntry) {
            throw refused();
        }

        @Override
        public CausalLm fork(Subspace other) {
            throw refused();
        }

        @Override
        public float[] coordinates(String tensor) {
            throw refused();
        }

        @Override
        public void close() {}

        private UnsupportedOperationException refused() {
            return new UnsupportedOperationException("A perturbed view only measures; ask the model it was made of");
        }
    }
}
