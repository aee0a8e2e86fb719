package org.oatmill.jobs.report;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import org.oatmill.core.Columns;
import org.oatmill.core.Manifest;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.spark.artifact.Artifact;

/**
 * A stage that chose rows, beside all it chose from: each row with its class, its planted trouble,
 * and whether it was kept. Held in memory until closed, because many questions are asked of it.
 *
 * @param made the stage
 * @param rows id, label, kind (null where nothing was planted), true_label, kept (0 or 1)
 * @param documents where the rows' texts are, if that is known
 * @param population rows it chose from
 * @param kept rows it kept
 * @param planted whether troubles were planted above it
 */
record Choice(
        MadeStages.Made made,
        Dataset<Row> rows,
        Optional<Artifact> documents,
        long population,
        long kept,
        boolean planted)
        implements AutoCloseable {

    static final String KEPT = "kept";

    /**
     * Of so many rows so many were kept.
     *
     * @param rows of a kind or a class
     * @param kept among them
     */
    record Count(long rows, long kept) {
        static final Count NONE = new Count(0, 0);
    }

    /** Of a sample; empty where what it was drawn from is not known. */
    static Optional<Choice> of(MadeStages.Made sample, MadeStages stages) throws IOException {
        Artifact artifact = sample.artifact();
        Optional<Artifact> documents = stages.nearest(artifact, Tables.DOCUMENTS);
        Optional<Artifact> vectors = stages.nearest(artifact, Tables.VECTORS);
        Optional<Artifact> from = vectors.or(() -> documents);
        if (from.isEmpty()) {
            return Optional.empty();
        }
        Optional<Artifact> planted = stages.nearest(artifact, Tables.PLANTED);
        Table population = vectors.isPresent() ? Tables.VECTORS : Tables.DOCUMENTS;
        Dataset<Row> rows = from.get().table(population).select(Columns.ID.name());
        rows = joined(rows, documents, Tables.DOCUMENTS, Columns.LABEL);
        rows = joined(rows, planted, Tables.PLANTED, Columns.KIND, Columns.TRUE_LABEL);
        Dataset<Row> kept = originals(artifact, rows, documents);
        String id = Columns.ID.name();
        rows = rows.join(kept.withColumn(KEPT, lit(1)), new String[] {id}, "left_outer")
                .withColumn(KEPT, coalesce(col(KEPT), lit(0)))
                .persist(StorageLevel.MEMORY_AND_DISK());
        return Optional.of(new Choice(
                sample,
                rows,
                documents,
                rows(from.get(), population),
                rows.where(col(KEPT).equalTo(1)).count(),
                planted.isPresent()));
    }

    /** The rows that a sample kept; for a rewritten copy, the row that it was made from. */
    private static Dataset<Row> originals(Artifact sample, Dataset<Row> population, Optional<Artifact> documents) {
        Dataset<Row> kept = sample.table(Tables.SAMPLE).select(Columns.ID.name());
        if (documents.isEmpty()) {
            return kept;
        }
        Dataset<Row> parents = documents
                .get()
                .table(Tables.DOCUMENTS)
                .select(
                        col(Columns.ID.name()).as("copy"),
                        col(Columns.PARENT_ID.name()).as("original"));
        Dataset<Row> known = population.select(col(Columns.ID.name()).as("known"));
        return kept.join(known, col(Columns.ID.name()).equalTo(col("known")), "left_outer")
                .join(parents, col(Columns.ID.name()).equalTo(col("copy")), "left_outer")
                .select(coalesce(col("known"), col("original"), col(Columns.ID.name()))
                        .as(Columns.ID.name()))
                .distinct();
    }

    private static Dataset<Row> joined(
            Dataset<Row> rows, Optional<Artifact> artifact, Table table, org.oatmill.core.Column... columns) {
        if (artifact.isEmpty()) {
            for (org.oatmill.core.Column column : columns) {
                rows = rows.withColumn(column.name(), lit(null).cast(column.type()));
            }
            return rows;
        }
        String id = Columns.ID.name();
        Column[] wanted = new Column[columns.length + 1];
        wanted[0] = col(id);
        for (int i = 0; i < columns.length; i++) {
            wanted[i + 1] = col(columns[i].name());
        }
        Dataset<Row> other = artifact.get().table(table).select(wanted);
        return rows.join(other, rows.col(id).equalTo(other.col(id)), "left_outer")
                .drop(other.col(id));
    }

    private static long rows(Artifact artifact, Table table) {
        return artifact.manifest()
                .table(table.name())
                .map(Manifest.TableContent::rows)
                .orElse(0L);
    }

    String stage() {
        return made.stage().name();
    }

    /** By kind of planted trouble; nothing planted is the empty kind. */
    Map<String, Count> byKind() {
        return counted(Columns.KIND, Integer.MAX_VALUE);
    }

    /** By class, the most frequent ones; no class is the empty one. */
    Map<String, Count> byClass(int most) {
        return counted(Columns.LABEL, most);
    }

    private Map<String, Count> counted(org.oatmill.core.Column column, int most) {
        Map<String, Count> counts = new TreeMap<>();
        List<Row> found = rows.groupBy(coalesce(col(column.name()), lit("")).as("value"))
                .agg(count(lit(1)).as("n"), sum(KEPT).as(KEPT))
                .orderBy(col("n").desc(), col("value"))
                .limit(most)
                .collectAsList();
        for (Row row : found) {
            counts.put(row.getString(0), new Count(row.getLong(1), row.getLong(2)));
        }
        return counts;
    }

    UniformChoice uniform(long marked) {
        return new UniformChoice(population, marked, kept);
    }

    @Override
    public void close() {
        rows.unpersist();
    }
}
