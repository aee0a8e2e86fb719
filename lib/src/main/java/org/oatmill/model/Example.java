package org.oatmill.model;

import java.io.Serializable;
import java.util.List;

/**
 * A row as a model sees it: options to score, or one target.
 *
 * @param id the row's identity
 * @param options the prompt with each option behind it; one for a generation target
 * @param gold position of the right option
 * @param weight training weight
 */
public record Example(String id, List<Sequence> options, int gold, float weight) implements Serializable {

    public Example {
        options = List.copyOf(options);
        if (gold < 0 || gold >= options.size()) {
            throw new IllegalArgumentException(
                    "Cannot make example " + id + ": gold = " + gold + ", expected 0.." + (options.size() - 1));
        }
    }

    /** Tokens of the longest option, prompt included. */
    public int longest() {
        return options.stream().mapToInt(o -> o.tokens().length).max().orElse(0);
    }
}
