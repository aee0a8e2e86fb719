package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;

class SubspaceTest {

    private static final List<TensorShape> LLAMA = llama(4);

    @Test
    void everyRowCountsItsCoordinatesAndBytes() {
        Subspace.METHODS.rows().forEach((name, subspace) -> {
            long dimension =
                    subspace.of(LLAMA).stream().mapToLong(Subspace.Part::size).sum();
            assertTrue(dimension > 0, name);
            assertEquals(dimension, subspace.dimension(LLAMA), name);
            assertEquals(dimension * (subspace instanceof Subspace.RandomMask ? 12 : 4), subspace.bytes(LLAMA), name);
        });
        assertEquals(LLAMA.stream().mapToLong(TensorShape::size).sum(), new Subspace.Full().dimension(LLAMA));
    }

    @Test
    void digestsTellSubspacesApart() {
        Set<String> digests = new HashSet<>();
        List<Subspace> all = new ArrayList<>(Subspace.METHODS.rows().values());
        all.add(new Subspace.RandomMask(0.001, 1));
        all.add(new Subspace.Half(1, 0));
        all.add(new Subspace.Half(0, 1));
        all.add(new Subspace.Lora(4, 16, List.of("q_proj", "v_proj"), 0));
        all.add(new Subspace.Mask(Map.of("a", new long[] {1, 2})));
        all.add(new Subspace.Mask(Map.of("a", new long[] {1}, "b", new long[] {2})));
        all.forEach(subspace -> digests.add(subspace.digest()));

        assertEquals(all.size(), digests.size());
        assertEquals(
                new Subspace.Mask(Map.of("a", new long[] {1, 2})).digest(),
                new Subspace.Mask(Map.of("a", new long[] {1, 2})).digest());
    }

    @Test
    void randomMaskKeepsTheCeilingOfItsShareOnceAndForAll() {
        long all = new Subspace.Full().dimension(LLAMA);
        for (double fraction : new double[] {1e-9, 0.001, 0.37, 1}) {
            Subspace.RandomMask random = new Subspace.RandomMask(fraction, 4);
            assertEquals((long) Math.ceil(fraction * all), random.dimension(LLAMA));
            assertEquals(random.mask(LLAMA).digest(), random.mask(LLAMA).digest());
        }
        assertNotEquals(
                new Subspace.RandomMask(0.1, 1).mask(LLAMA).digest(),
                new Subspace.RandomMask(0.1, 2).mask(LLAMA).digest());
    }

    @Test
    void smallerMaskLiesInTheLargerAndOrderOfTensorsDoesNotMatter() {
        List<TensorShape> shuffled = new ArrayList<>(LLAMA);
        Collections.reverse(shuffled);
        assertEquals(
                new Subspace.RandomMask(0.1, 1).mask(LLAMA).digest(),
                new Subspace.RandomMask(0.1, 1).mask(shuffled).digest());
        Set<String> large = coordinates(new Subspace.RandomMask(0.1, 1).mask(LLAMA));
        assertTrue(large.containsAll(coordinates(new Subspace.RandomMask(0.02, 1).mask(LLAMA))));
    }

    /**
     * Kept coordinates of one tensor are hypergeometric: the count of a tensor with a share s of all d
     * coordinates has variance below u d s. Six standard deviations in 40 tensors: 8e-8.
     */
    @Test
    void randomMaskSpreadsOverAllTensors() {
        double all = new Subspace.Full().dimension(LLAMA);
        Map<String, Long> kept = new Subspace.RandomMask(0.1, 7)
                .of(LLAMA).stream().collect(Collectors.toMap(Subspace.Part::name, Subspace.Part::size));
        for (TensorShape tensor : LLAMA) {
            double expected = 0.1 * tensor.size();
            assertEquals(expected, kept.getOrDefault(tensor.name(), 0L), 6 * Math.sqrt(expected) + 1, tensor.name());
        }
        assertTrue(all > 0);
    }

    @Test
    void maskOfAnotherModelIsRefused() {
        Subspace beyond = new Subspace.Mask(Map.of("model.norm.weight", new long[] {16}));
        Subspace foreign = new Subspace.Mask(Map.of("transformer.wte", new long[] {0}));
        assertTrue(assertThrows(UserException.class, () -> beyond.of(LLAMA))
                .getMessage()
                .contains("model.norm.weight"));
        assertTrue(assertThrows(UserException.class, () -> foreign.of(LLAMA))
                .getMessage()
                .contains("transformer.wte"));
        assertThrows(IllegalArgumentException.class, () -> new Subspace.Mask(Map.of("a", new long[] {2, 2})));
    }

    @Test
    void loraHasPeftsNamesAndShapes() {
        List<Subspace.Part> parts = new Subspace.Lora(8, 16, List.of("q_proj", "v_proj"), 0).of(llama(1));
        assertEquals(
                List.of(
                        new TensorShape(
                                "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", List.of(8, 16)),
                        new TensorShape(
                                "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", List.of(16, 8)),
                        new TensorShape(
                                "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight", List.of(8, 16)),
                        new TensorShape(
                                "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight", List.of(8, 8))),
                parts.stream().map(Subspace.Part::tensor).toList());
        UserException refusal =
                assertThrows(UserException.class, () -> new Subspace.Lora(8, 16, List.of("query"), 0).of(LLAMA));
        assertTrue(refusal.getMessage().contains("q_proj"), refusal.getMessage());
    }

