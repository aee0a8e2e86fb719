package org.oatmill.model;

import java.util.Arrays;

/**
 * One prompt being continued token by token, by the rules of a {@link Decoding}: give it the logits
 * after its last token until it is done. The engine decides how many prompts go in one forward.
 */
public final class Continuation {
    private final Decoding how;
    private final Tokenizer tokenizer;
    private final int[] prompt;
    private int[] tokens = {};
    private boolean done;

    public Continuation(int[] prompt, Decoding how, Tokenizer tokenizer) {
        this.how = how;
        this.tokenizer = tokenizer;
        this.prompt = prompt.clone();
        this.done = how.maxTokens() == 0;
    }

    /** Whether it has ended: by EOS, by a stop text, or by length. */
    public boolean done() {
        return done;
    }

    /** What was chosen so far, without EOS and without a stop text. */
    public int[] tokens() {
        return tokens.clone();
    }

    /** Chooses the next token. */
    public void next(float[] logits) {
        int token = how.next(logits, prompt, tokens.length);
        if (token == tokenizer.eos()) {
            done = true;
            return;
        }
        tokens = Arrays.copyOf(tokens, tokens.length + 1);
        tokens[tokens.length - 1] = token;
        done = tokens.length == how.maxTokens();
        cutAtStop();
    }

    private void cutAtStop() {
        String text = how.stop().isEmpty() ? "" : tokenizer.decode(tokens);
        int at = how.stop().stream()
                .mapToInt(text::indexOf)
                .filter(i -> i >= 0)
                .min()
                .orElse(-1);
        if (at >= 0) {
            done = true;
            while (tokens.length > 0 && tokenizer.decode(tokens).length() > at) {
                tokens = Arrays.copyOf(tokens, tokens.length - 1);
            }
        }
    }
}
