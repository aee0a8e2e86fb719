package org.oatmill.jobs.audit;

import org.jspecify.annotations.Nullable;

/**
 * A row of the file.
 *
 * @param id digest of the file and number of the record: unique, and what chance is drawn by
 * @param shown what its user calls it: its key where a column of keys is named, else the id
 * @param line where the record begins in its file, from 1; in Parquet the row's number
 * @param text as it stands; of a record that is no document, the record
 * @param label its class, where it has one
 */
public record AuditedRow(String id, String shown, long line, String text, @Nullable String label) {}
