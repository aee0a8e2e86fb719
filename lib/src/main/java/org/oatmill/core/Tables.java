package org.oatmill.core;

import static org.oatmill.core.Columns.*;

/** Every table that a job commits. */
public final class Tables {
    private Tables() {}

    public static final Table DOCUMENTS =
            Table.of("documents", ID, TEXT, LABEL, FIELDS, SPLIT, GROUP, WEIGHT, SOURCE, PARENT_ID);
    public static final Table QUARANTINE = Table.of("quarantine", SOURCE, RECORD, REASON, RAW);
    public static final Table PLANTED = Table.of("planted", ID, KIND, ORIGIN_ID, TRUE_LABEL);
    public static final Table VECTORS = Table.of("vectors", ID, VECTOR);
    public static final Table FEATURES = Table.of("features", FEATURE, FEATURE_NAME);
    public static final Table SAMPLE = Table.of(
            "sample", ID, METHOD, DENSITY, SAMPLING_WEIGHT, KEY, INCLUSION_PROB, METHOD_SCORE, STRATUM, SAMPLE_WEIGHT);
    public static final Table DROPPED = Table.of("dropped", ID, DROPPED_BECAUSE, METHOD_SCORE, EVIDENCE_ID);
    public static final Table REPHRASED = Table.of(
            "rephrased", ID, COPY, DOCUMENT_ID, LABEL, ORIGINAL, REWRITTEN_FIELDS, OUTCOME, OUTCOME_REASON, SCORES);
    public static final Table INFLUENCE =
            Table.of("influence", ID, TARGET_SET, ENGINE, CHECKPOINT, NORMALISATION, SCORE);
    public static final Table TRAJECTORY =
            Table.of("trajectory", STEP, QUERY, PROJECTED_GRADIENT, COEFFICIENT, KEEP, LOSS_PLUS, LOSS_MINUS, ACCEPTED);
    public static final Table PROBE_ROWS = Table.of("probe_rows", STEP, QUERY, ROLE, ID, LOSS_PLUS, LOSS_MINUS);
    public static final Table TARGET = Table.of("target", STEP, QUERY, PROJECTED_GRADIENT);
    public static final Table CURVE = Table.of("curve", STEP, ENTRY, SPLIT, METRIC, VALUE, FORWARDS, BACKWARDS);
    public static final Table PREDICTIONS = Table.of("predictions", ID, OPTION_SCORES, PREDICTED, GOLD, LOSS);
    public static final Table METRICS = Table.of("metrics", NAME, VALUE, LOW, HIGH, N);
}
