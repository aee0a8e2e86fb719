package org.oatmill.influence;

/** What a method must be shown of the rows. */
public enum Need {
    /** Rows as examples, and a model to measure them. */
    MODEL,
    /** A model that is differentiated: backward passes. */
    GRADIENTS,
    /** Rows of a target set. */
    TARGET,
    /** A label on every row. */
    LABELS,
    /** A vector of every row. */
    VECTORS,
    /** Of every row the probability of each class, from a classifier that has not seen the row. */
    PROBABILITIES
}
