package org.oatmill.model;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Digest;
import org.oatmill.core.Json;
import org.oatmill.core.Methods;
import org.oatmill.core.Noise;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;

/**
 * The coordinates a run may move. What is not in it stays in the base model, shared and in its
 * storage type; what is in it is float32 and belongs to one {@link CausalLm#fork}.
 */
public sealed interface Subspace extends Serializable {

    /** Those that a run file can name; a {@link Mask} comes from an artifact. */
    Methods<Subspace> METHODS = Methods.of(Subspace.class)
            .row("full", Full::new)
            .row("random-mask", () -> new RandomMask(0.001, 0))
            .row("lora", () -> new Lora(8, 16, List.of("q_proj", "v_proj"), 0))
            .row("prefix", () -> new Prefix(5, 0))
            .row("half", () -> new Half(0, 0));

    /**
     * The trainable coordinates of a model with the given tensors, in the checkpoint's order; a
     * model that has none for this subspace is refused with a message that names it.
     */
    List<Part> of(List<TensorShape> base);

    /** Number of trainable coordinates. */
    default long dimension(List<TensorShape> base) {
        return of(base).stream().mapToLong(Part::size).sum();
    }

    /** Memory that one fork owns: its coordinates as float32, and the offsets of a mask. */
    default long bytes(List<TensorShape> base) {
        return of(base).stream()
                .mapToLong(part -> part.size() * (part.kept() == null ? 4 : 4 + 8))
                .sum();
    }

    /** SHA-256 of what it is; stands in a trajectory's header. */
    default String digest() {
        return Digest.of(getClass().getSimpleName() + Json.canonical(Json.tree(this)));
    }

    /**
     * A tensor that may move, whole or in part.
     *
     * @param tensor its name and full shape
     * @param kept increasing offsets in the full tensor of the coordinates that may move, or null for all
     */
    record Part(TensorShape tensor, long @Nullable [] kept) implements Serializable {
        /** All of a tensor. */
        @SuppressWarnings("NullAway") // sees no @Nullable on an array component of a record before JDK 22
        public static Part whole(TensorShape tensor) {
            return new Part(tensor, null);
        }

        public String name() {
            return tensor.name();
        }

        /** Number of trainable coordinates. */
        public long size() {
            return kept == null ? tensor.size() : kept.length;
        }
    }

    /** Every tensor; a tied one once. */
    record Full() implements Subspace {
        @Override
        public List<Part> of(List<TensorShape> base) {
            return base.stream().map(Part::whole).toList();
        }
    }

    /**
     * Given coordinates.
     *
     * @param offsets by tensor name, increasing offsets in the full tensor
     */
    record Mask(Map<String, long[]> offsets) implements Subspace {
        public Mask {
            offsets = new TreeMap<>(offsets);
            offsets.forEach((tensor, kept) -> {
                for (int i = 0; i < kept.length; i++) {
                    if (kept[i] < 0 || (i > 0 && kept[i] <= kept[i - 1])) {
                        throw new IllegalArgumentException("Cannot make a mask: offset " + kept[i] + " at " + i + " of "
                                + tensor + ", expected increasing offsets from 0");
                    }
                }
            });
        }

        @Override
        public List<Part> of(List<TensorShape> base) {
            Map<String, long[]> left = new HashMap<>(offsets);
            List<Part> parts = new ArrayList<>();
            for (TensorShape tensor : base) {
                long[] kept = left.remove(tensor.name());
                if (kept == null || kept.length == 0) {
                    continue;
                }
                if (kept[kept.length - 1] >= tensor.size()) {
                    throw new UserException("Cannot apply mask: offset = " + kept[kept.length - 1] + " in "
                            + tensor.name() + ", expected offsets below " + tensor.size()
                            + "; the mask was made for another model");
                }
                parts.add(new Part(tensor, kept));
            }
            left.values().removeIf(kept -> kept.length == 0);
            if (!left.isEmpty()) {
                throw new UserException("Cannot apply mask: tensor = "
                        + left.keySet().iterator().next()
                        + ", expected tensors of the model; the mask was made for another model");
            }
            return parts;
        }

        @Override
        public String digest() {
            StringBuilder text = new StringBuilder("Mask");
            offsets.forEach((tensor, kept) -> {
                text.append('\n').append(tensor);
                for (long offset : kept) {
                    text.append(' ').append(offset);
                }
            });
            return Digest.of(text.toString());
        }
    }

