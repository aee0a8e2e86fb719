package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;
import org.oatmill.model.Batch;
import org.oatmill.model.Decoding;
import org.oatmill.model.DifferentiableLm;
import org.oatmill.model.Direction;
import org.oatmill.model.Example;
import org.oatmill.model.Objective;
import org.oatmill.model.Sides;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;
import org.oatmill.model.Tokenizer;
import org.oatmill.model.Trajectory;

/**
 * A causal language model of a Hugging Face directory: Llama, Mistral, Qwen2, Qwen3, Fox and what
 * else has their shape. {@link #open} reads weights in F32, F16 or BF16 and keeps them so; forks
 * share them.
 *
 * <p>Safe for any number of threads: measurements run at once, and {@link #advance} waits its turn.
 * Each runs on one core.
 */
public final class DjlLm implements DifferentiableLm {
    private static final int GENERATED_AT_ONCE = 16;

    private final Weights base;
    private final Tokenizer tokenizer;
    private final Subspace subspace;
    private final Coordinates own;
    private final State state;
    private final @Nullable Direction z;
    private final float epsilon;
    private final long madeAt;

    /** What a model and its views share. */
    private static final class State {
        // Fair, so that measurements that keep coming cannot hold an update off for ever.
        final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);
        final AtomicLong forwards = new AtomicLong();
        final AtomicLong backwards = new AtomicLong();
        long entry;
        Trajectory.@Nullable Header header;
        boolean closed;
    }

    private DjlLm(
            Weights base,
            Tokenizer tokenizer,
            Subspace subspace,
            Coordinates own,
            State state,
            @Nullable Direction z,
            float epsilon) {
        this.base = base;
        this.tokenizer = tokenizer;
        this.subspace = subspace;
        this.own = own;
        this.state = state;
        this.z = z;
        this.epsilon = epsilon;
        this.madeAt = state.entry;
    }

    /** Opens a directory with {@code config.json}, {@code model.safetensors} (or an index of shards) and {@code tokenizer.json}. */
    public static DjlLm open(Path directory) {
        DecoderConfig config = DecoderConfig.read(directory);
        return open(directory, config, HfTokenizer.open(directory));
    }

    /** The tokenizer of such a directory alone. */
    public static Tokenizer tokenizer(Path directory) {
        return HfTokenizer.open(directory);
    }

    static DjlLm open(Path directory, DecoderConfig config, Tokenizer tokenizer) {
        Weights base = Torch.on(false, () -> Weights.read(directory, config));
        return new DjlLm(base, tokenizer, new Subspace.Mask(Map.of()), nothing(), new State(), null, 0);
    }

    private static Coordinates nothing() {
        return new Coordinates(List.of(), 1, (tensor, offset, out, from, length) -> {});
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public String digest() {
        return base.digest();
    }

    @Override
    public List<TensorShape> tensors() {
        return base.config().tensors();
    }

    @Override
    public List<Subspace.Part> trainable() {
        return own.parts();
    }

    @Override
    public int hiddenSize() {
        return base.config().hidden();
    }

    @Override
    public int maxTokens() {
        return base.config().maxTokens() - prefix();
    }

    private int prefix() {
        Tensor key = own.whole("prefix.0.key");
        return key == null ? 0 : key.shape().shape().get(0);
    }

    @Override
    public long entry() {
        state.lock.readLock().lock();
        try {
            return state.entry;
        } finally {
            state.lock.readLock().unlock();
        }
    }

    @Override
    public Counts counts() {
        return new Counts(state.forwards.get(), state.backwards.get());
    }

    /** Native memory of the frozen weights, shared by all forks, in bytes. */
    public long baseBytes() {
        return base.bytes();
    }

    /** Memory of what this fork may move, in bytes. */
    public long ownBytes() {
        return own.bytes();
    }

    @Override
    public float[][] losses(Batch batch) {
        return measure(batch.rows().size(), 1, z, epsilon, walk -> losses(batch, walk)[0]);
    }

    @Override
    public Sides sides(Batch batch, Direction direction, float radius) {
        refuseView("probe");
        return measure(batch.rows().size(), 2, direction, radius, walk -> {
            float[][][] losses = losses(batch, walk);
            return new Sides(losses[0], losses[1], state.entry);
        });
    }

    private float[][][] losses(Batch batch, Walk walk) {
        Passes passes = passes(batch, false);
        Walk.Scores[] scores = walk.score(walk.hidden(passes), passes);
        float[][][] losses = new float[scores.length][][];
        for (int side = 0; side < scores.length; side++) {
            losses[side] = toFloats(losses(batch, passes, scores[side]));
        }
        return losses;
    }

    /** Mean negative log-likelihood of each option. */
    static double[][] losses(Batch batch, Passes passes, Walk.Scores scores) {
        double[][] losses = new double[batch.rows().size()][];
        Arrays.setAll(losses, e -> new double[batch.rows().get(e).options().size()]);
        for (int i = 0; i < passes.picks.size(); i++) {
            Passes.Pick pick = passes.picks.get(i);
            losses[pick.example()][pick.option()] += pick.share() * nll(scores, pick, i);
        }
        return losses;
    }

    private static double nll(Walk.Scores scores, Passes.Pick pick, int i) {
        return scores.logSumExp()[pick.place()] - scores.logits()[i];
    }

    private static float[][] toFloats(double[][] numbers) {
        float[][] floats = new float[numbers.length][];
        for (int row = 0; row < numbers.length; row++) {
            floats[row] = new float[numbers[row].length];
            for (int i = 0; i < numbers[row].length; i++) {
                floats[row][i] = (float) numbers[row][i];
            }
        }
        return floats;
    }

    @Override
    public float[][] tokenLosses(Batch batch) {
        return measure(batch.rows().size(), 1, z, epsilon, walk -> {
            Passes passes = passes(batch, true);
            Walk.Scores scores = walk.score(walk.hidden(passes), passes)[0];
            float[][] losses = new float[batch.rows().size()][];
            int[] filled = new int[losses.length];
            Arrays.setAll(losses, e -> new float[gold(batch, e)]);
            for (int i = 0; i < passes.picks.size(); i++) {
                Passes.Pick pick = passes.picks.get(i);
                losses[pick.example()][filled[pick.example()]++] = (float) nll(scores, pick, i);
            }
            return losses;
        });
    }

    private static int gold(Batch batch, int example) {
        Example row = batch.rows().get(example);
        return row.options().get(row.gold()).scored();
    }

    @Override
    public float[][] hidden(Batch batch) {
        return measure(batch.rows().size(), 1, z, epsilon, walk -> {
            DecoderConfig config = base.config();
            Passes passes = Passes.whole(
                    batch, tokenizer.bos(), maxTokens(), config.vocabulary(), Math.max(0, tokenizer.pad()));
            NDArray h = walk.hidden(passes)[0];
            float[] all = walk.normed(h, passes.places, 0).toFloatArray();
            double[][] mean = new double[passes.rows][config.hidden()];
            int[] count = new int[passes.rows];
            for (int place : passes.places) {
                count[place / passes.length]++;
            }
            for (int p = 0; p < passes.places.length; p++) {
                int row = passes.places[p] / passes.length;
                for (int i = 0; i < config.hidden(); i++) {
                    mean[row][i] += (double) all[p * config.hidden() + i] / count[row];
                }
            }
            return toFloats(mean);
        });
    }

    @Override
    public float[][] logits(Batch batch) {
        return measure(batch.rows().size(), 1, z, epsilon, walk -> {
            Passes passes = passes(batch, true);
            NDArray h = walk.hidden(passes)[0];
            float[][] all = walk.logits(walk.normed(h, passes.places, 0), 0);
            int vocabulary = base.config().vocabulary();
            float[][] logits = new float[batch.rows().size()][];
            int[] filled = new int[logits.length];
            Arrays.setAll(logits, e -> new float[gold(batch, e) * vocabulary]);
            for (Passes.Pick pick : passes.picks) {
                int at = filled[pick.example()]++;
                System.arraycopy(all[pick.place()], 0, logits[pick.example()], at * vocabulary, vocabulary);
            }
            return logits;
        });
    }

    private Passes passes(Batch batch, boolean goldOnly) {
        return Passes.of(batch, goldOnly, maxTokens(), base.config().vocabulary(), Math.max(0, tokenizer.pad()));
    }

    @Override
    public List<int[]> generate(List<int[]> prompts, Decoding how) {
        List<int[]> continuations = new ArrayList<>();
        for (int from = 0; from < prompts.size(); from += GENERATED_AT_ONCE) {
            List<int[]> some = prompts.subList(from, Math.min(prompts.size(), from + GENERATED_AT_ONCE));
            continuations.addAll(measured(some.size(), 1, () -> {
                try (Walk walk = new Walk(base, own, z, epsilon, 1, true)) {
                    return new Generation(walk, base.config(), tokenizer, how, maxTokens()).of(some);
                }
            }));
        }
        return continuations;
    }

    @Override
    public void gradients(Batch batch, Objective objective, GradientSink sink) {
        refuseView("differentiate");
        measured(batch.rows().size(), 1, () -> {
            state.backwards.addAndGet(batch.rows().size());
            RowGradients.of(base, own, batch, passes(batch, false), objective, sink);
            return true;
        });
    }

    @Override
    public DjlLm at(Direction direction, float radius) {
        refuseView("perturb");
        state.lock.readLock().lock();
        try {
            return new DjlLm(base, tokenizer, subspace, own, state, direction, radius);
        } finally {
            state.lock.readLock().unlock();
        }
    }

    @Override
    public void advance(Trajectory trajectory, long toEntry) {
        refuseView("advance");
        if (own.parts().isEmpty()) {
            throw new IllegalStateException("Cannot advance a base model: nothing in it may move; fork it");
        }
        trajectory.header().check(digest(), subspace.digest(), own.parts());
        state.lock.writeLock().lock();
        try {
            open();
            if (state.header != null && !state.header.equals(trajectory.header())) {
                throw new UserException("Cannot advance model: the trajectory's header differs from the one before;"
                        + " fork the model for another run");
            }
            if (toEntry <= state.entry) {
                return;
            }
            if (toEntry > trajectory.entries().size()) {
                throw new IllegalArgumentException("Cannot advance to entry " + toEntry + " of a trajectory of "
                        + trajectory.entries().size());
            }
            own.replay(trajectory, state.entry, toEntry);
            state.header = trajectory.header();
            state.entry = toEntry;
        } finally {
            state.lock.writeLock().unlock();
        }
    }

    @Override
    public DjlLm fork(Subspace into) {
        refuseView("fork");
        open();
        List<Subspace.Part> parts = into.of(tensors());
        Coordinates coordinates = Torch.on(false, () -> {
            if (into instanceof Subspace.Lora lora) {
                return new Coordinates(parts, lora.alpha() / lora.rank(), starting(parts, lora::start));
            }
            if (into instanceof Subspace.Prefix prefix) {
                return new Coordinates(parts, 1, starting(parts, Prefixes.start(base, prefix)));
            }
            return new Coordinates(
                    parts, 1, (name, offset, out, from, n) -> base.tensor(name).read(offset, out, from, n));
        });
        return new DjlLm(base.retain(), tokenizer, into, coordinates, new State(), null, 0);
    }

    /** Start values that are made a tensor at a time. */
    private static Coordinates.Start starting(List<Subspace.Part> parts, Function<TensorShape, float[]> values) {
        Map<String, float[]> made = new HashMap<>();
        Map<String, TensorShape> shapes = new HashMap<>();
        parts.forEach(part -> shapes.put(part.name(), part.tensor()));
        return (name, offset, out, from, n) -> System.arraycopy(
                made.computeIfAbsent(name, key -> values.apply(shapes.get(key))), (int) offset, out, from, n);
    }

    private <T> T measure(
            int rows, int sides, @Nullable Direction direction, float radius, Function<Walk, T> measurement) {
        return measured(rows, sides, () -> {
            try (Walk walk = new Walk(base, own, direction, radius, sides, false)) {
                return measurement.apply(walk);
            }
        });
    }

    private <T> T measured(int rows, int sides, Supplier<T> measurement) {
        state.lock.readLock().lock();
        try {
            open();
            if (z != null && state.entry != madeAt) {
                throw new IllegalStateException(
                        "Cannot measure a view of entry " + madeAt + ": the model is at entry " + state.entry);
            }
            state.forwards.addAndGet((long) rows * sides);
            return Torch.on(false, measurement);
        } finally {
            state.lock.readLock().unlock();
        }
    }

    private void open() {
        if (state.closed) {
            throw new IllegalStateException("The model is closed");
        }
    }

    private void refuseView(String what) {
        if (z != null) {
            throw new UnsupportedOperationException("Cannot " + what + " a view of a perturbed model");
        }
    }

    @Override
    public float[] coordinates(String tensor) {
        refuseView("read");
        return measured(0, 1, () -> own.values(tensor));
    }

    /** For back-propagation, which leaves no trajectory: a whole tensor of this fork, overwritten. */
    void overwrite(String tensor, float[] values) {
        refuseView("write");
        state.lock.writeLock().lock();
        try {
            open();
            Tensor whole = own.whole(tensor);
            if (whole == null) {
                throw new IllegalArgumentException("Cannot write " + tensor + ": it does not move as a whole");
            }
            whole.write(0, values, 0, values.length);
        } finally {
            state.lock.writeLock().unlock();
        }
    }

    /** Waits for measurements under way. A view owns nothing and closes nothing. */
    @Override
    public void close() {
        if (z != null) {
            return;
        }
        state.lock.writeLock().lock();
        try {
            if (!state.closed) {
                state.closed = true;
                own.close();
                base.release();
            }
        } finally {
            state.lock.writeLock().unlock();
        }
    }
}
