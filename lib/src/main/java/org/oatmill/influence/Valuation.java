package org.oatmill.influence;

import java.util.Map;

/**
 * What a method says of some rows.
 *
 * @param scores one per row of the {@link Evidence}, in the order of their ids; always finite
 * @param checkpoint digest of the model and trajectory entry it was measured at, {@code <digest>@<entry>}; "none" without a model
 * @param normalisation of the gradients: none or cosine
 * @param forwards rows measured
 * @param backwards rows differentiated
 * @param notes what else was found, by name
 */
public record Valuation(
        double[] scores,
        String checkpoint,
        String normalisation,
        long forwards,
        long backwards,
        Map<String, Double> notes) {
    static final String NONE = "none";

    public Valuation {
        for (double score : scores) {
            if (!Double.isFinite(score)) {
                throw new IllegalStateException("A score is " + score);
            }
        }
        notes = Map.copyOf(notes);
    }

    /** Of a method that asks no model. */
    static Valuation withoutModel(double[] scores) {
        return new Valuation(scores, NONE, NONE, 0, 0, Map.of());
    }
}
