package org.oatmill.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.oatmill.core.Digest;

/**
 * The fixed micro-batches of a step batch or of a data set, cut before Spark partitions them: rows
 * sorted by (bucket, id), a bucket being the longest option rounded up to {@value #BUCKET} tokens.
 */
public final class BatchPlan {
    public static final int BUCKET = 16;
    public static final int MAX_ROWS = 16;
    public static final int MAX_TOKENS = 2048;

    private final List<Batch> batches;

    private BatchPlan(List<Batch> batches) {
        this.batches = List.copyOf(batches);
    }

    /** Cuts rows; their order does not matter, their ids must differ. */
    public static BatchPlan of(List<Example> rows) {
        Set<String> ids = new HashSet<>();
        for (Example row : rows) {
            if (!ids.add(row.id())) {
                throw new IllegalArgumentException("Cannot cut batches: id = " + row.id() + " stands twice");
            }
        }
        List<Example> sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparingInt(BatchPlan::bucket).thenComparing(Example::id));
        List<Batch> batches = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= sorted.size(); to++) {
            int length = bucket(sorted.get(from));
            boolean full = to - from == rows(length);
            if (to == sorted.size() || full || bucket(sorted.get(to)) != length) {
                batches.add(new Batch(sorted.subList(from, to), length));
                from = to;
            }
        }
        return new BatchPlan(batches);
    }

    /** Tokens to which the batch of a row is padded. */
    public static int bucket(Example row) {
        return (row.longest() + BUCKET - 1) / BUCKET * BUCKET;
    }

    /** Rows of a full batch of this length. */
    public static int rows(int length) {
        return Math.max(1, Math.min(MAX_ROWS, MAX_TOKENS / length));
    }

    public List<Batch> batches() {
        return batches;
    }

    /** SHA-256 over the ids and lengths of all batches, in order; stands in a trajectory's header. */
    public String digest() {
        StringBuilder text = new StringBuilder();
        for (Batch batch : batches) {
            text.append(batch.length()).append('\n');
            batch.rows().forEach(row -> text.append(row.id()).append('\n'));
            text.append('\n');
        }
        return Digest.of(text.toString());
    }
}
