package org.oatmill.influence;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Vector;
import org.oatmill.model.Example;

/**
 * What is known of one row; what a method does not {@linkplain InfluenceMethod#needs need} may be null.
 *
 * @param id identity of the row
 * @param text its text
 * @param label its class as given, right or wrong
 * @param shown the row as a model sees it
 * @param place where it lies
 * @param guess probability of each class, from a classifier that has not seen the row
 */
public record EvidenceRow(
        String id,
        String text,
        @Nullable String label,
        @Nullable Example shown,
        @Nullable Vector place,
        @Nullable Map<String, Double> guess) {

    /** The row as a model sees it, which the method needs. */
    public Example example() {
        return Objects.requireNonNull(shown, id);
    }

    /** The label, which the method needs. */
    public String labelled() {
        return Objects.requireNonNull(label, id);
    }

    /** Where the row lies, which the method needs. */
    public Vector vector() {
        return Objects.requireNonNull(place, id);
    }

    /** What was guessed, which the method needs. */
    public Map<String, Double> probabilities() {
        return Objects.requireNonNull(guess, id);
    }
}
