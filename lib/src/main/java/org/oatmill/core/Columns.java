package org.oatmill.core;

/** Every column that a table of an artifact may have: name, type, nullability, unit. */
public final class Columns {
    private Columns() {}

    private static Column required(String name, String type, String unit) {
        return new Column(name, type, false, unit);
    }

    private static Column optional(String name, String type, String unit) {
        return new Column(name, type, true, unit);
    }

    // Rows
    public static final Column ID = required("id", "STRING", "identity of a row, everywhere");
    public static final Column TEXT = required("text", "STRING", "text");
    public static final Column LABEL = optional("label", "STRING", "class");
    public static final Column FIELDS =
            required("fields", "MAP<STRING, STRING>", "prompt, completion, messages (JSON), source columns");
    public static final Column SPLIT = required("split", "STRING", "pretrain, pool, target, dev or test");
    public static final Column GROUP =
            required("group", "STRING", "rows that are split, resampled and counted together");
    public static final Column WEIGHT = required("weight", "FLOAT", "training weight");
    public static final Column SOURCE = required("source", "STRING", "where the row was read");
    public static final Column PARENT_ID = optional("parent_id", "STRING", "id of the row this one was made from");

    // Quarantine
    public static final Column RECORD = required("record", "BIGINT", "number of the record in its source, from 1");
    public static final Column REASON = required("reason", "STRING", "why");
    public static final Column RAW = optional("raw", "STRING", "the record as it was read");

    // Plants
    public static final Column KIND = required("kind", "STRING", "kind of planted trouble");
    public static final Column ORIGIN_ID = optional("origin_id", "STRING", "id of the row the plant was made from");
    public static final Column TRUE_LABEL = optional("true_label", "STRING", "class before the plant");

    // Vectors and samples
    public static final Column VECTOR = required(
            "vector", "STRUCT<size: INT, indices: ARRAY<INT>, values: ARRAY<FLOAT>>", "sparse where indices are given");
    public static final Column FEATURE = required("feature", "INT", "dimension of a vector, from 0");
    public static final Column FEATURE_NAME = required("name", "STRING", "what the dimension counts");
    public static final Column METHOD = required("method", "STRING", "name in the table of methods");
    public static final Column DENSITY =
            optional("density", "DOUBLE", "estimated sum of kernel values to all rows, itself included");
    public static final Column SAMPLING_WEIGHT =
            optional("sampling_weight", "DOUBLE", "relative chance of being drawn");
    public static final Column KEY = optional("key", "DOUBLE", "the smallest keys are kept");
    public static final Column INCLUSION_PROB = optional(
            "inclusion_prob", "DOUBLE", "probability of being in the sample, of the population that a floor leaves");
    public static final Column METHOD_SCORE =
            optional("score", "DOUBLE", "what a method that draws nothing ranked the row by");
    public static final Column STRATUM = optional("stratum", "STRING", "the part of the population that it stands for");
    public static final Column SAMPLE_WEIGHT =
            optional("weight", "FLOAT", "what multiplies the training weight; 1 on average over the sample");
    public static final Column DROPPED_BECAUSE = required("reason", "STRING", "why the row was not kept");
    public static final Column EVIDENCE_ID = optional("evidence_id", "STRING", "id of the row that is to blame");

    // Rewrites
    public static final Column COPY = required("copy", "INT", "number of the rewrite of its row, from 1");
    public static final Column DOCUMENT_ID =
            optional("document_id", "STRING", "id of the document that the rewrite became");
    public static final Column ORIGINAL = required("original", "MAP<STRING, STRING>", "text by field, as it was");
    public static final Column REWRITTEN_FIELDS =
            required("fields", "MAP<STRING, STRING>", "text by field, as it was rewritten, accepted or not");
    public static final Column OUTCOME = required("outcome", "STRING", "Rewritten, KeptOriginal, Dead or Deferred");
    public static final Column OUTCOME_REASON = optional("reason", "STRING", "why this outcome");
    public static final Column SCORES = required("scores", "MAP<STRING, DOUBLE>", "by gate or judge");

    // Influence
    public static final Column TARGET_SET =
            required("target_set", "STRING", "the rows that influence is measured against");
    public static final Column ENGINE = required("engine", "STRING", "name in the table of methods");
    public static final Column CHECKPOINT =
            required("checkpoint", "STRING", "digest of the model and trajectory entry it was measured at");
    public static final Column NORMALISATION = required("normalisation", "STRING", "none, cosine ...");
    public static final Column SCORE =
            required("score", "DOUBLE", "positive: training on the row lowers the target loss");

    // Trajectories and probes
    public static final Column STEP = required("step", "INT", "from 0");
    public static final Column QUERY = required("query", "INT", "direction index within a step, from 0");
    public static final Column PROJECTED_GRADIENT =
            required("projected_gradient", "FLOAT", "nats per unit of the direction, as measured");
    public static final Column COEFFICIENT = required("coefficient", "FLOAT", "what multiplies the direction");
    public static final Column KEEP = required("keep", "FLOAT", "what multiplies the weights before");
    public static final Column LOSS_PLUS = required("loss_plus", "DOUBLE", "nats, at theta + epsilon z");
    public static final Column LOSS_MINUS =
            required("loss_minus", "DOUBLE", "nats, at theta - epsilon z, or the baseline of a one-sided probe");
    public static final Column ACCEPTED = required("accepted", "BOOLEAN", "false: skipped, the weights did not move");
    public static final Column ROLE = required("role", "STRING", "train or target");
    public static final Column ENTRY = required("entry", "BIGINT", "trajectory entries applied before");
    public static final Column METRIC = required("metric", "STRING", "name of a metric");
    public static final Column FORWARDS = required("forwards", "BIGINT", "row forwards so far");
    public static final Column BACKWARDS = required("backwards", "BIGINT", "row backwards so far");

    // Evaluation
    public static final Column PREDICTOR =
            required("predictor", "STRING", "majority, zero-shot, calibrated, logistic-regression or a trajectory");
    public static final Column OPTION_SCORES =
            required("option_scores", "ARRAY<DOUBLE>", "one per option, higher is likelier");
    public static final Column PREDICTED = required("predicted", "STRING", "class");
    public static final Column GOLD = optional("gold", "STRING", "class");
    public static final Column LOSS = required("loss", "DOUBLE", "nats");
    public static final Column NAME = required("name", "STRING", "name of a metric");
    public static final Column VALUE = required("value", "DOUBLE", "in the metric's unit");
    public static final Column LOW = optional("low", "DOUBLE", "lower end of the 95 % interval");
    public static final Column HIGH = optional("high", "DOUBLE", "upper end of the 95 % interval");
    public static final Column N = required("n", "BIGINT", "rows counted");
}
