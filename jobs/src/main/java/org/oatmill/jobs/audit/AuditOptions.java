package org.oatmill.jobs.audit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is audited, and how.
 *
 * @param file on any file system that Hadoop knows
 * @param format csv, tsv, jsonl or parquet; null: by the file's ending
 * @param text column of the texts
 * @param label column of the labels; null: labels are not doubted
 * @param id column of keys; null: file digest and record number
 * @param names columns of a delimited file without a header; empty: its first line names them
 * @param model whose hidden states: see {@link org.oatmill.spark.model.ModelFiles#of}
 * @param seed of all chance
 */
public record AuditOptions(
        String file,
        @Nullable String format,
        String text,
        @Nullable String label,
        @Nullable String id,
        List<String> names,
        String model,
        long seed) {
    public AuditOptions {
        names = List.copyOf(names);
    }
}
