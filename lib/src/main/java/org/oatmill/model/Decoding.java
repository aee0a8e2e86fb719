package org.oatmill.model;

import java.util.Arrays;
import java.util.List;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

/**
 * How a continuation is chosen.
 *
 * @param maxTokens at most so many new tokens
 * @param temperature 0 is greedy
 * @param topP smallest set of tokens with this probability is drawn from; 1 is all
 * @param stop texts that end the continuation; the first of them is cut off
 * @param seed of the draws: chance is a function of (seed, prompt, position), so a batch's other prompts change nothing
 */
public record Decoding(
        @Describe(value = "at most so many new tokens", unit = "tokens") int maxTokens,
        @Describe("0 is greedy") float temperature,
        @Describe("probability mass that is drawn from") float topP,
        @Describe("texts that end the continuation") List<String> stop,
        @Describe("seed of the draws") long seed) {

    public Decoding {
        stop = List.copyOf(stop);
        check("max_tokens", maxTokens, maxTokens >= 0, "at least 0");
        check("temperature", temperature, temperature >= 0, "at least 0");
        check("top_p", topP, topP > 0 && topP <= 1, "above 0 and at most 1");
        check("stop", stop, !stop.contains(""), "texts that are not empty");
    }

    private static void check(String field, Object value, boolean holds, String expected) {
        if (!holds) {
            throw new UserException("Cannot decode: " + field + " = " + value + ", expected " + expected);
        }
    }

    /**
     * The token that follows, of equally probable ones the first.
     *
     * @param logits one for each token
     * @param prompt what is continued, as it was given
     * @param position of the token in the continuation, from 0
     */
    public int next(float[] logits, int[] prompt, int position) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        if (temperature == 0) {
            return best;
        }
        double highest = logits[best];
        Integer[] order = new Integer[logits.length];
        Arrays.setAll(order, i -> i);
        double[] mass = new double[logits.length];
        double all = 0;
        for (int i = 0; i < mass.length; i++) {
            mass[i] = Math.exp((logits[i] - highest) / temperature);
            all += mass[i];
        }
        Arrays.sort(order, (a, b) -> Double.compare(mass[b], mass[a]));
        int count = 0;
        double nucleus = 0;
        while (count < order.length && (count == 0 || nucleus < topP * all)) {
            nucleus += mass[order[count++]];
        }
        double u = Chance.unit(Noise.stream(seed, 0, position, "decode\0" + Arrays.toString(prompt))
                        .hash(0))
                * nucleus;
        for (int i = 0; i < count - 1; i++) {
            u -= mass[order[i]];
            if (u < 0) {
                return order[i];
            }
        }
        return order[count - 1];
    }

    public static Decoding greedy(int maxTokens) {
        return new Decoding(maxTokens, 0, 1, List.of(), 0);
    }
}
