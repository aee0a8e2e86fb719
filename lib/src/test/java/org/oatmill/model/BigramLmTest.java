package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Noise;

class BigramLmTest extends CausalLmLaws {

    private static final Tokenizer WORDS = WordTokenizer.fit(
            List.of(
                    "a small river fish that lives in water , an animal",
                    "the act of moving a thing from one place to another place",
                    "living thing , not living , made thing is a plant"),
            40);

    @Override
    protected DifferentiableLm open() {
        return BigramLm.random(WORDS, 8, 1);
    }

    @Override
    protected float tolerance() {
        return 0;
    }

    @Override
    protected List<String> loraTargets() {
        return List.of("v_proj", "o_proj", "lm_head");
    }

    @Override
    protected List<String> refused() {
        return List.of("prefix");
    }

    /**
     * Every coordinate of every tensor by central differences of the loss in double, before it is
     * rounded to float: truncation of order 1e-4 squared, rounding of order 1e-16 / 1e-4.
     */
    @Test
    void everyCoordinateOfTheGradientIsACentralDifference() {
        Map<String, float[]> weights = weights();
        BigramNet net = new BigramNet(WORDS.size(), 8, weights, null);
        Example row = batch().rows().get(1);
        double[] slope = {0.3, -1.2};
        Map<String, double[]> gradient = net.gradient(row, slope);
        for (TensorShape tensor : BigramNet.tensors(WORDS.size(), 8)) {
            float[] w = weights.get(tensor.name());
            for (int i = 0; i < w.length; i++) {
                float here = w[i];
                float step = 1e-4f;
                w[i] = here + step;
                double high = w[i];
                double above = slopedLoss(weights, row, slope);
                w[i] = here - step;
                double low = w[i];
                double below = slopedLoss(weights, row, slope);
                w[i] = here;
                assertEquals(
                        (above - below) / (high - low),
                        gradient.get(tensor.name())[i],
                        1e-6,
                        tensor.name() + " at " + i);
            }
        }
    }

    private static double slopedLoss(Map<String, float[]> weights, Example row, double[] slope) {
        BigramNet net = new BigramNet(WORDS.size(), 8, weights, null);
        double sum = 0;
        for (int o = 0; o < slope.length; o++) {
            sum += slope[o] * net.loss(row.options().get(o));
        }
        return sum;
    }

    private static Map<String, float[]> weights() {
        Map<String, float[]> weights = new HashMap<>();
        try (BigramLm random = BigramLm.random(WORDS, 8, 1);
                BigramLm full = random.fork(new Subspace.Full())) {
            random.tensors().forEach(tensor -> weights.put(tensor.name(), full.coordinates(tensor.name())));
        }
        return weights;
    }

    @Test
    void adaptersThatStartAtZeroChangeNothing() {
        Subspace lora = new Subspace.Lora(2, 4, List.of("v_proj", "lm_head"), 9);
        try (DifferentiableLm base = open();
                CausalLm fork = base.fork(lora)) {
            assertEquals(
                    List.of(
                            "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight",
                            "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight",
                            "base_model.model.lm_head.lora_A.weight",
                            "base_model.model.lm_head.lora_B.weight"),
                    fork.trainable().stream().map(Subspace.Part::name).toList());
            float[][] losses = base.losses(batch());
            org.junit.jupiter.api.Assertions.assertArrayEquals(losses, fork.losses(batch()));
        }
    }

    @Test
    void digestNamesTheWeights() {
        assertEquals(open().digest(), open().digest());
        assertNotEquals(open().digest(), BigramLm.random(WORDS, 8, 2).digest());
    }

    /** Sentences of a small grammar: who does what where; a bigram model knows what may follow. */
    @Test
    void fitIsNearlyTheBigramModelOfItsTexts() {
        List<String> train = sentences(0, 600);
        List<String> held = sentences(600, 700);
        BigramLm fitted = BigramLm.fit(train, 64, 24);
        BigramLm random = BigramLm.random(fitted.tokenizer(), 24, 0);

        double unigram = Math.log(12);
        // By its making, a sentence has entropy (ln 4 + 0 + ln 3 + 0 + ln 4 + 0) over six tokens and the end.
        double entropy = (Math.log(4) + Math.log(3) + Math.log(4)) / 7;
        assertTrue(meanLoss(random, held) > unigram, "random " + meanLoss(random, held));
        assertEquals(entropy, meanLoss(fitted, held), 0.1, "nats per token");
    }

    private static List<String> sentences(int from, int to) {
        String[] who = {"fish", "birds", "people", "dogs"};
        String[] does = {"swim", "eat", "sleep"};
        String[] where = {"water", "trees", "houses", "gardens"};
        List<String> texts = new ArrayList<>();
        for (int i = from; i < to; i++) {
            Noise.Stream chance = Noise.stream(0, i, 0, "sentences");
            texts.add("the " + who[(int) (chance.hash(0) >>> 62)] + " often "
                    + does[(int) Long.remainderUnsigned(chance.hash(1), 3)] + " near "
                    + where[(int) (chance.hash(2) >>> 62)]);
        }
        return texts;
    }

    private static double meanLoss(CausalLm model, List<String> texts) {
        Task task = new Task("", Map.of(), "text", 64, true);
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            rows.add(task.example("r" + i, Map.of("text", texts.get(i)), null, 1, model.tokenizer()));
        }
        double sum = 0;
        for (Batch batch : BatchPlan.of(rows).batches()) {
            for (float[] losses : model.losses(batch)) {
                sum += losses[0];
            }
        }
        return sum / rows.size();
    }
}
