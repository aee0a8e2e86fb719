package org.oatmill.jobs.sources;

import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.collection.JavaConverters;

/** The rows a source hands over: a document, or a record that is none and the reason for it. */
public final class Intake {
    private Intake() {}

    /**
     * The columns of {@code documents}, empty where there is a {@code reason}; then {@code record},
     * {@code reason} and {@code raw} of {@code quarantine}; {@code fatal}, true where the rest of
     * the source is lost with the record; and {@code found}, a bit for each of
     * {@link Source#namedColumns()} that the record has a value in.
     */
    public static final StructType SCHEMA = StructType.fromDDL(
            """
            id STRING, text STRING, label STRING, fields MAP<STRING, STRING>, split STRING, `group` STRING,
            weight FLOAT, source STRING, parent_id STRING, record BIGINT, reason STRING, raw STRING,
            fatal BOOLEAN, found INT""");

    /** Quarantine keeps this many characters of a record. */
    static final int RAW_LENGTH = 1 << 16;

    /** A document, by the place it was read at and the columns it has. */
    static Row document(
            Place place,
            String id,
            String text,
            @Nullable String label,
            Map<String, String> fields,
            String split,
            String group,
            float weight,
            int found) {
        return RowFactory.create(
                id,
                text,
                label,
                JavaConverters.mapAsScalaMap(fields),
                split,
                group,
                weight,
                place.source(),
                null,
                place.record(),
                null,
                null,
                false,
                found);
    }

    /** A record that is no document. */
    static Row quarantined(Place place, String reason, @Nullable String raw, boolean fatal) {
        String kept = raw == null || raw.length() <= RAW_LENGTH ? raw : raw.substring(0, RAW_LENGTH) + " …";
        return RowFactory.create(
                null, null, null, null, null, null, null, place.source(), null, place.record(), reason, kept, fatal, 0);
    }

    /**
     * @param source name of the file or table
     * @param record number in it, from 1; 0 where records have no number
     */
    record Place(String source, long record) {}
}