    /**
     * Uniform in ±b has standard deviation b / sqrt(3), and its square b² 0.298: six standard errors of
     * 4,096 values, in 4e-9 of runs.
     */
    @Test
    void adaptersStartKaimingUniformAndZero() {
        Subspace.Lora lora = new Subspace.Lora(16, 16, List.of("q_proj"), 3);
        float[] a = lora.start(new TensorShape(Subspace.Lora.a("m"), List.of(16, 256)));
        double bound = 1.0 / 16;
        double sum = 0;
        double squares = 0;
        for (float v : a) {
            assertTrue(Math.abs(v) <= bound);
            sum += v;
            squares += v * v;
        }
        assertEquals(0, sum / a.length, 6 * bound / Math.sqrt(3.0 * a.length));
        assertEquals(bound * bound / 3, squares / a.length, 6 * 0.3 * bound * bound / Math.sqrt(a.length));
        assertArrayEquals(new float[8], lora.start(new TensorShape(Subspace.Lora.b("m"), List.of(4, 2))));
        assertNotEquals(
                a[0],
                new Subspace.Lora(16, 16, List.of("q_proj"), 4)
                        .start(new TensorShape(Subspace.Lora.a("m"), List.of(16, 256)))[0]);
    }

    @Test
    void prefixHasAKeyAndAValueForEveryLayer() {
        assertEquals(
                List.of(
                        new TensorShape("prefix.0.key", List.of(5, 8)),
                        new TensorShape("prefix.0.value", List.of(5, 8)),
                        new TensorShape("prefix.1.key", List.of(5, 8)),
                        new TensorShape("prefix.1.value", List.of(5, 8))),
                new Subspace.Prefix(5, 0)
                        .of(llama(2)).stream().map(Subspace.Part::tensor).toList());
    }

    /** HFT's rule for an even number of layers: exactly half of the matrices, two of four, two or one of three. */
    @Test
    void halfTrainsExactlyHalfOfTheMatrices() {
        for (int round = 0; round < 20; round++) {
            Set<String> chosen = names(new Subspace.Half(round, 6), LLAMA);
            int generous = 0;
            for (int layer = 0; layer < 4; layer++) {
                String prefix = "model.layers." + layer + ".";
                assertEquals(2, count(chosen, prefix + "self_attn."));
                int mlp = count(chosen, prefix + "mlp.");
                assertTrue(mlp == 1 || mlp == 2);
                generous += mlp - 1;
            }
            assertEquals(2, generous);
            assertEquals(14, count(chosen, "model.layers.", "_proj"));
            assertEquals(
                    4, chosen.stream().filter(name -> name.contains("norm")).count());
            assertTrue(chosen.contains("model.embed_tokens.weight"));
            assertTrue(chosen.contains("lm_head.weight"));
        }
    }

    @Test
    void roundsTrainDifferentHalvesAndEveryMatrixGetsItsTurn() {
        Set<String> ever = new HashSet<>();
        for (int round = 0; round < 40; round++) {
            ever.addAll(names(new Subspace.Half(round, 6), LLAMA));
        }
        assertEquals(LLAMA.size(), ever.size());
        assertFalse(names(new Subspace.Half(0, 6), LLAMA).equals(names(new Subspace.Half(1, 6), LLAMA)));
        assertEquals(names(new Subspace.Half(1, 6), LLAMA), names(new Subspace.Half(1, 6), LLAMA));
    }

    private static Set<String> names(Subspace subspace, List<TensorShape> base) {
        return subspace.of(base).stream().map(Subspace.Part::name).collect(Collectors.toSet());
    }

    private static int count(Set<String> names, String... parts) {
        return (int) names.stream()
                .filter(name -> List.of(parts).stream().allMatch(name::contains))
                .count();
    }

    private static Set<String> coordinates(Subspace.Mask mask) {
        Set<String> all = new HashSet<>();
        mask.offsets().forEach((tensor, kept) -> {
            for (long offset : kept) {
                all.add(tensor + ' ' + offset);
            }
        });
        return all;
    }

    /** The tensors of a small Llama: 16 wide, 8 for keys and values. */
    private static List<TensorShape> llama(int layers) {
        List<TensorShape> tensors = new ArrayList<>();
        tensors.add(new TensorShape("model.embed_tokens.weight", List.of(100, 16)));
        for (int l = 0; l < layers; l++) {
            String layer = "model.layers." + l + ".";
            tensors.add(new TensorShape(layer + "input_layernorm.weight", List.of(16)));
            tensors.add(new TensorShape(layer + "self_attn.q_proj.weight", List.of(16, 16)));
            tensors.add(new TensorShape(layer + "self_attn.k_proj.weight", List.of(8, 16)));
            tensors.add(new TensorShape(layer + "self_attn.v_proj.weight", List.of(8, 16)));
            tensors.add(new TensorShape(layer + "self_attn.o_proj.weight", List.of(16, 16)));
            tensors.add(new TensorShape(layer + "post_attention_layernorm.weight", List.of(16)));
            tensors.add(new TensorShape(layer + "mlp.gate_proj.weight", List.of(32, 16)));
            tensors.add(new TensorShape(layer + "mlp.up_proj.weight", List.of(32, 16)));
            tensors.add(new TensorShape(layer + "mlp.down_proj.weight", List.of(16, 32)));
        }
        tensors.add(new TensorShape("model.norm.weight", List.of(16)));
        tensors.add(new TensorShape("lm_head.weight", List.of(100, 16)));
        return tensors;
    }
}
