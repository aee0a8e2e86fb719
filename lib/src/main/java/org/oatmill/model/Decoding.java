package org.oatmill.model;

import java.util.List;
import org.oatmill.core.Describe;

/**
 * How a continuation is chosen.
 *
 * @param maxTokens at most so many new tokens
 * @param temperature 0 is greedy
 * @param topP smallest set of tokens with this probability is drawn from; 1 is all
 * @param stop texts that end the continuation; the first of them is cut off
 * @param seed of the draws, with each prompt's position: chance is a function of (seed, prompt, position)
 */
public record Decoding(
        @Describe(value = "at most so many new tokens", unit = "tokens") int maxTokens,
        @Describe("0 is greedy") float temperature,
        @Describe("probability mass that is drawn from") float topP,
        @Describe("texts that end the continuation") List<String> stop,
        @Describe("seed of the draws") long seed) {

    public Decoding {
        stop = List.copyOf(stop);
    }

    public static Decoding greedy(int maxTokens) {
        return new Decoding(maxTokens, 0, 1, List.of(), 0);
    }
}
