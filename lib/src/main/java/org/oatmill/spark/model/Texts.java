package org.oatmill.spark.model;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;
import org.oatmill.model.Tokenizer;

/** Plain texts as rows whose hidden states are measured; nothing of them is scored. */
public final class Texts {
    private Texts() {}

    /** BOS, where the model has one, and the text, cut at its end. */
    public static int[] tokens(String text, Tokenizer tokenizer, int longest) {
        IntStream bos = tokenizer.bos() < 0 ? IntStream.empty() : IntStream.of(tokenizer.bos());
        return IntStream.concat(bos, Arrays.stream(tokenizer.encode(text)))
                .limit(longest)
                .toArray();
    }

    /** Whether there is something to measure: two tokens, BOS included. */
    public static boolean canBeMeasured(int[] tokens) {
        return tokens.length > 1;
    }

    public static Example example(String id, int[] tokens) {
        return new Example(id, List.of(new Sequence(tokens, 1)), 0, 1);
    }
}
