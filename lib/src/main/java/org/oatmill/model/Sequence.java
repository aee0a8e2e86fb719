package org.oatmill.model;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Tokens of which a tail is scored.
 *
 * @param tokens all tokens, BOS first where the model has one
 * @param scoredFrom position of the first scored token, at least 1; tokens from there to the end
 *     are predicted, each from those before it
 * @param weights one per scored token, or null when all count the same
 */
public record Sequence(int[] tokens, int scoredFrom, float @Nullable [] weights) implements Serializable {

    public Sequence {
        if (scoredFrom < 1 || scoredFrom >= tokens.length) {
            throw new IllegalArgumentException(
                    "Cannot score a sequence: scoredFrom = " + scoredFrom + ", expected 1.." + (tokens.length - 1));
        }
        if (weights != null && weights.length != tokens.length - scoredFrom) {
            throw new IllegalArgumentException("Cannot score a sequence: " + weights.length + " weights for "
                    + (tokens.length - scoredFrom) + " scored tokens");
        }
    }

    /** All scored tokens count the same. */
    @SuppressWarnings("NullAway") // sees no @Nullable on an array component of a record before JDK 22
    public Sequence(int[] tokens, int scoredFrom) {
        this(tokens, scoredFrom, null);
    }

    /** Number of scored tokens. */
    public int scored() {
        return tokens.length - scoredFrom;
    }
}
