package org.oatmill.model;

import java.util.List;

/**
 * A causal language model. Measuring never changes it, and many threads measure at once; results
 * are per row, always, and do not depend on the other rows of the batch beyond 1e-5.
 *
 * <p>Losses are mean negative log-likelihoods per scored token, in nats (weighted where the
 * {@link Sequence} has weights).
 */
public interface CausalLm extends AutoCloseable {

    Tokenizer tokenizer();

    /** SHA-256 of the base model's weights and configuration. */
    String digest();

    /** All tensors of the base model, in the checkpoint's order. */
    List<TensorShape> tensors();

    /** What may move: the coordinates of this fork's subspace; empty before the first {@link #fork}. */
    List<Subspace.Part> trainable();

    /** Length of a hidden state. */
    int hiddenSize();

    /** Longest sequence, in tokens. */
    int maxTokens();

    /** Trajectory entries applied so far. */
    long entry();

    /** Rows measured so far, forwards and backwards, by this fork. */
    Counts counts();

    /** [row][option]. */
    float[][] losses(Batch batch);

    /** Losses of the gold option's scored tokens: [row][scored token]. */
    float[][] tokenLosses(Batch batch);

    /** Last layer after the final norm, mean over the gold option's tokens without BOS: [row][hidden]. */
    float[][] hidden(Batch batch);

    /** At the gold option's scored positions: [row][scored token * vocabulary], position-major. */
    float[][] logits(Batch batch);

    /** A continuation of each prompt (BOS included), without the prompt and without EOS. */
    List<int[]> generate(List<int[]> prompts, Decoding how);

    /**
     * Losses at theta + epsilon z and theta - epsilon z, in one walk over the layers, and the entry
     * they were measured at. No weight changes, not even for a moment.
     */
    Sides sides(Batch batch, Direction z, float epsilon);

    /**
     * A read-only view at theta + epsilon z: the slow twin of {@link #sides}, and generation
     * objectives. It measures at the entry it was made at and refuses once the model has advanced; it
     * cannot be perturbed, advanced or forked itself. What it measures is counted by the model.
     */
    CausalLm at(Direction z, float epsilon);

    /**
     * Applies entries {@link #entry()} (included) to {@code toEntry} (excluded) of a trajectory: the
     * only writer. Waits for measurements under way; nothing happens where the entry has been
     * reached. A trajectory of another model, subspace or tensor list, or with another header than
     * the one before, is refused.
     */
    void advance(Trajectory trajectory, long toEntry);

    /**
     * Shares the frozen base, owns the subspace's coordinates, starts at the base's weights and at
     * entry 0, also when this is a fork that has moved. A subspace that the model has no tensors for
     * is refused by name.
     */
    CausalLm fork(Subspace subspace);

    /**
     * The coordinates of a trainable tensor as they are now, row-major, packed where it is masked; a
     * copy, for snapshots, exports and tests.
     */
    float[] coordinates(String tensor);

    @Override
    void close();

    /**
     * @param forwards rows measured, or continued, or differentiated; a probe counts each row twice
     * @param backwards rows differentiated
     */
    record Counts(long forwards, long backwards) {}
}