    /**
     * A random share of all coordinates, ⌈fraction·d⌉ of them: the control arm of every chosen mask.
     *
     * <p>Every coordinate has a key, block {@code offset} of the noise stream (seed, 0, 0, "random-mask"
     * U+0000 tensor name); the smallest keys are kept, of equal ones those of the first tensor and
     * offset. So the choice depends on names and offsets alone.
     */
    record RandomMask(
            @Required @Describe("share of coordinates that may move") double fraction,
            @Describe("seed of the choice") long seed)
            implements Subspace {
        public RandomMask {
            if (!(fraction > 0 && fraction <= 1)) {
                throw new UserException(
                        "Cannot make random mask: fraction = " + fraction + ", expected above 0 and at most 1");
            }
        }

        @Override
        public List<Part> of(List<TensorShape> base) {
            return mask(base).of(base);
        }

        /** The coordinates it chooses in a model with the given tensors. */
        public Mask mask(List<TensorShape> base) {
            long all = base.stream().mapToLong(TensorShape::size).sum();
            int count = Math.toIntExact((long) Math.ceil(fraction * all));
            // A threshold that lets a few more pass than are needed, but for one time in 10^9.
            double expected = count + 6 * Math.sqrt((double) count) + 20;
            List<Key> smallest = below(base, Math.min(1, expected / all));
            if (smallest.size() < count) {
                smallest = below(base, 1);
            }
            smallest.sort(Comparator.comparingLong(Key::order)
                    .thenComparingInt(Key::tensor)
                    .thenComparingLong(Key::offset));
            Map<String, long[]> offsets = new HashMap<>();
            Map<Integer, List<Key>> byTensor = new HashMap<>();
            smallest.subList(0, count).forEach(key -> byTensor.computeIfAbsent(key.tensor, t -> new ArrayList<>())
                    .add(key));
            byTensor.forEach((tensor, keys) -> offsets.put(
                    base.get(tensor).name(),
                    keys.stream().mapToLong(Key::offset).sorted().toArray()));
            return new Mask(offsets);
        }

        private List<Key> below(List<TensorShape> base, double share) {
            // Keys are compared without sign, so they are shifted into the order of long.
            long limit = share >= 1 ? Long.MAX_VALUE : (long) (share * 0x1p64 - 0x1p63);
            List<Key> keys = new ArrayList<>();
            for (int tensor = 0; tensor < base.size(); tensor++) {
                Noise.Stream stream = Noise.stream(
                        seed, 0, 0, "random-mask\0" + base.get(tensor).name());
                long size = base.get(tensor).size();
                for (long offset = 0; offset < size; offset++) {
                    long order = stream.hash(offset) ^ Long.MIN_VALUE;
                    if (order <= limit) {
                        keys.add(new Key(order, tensor, offset));
                    }
                }
            }
            return keys;
        }

        private record Key(long order, int tensor, long offset) {}
    }

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
            if (rank < 1) {
                throw new UserException("Cannot make lora: rank = " + rank + ", expected at least 1");
            }
        }

        /** For every target layer of [out, in] weights: A [rank, in], then B [out, rank]. */
        @Override
        public List<Part> of(List<TensorShape> base) {
            List<Part> parts = new ArrayList<>();
            for (TensorShape weight : base) {
                String module = module(weight);
                if (weight.shape().size() == 2 && targets.contains(last(module))) {
                    parts.add(Part.whole(new TensorShape(
                            a(module), List.of(rank, weight.shape().get(1)))));
                    parts.add(Part.whole(
                            new TensorShape(b(module), List.of(weight.shape().get(0), rank))));
                }
            }
            if (parts.isEmpty()) {
                List<String> linear = base.stream()
                        .filter(weight -> weight.shape().size() == 2)
                        .map(weight -> last(module(weight)))
                        .distinct()
                        .toList();
                throw new UserException("Cannot fork with lora: targets = " + targets + ", expected some of " + linear);
            }
            return parts;
        }

        /** PEFT's name of the down-projection of a module such as {@code model.layers.0.self_attn.q_proj}. */
        public static String a(String module) {
            return "base_model.model." + module + ".lora_A.weight";
        }

        /** PEFT's name of the up-projection. */
        public static String b(String module) {
            return "base_model.model." + module + ".lora_B.weight";
        }

        /**
         * An adapter's first values: B zero; A uniform in ±1/√in, which is PEFT's Kaiming-uniform with
         * slope √5, drawn from the stream (seed, 0, 0, "kaiming-uniform" U+0000 name), one block a value.
         */
        public float[] start(TensorShape adapter) {
            float[] values = new float[Math.toIntExact(adapter.size())];
            if (adapter.name().endsWith(".lora_A.weight")) {
                Noise.Stream stream = Noise.stream(seed, 0, 0, "kaiming-uniform\0" + adapter.name());
                double bound = 1 / Math.sqrt(adapter.shape().get(1));
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (bound * (2 * Chance.unit(stream.hash(i)) - 1));
                }
            }
            return values;
        }

        private static String module(TensorShape weight) {
            return weight.name().endsWith(".weight")
                    ? weight.name().substring(0, weight.name().length() - ".weight".length())
                    : weight.name();
        }

        private static String last(String module) {
            return module.substring(module.lastIndexOf('.') + 1);
        }
    }

    /** Keys and values before the first token of every layer, started from real activations of random tokens (Li and Liang, ACL 2021). */
    record Prefix(
            @Describe(value = "length", unit = "positions") int length,
            @Describe("seed of the tokens it starts from") long seed)
            implements Subspace {
        private static final Pattern KEY_OR_VALUE =
                Pattern.compile(".*\\.layers\\.(\\d+)\\.self_attn\\.([kv])_proj\\.weight");

        public Prefix {
            if (length < 1) {
                throw new UserException("Cannot make prefix: length = " + length + ", expected at least 1");
            }
        }

        /** For every layer a key and a value tensor [length, width of the layer's keys]. */
        @Override
        public List<Part> of(List<TensorShape> base) {
            List<Part> parts = new ArrayList<>();
            boolean keys = false;
            for (TensorShape weight : base) {
                Matcher name = KEY_OR_VALUE.matcher(weight.name());
                if (name.matches()) {
                    boolean key = name.group(2).equals("k");
                    keys |= key;
                    parts.add(Part.whole(new TensorShape(
                            "prefix." + name.group(1) + (key ? ".key" : ".value"),
                            List.of(length, weight.shape().get(0)))));
                }
            }
            if (!keys) {
                throw new UserException("Cannot fork with prefix: the model has no attention over earlier tokens (no"
                        + " k_proj), expected another subspace, such as full or lora");
            }
            return parts;
        }
    }

    /**
     * Half of the matrices of every layer, another half each round (HFT, arXiv 2404.18466): of every
     * group (attention: q, k, v, o; feed-forward: gate, up, down) half, and of three two in a random
     * half of the layers and one in the others; half of the norms; embeddings and head always.
     * Biases go with their matrix. The choice is a function of (seed, round, names).
     */
    record Half(@Describe("round, from 0") int round, @Describe("seed of the choice") long seed) implements Subspace {
        private static final Pattern MATRIX = Pattern.compile("(.*\\.layers\\.\\d+)\\.(\\w+)\\.(\\w+)\\.(weight|bias)");
        private static final Pattern NORM = Pattern.compile("(.*norm.*)\\.(weight|bias)");

        @Override
        public List<Part> of(List<TensorShape> base) {
            // Group ("…layers.3 self_attn") to its modules, and kind ("self_attn") to its groups.
            Map<String, Set<String>> groups = new LinkedHashMap<>();
            Map<String, Set<String>> kinds = new LinkedHashMap<>();
            Set<String> norms = new HashSet<>();
            for (TensorShape tensor : base) {
                Matcher matrix = MATRIX.matcher(tensor.name());
                Matcher norm = NORM.matcher(tensor.name());
                if (norm.matches()) {
                    norms.add(norm.group(1));
                } else if (matrix.matches()) {
                    String group = matrix.group(1) + ' ' + matrix.group(2);
                    groups.computeIfAbsent(group, g -> new HashSet<>())
                            .add(matrix.group(1) + '.' + matrix.group(2) + '.' + matrix.group(3));
                    kinds.computeIfAbsent(matrix.group(2), k -> new HashSet<>()).add(group);
                }
            }
            Set<String> chosen = new HashSet<>(first(norms, norms.size() / 2));
            kinds.forEach((kind, all) -> {
                Set<String> generous = new HashSet<>(first(all, all.size() / 2));
                all.forEach(group -> {
                    Set<String> modules = groups.getOrDefault(group, Set.of());
                    int extra = modules.size() % 2 == 1 && generous.contains(group) ? 1 : 0;
                    chosen.addAll(first(modules, modules.size() / 2 + extra));
                });
            });
            return base.stream()
                    .filter(tensor -> {
                        String module = tensor.name().substring(0, tensor.name().lastIndexOf('.') + 1);
                        boolean inGroup = MATRIX.matcher(tensor.name()).matches()
                                || NORM.matcher(tensor.name()).matches();
                        return !inGroup || chosen.contains(module.substring(0, module.length() - 1));
                    })
                    .map(Part::whole)
                    .toList();
        }

        private List<String> first(Set<String> names, int count) {
            return names.stream()
                    .sorted(Comparator.comparingDouble((String name) -> Chance.u(seed, "half/" + round, name))
                            .thenComparing(Comparator.naturalOrder()))
                    .limit(count)
                    .toList();
        }
    }
}
