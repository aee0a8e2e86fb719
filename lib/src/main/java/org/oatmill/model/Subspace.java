package org.oatmill.model;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.oatmill.core.Describe;
import org.oatmill.core.Digest;
import org.oatmill.core.Json;
import org.oatmill.core.Methods;
import org.oatmill.core.Required;

/**
 * The coordinates a run may move. What is not in it stays in the base model, shared and in its
 * storage type; what is in it is float32 and belongs to one {@link CausalLm#fork}.
 */
public sealed interface Subspace extends Serializable {

    /** Those that a run file can name; a {@link Mask} comes from an artifact. */
    Methods<Subspace> METHODS = Methods.of(Subspace.class)
            .row("full", new Full())
            .row("random-mask", new RandomMask(0.001, 0))
            .row("lora", new Lora(8, 16, List.of("q_proj", "v_proj"), 0))
            .row("prefix", new Prefix(5, 0))
            .row("half", new Half(0, 0));

    /** SHA-256 of what it is; stands in a trajectory's header. */
    default String digest() {
        return Digest.of(getClass().getSimpleName() + Json.canonical(Json.tree(this)));
    }

    /** Every tensor; a tied one once. */
    record Full() implements Subspace {}

    /**
     * Given coordinates.
     *
     * @param offsets by tensor name, increasing offsets in the full tensor
     */
    record Mask(Map<String, long[]> offsets) implements Subspace {
        @Override
        public String digest() {
            StringBuilder text = new StringBuilder("Mask");
            new TreeMap<>(offsets).forEach((tensor, kept) -> {
                text.append('\n').append(tensor);
                for (long offset : kept) {
                    text.append(' ').append(offset);
                }
            });
            return Digest.of(text.toString());
        }
    }

    /** A random share of all coordinates, ⌈fraction·d⌉ of them: the control arm of every chosen mask. */
    record RandomMask(
            @Required @Describe("share of coordinates that may move") double fraction,
            @Describe("seed of the choice") long seed)
            implements Subspace {}

    /**
     * Low-rank adapters, W + (alpha/rank)·B·A, with B = 0 at first (Hu et al., arXiv 2106.09685).
     *
     * @param targets last parts of the names of the linear layers that get one
     */
    record Lora(
            @Describe("rank of the adapters") int rank,
            @Describe("scale, divided by the rank") float alpha,
            @Describe("linear layers, by the last part of their name") List<String> targets,
            @Describe("seed of A") long seed)
            implements Subspace {
        public Lora {
            targets = List.copyOf(targets);
        }
    }

    /** Keys and values before the first token of every layer, started from real activations of random tokens (Li and Liang, ACL 2021). */
    record Prefix(
            @Describe(value = "length", unit = "positions") int length,
            @Describe("seed of the tokens it starts from") long seed)
            implements Subspace {}

    /** Half of the matrices of every layer, another half each round (HFT, arXiv 2404.18466). */
    record Half(@Describe("round, from 0") int round, @Describe("seed of the choice") long seed) implements Subspace {}
}
