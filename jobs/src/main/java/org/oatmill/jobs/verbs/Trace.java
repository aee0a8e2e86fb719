package org.oatmill.jobs.verbs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.levenshtein;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Columns;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.artifact.Artifact;

/**
 * One row through the artifacts of a run: what every table holds of it and of the rows made from it, and
 * where it is missing, why. It knows tables by their columns {@code id}, {@code parent_id} and {@code
 * origin_id}, so a new job's tables are traced without a change here.
 */
final class Trace {
    private static final List<String> IDENTITIES =
            List.of(Columns.ID.name(), Columns.PARENT_ID.name(), Columns.ORIGIN_ID.name());
    private static final int NEAREST = 3;

    private Trace() {}

    /**
     * A stage and what it made.
     *
     * @param artifact null where it is not made yet
     */
    record Made(String stage, String job, @Nullable Artifact artifact) {}

    /**
     * A stage, and what it holds of the row.
     *
     * @param holds whether it holds the row itself
     * @param why it does not, in words; null where it does
     * @param tables rows by table: of the row itself, then of those made from it
     */
    record Step(
            String stage,
            String job,
            @Nullable String artifact,
            boolean holds,
            @Nullable String why,
            Map<String, List<JsonNode>> tables) {}

    /** A table that can hold the row. */
    private record Traced(int stage, String table, Dataset<Row> rows) {}

    /** A row by any of its names. */
    static boolean isItself(JsonNode row, String id) {
        return row.path(Columns.ID.name()).asText().equals(id);
    }

    /** In the order of the stages; one Spark job for all tables. */
    static List<Step> of(String id, List<Made> stages) throws IOException {
        List<Traced> tables = tables(stages);
        Map<Integer, Map<String, List<JsonNode>>> found = find(id, tables);
        if (found.isEmpty()) {
            throw unknown(id, tables);
        }
        Map<String, Boolean> holders = new LinkedHashMap<>();
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < stages.size(); i++) {
            Made made = stages.get(i);
            int stage = i;
            boolean traced = tables.stream().anyMatch(table -> table.stage() == stage);
            Map<String, List<JsonNode>> rows = found.getOrDefault(i, Map.of());
            boolean holds = rows.entrySet().stream()
                    .filter(table -> !table.getKey().equals(Tables.DROPPED.name()))
                    .flatMap(table -> table.getValue().stream())
                    .anyMatch(row -> isItself(row, id));
            Optional<String> dropped = rows.getOrDefault(Tables.DROPPED.name(), List.of()).stream()
                    .filter(row -> isItself(row, id))
                    .findFirst()
                    .map(row -> dropped(made.stage(), row));
            String path = made.artifact() == null ? null : made.artifact().path();
            if (path != null && traced) {
                holders.put(path, holds);
            }
            steps.add(new Step(
                    made.stage(),
                    made.job(),
                    path,
                    holds,
                    holds ? null : dropped.orElseGet(() -> why(made, stages, traced, holders, split(id, steps))),
                    rows));
        }
        return steps;
    }

    private static List<Traced> tables(List<Made> stages) {
        List<Traced> tables = new ArrayList<>();
        for (int i = 0; i < stages.size(); i++) {
            Artifact artifact = stages.get(i).artifact();
            if (artifact == null) {
                continue;
            }
            for (Manifest.TableContent table : artifact.manifest().tables()) {
                boolean traced = Stream.of(StructType.fromDDL(table.schema()).fields())
                        .anyMatch(field -> field.name().equals(Columns.ID.name())
                                && field.dataType().equals(DataTypes.StringType));
                if (traced) {
                    tables.add(new Traced(
                            i, table.name(), artifact.table(ShowVerb.written(artifact.manifest(), table.name()))));
                }
            }
        }
        return tables;
    }

    private static Map<Integer, Map<String, List<JsonNode>>> find(String id, List<Traced> tables) throws IOException {
        List<Row> hits = tables.stream()
                .map(table -> table.rows()
                        .where(isOf(id, table.rows()))
                        .select(
                                lit(table.stage()),
                                lit(table.table()),
                                to_json(struct(col("*")), Map.of("ignoreNullFields", "false"))))
                .reduce(Dataset::union)
                .map(Dataset::collectAsList)
                .orElse(List.of());
        Map<Integer, Map<String, List<JsonNode>>> found = new LinkedHashMap<>();
        for (Row hit : hits) {
            found.computeIfAbsent(hit.getInt(0), stage -> new LinkedHashMap<>())
                    .computeIfAbsent(hit.getString(1), table -> new ArrayList<>())
                    .add(Json.parse(hit.getString(2)));
        }
        found.values().forEach(ofStage -> ofStage.values().forEach(rows -> Collections.sort(rows, Trace::order)));
        return found;
    }

    private static Column isOf(String id, Dataset<Row> rows) {
        Column is = col(Columns.ID.name()).startsWith(id + "#");
        for (String name : IDENTITIES) {
            if (List.of(rows.columns()).contains(name)) {
                is = is.or(col(name).equalTo(id));
            }
        }
        return is;
    }

    /** The row itself has the shortest id; then by whatever counts. */
    private static int order(JsonNode a, JsonNode b) {
        for (String name : List.of(Columns.ID.name(), Columns.COPY.name(), Columns.STEP.name(), Columns.QUERY.name())) {
            JsonNode x = a.path(name);
            JsonNode y = b.path(name);
            int order = x.isNumber() && y.isNumber()
                    ? Long.compare(x.asLong(), y.asLong())
                    : Integer.compare(x.asText().length(), y.asText().length());
            order = order == 0 ? x.asText().compareTo(y.asText()) : order;
            if (order != 0) {
                return order;
            }
        }
        return a.toString().compareTo(b.toString());
    }

    /** Where the row was last seen with a split. */
    private static @Nullable String split(String id, List<Step> steps) {
        return steps.stream()
                .flatMap(step -> step.tables().values().stream())
                .flatMap(List::stream)
                .filter(row -> isItself(row, id) && row.hasNonNull(Columns.SPLIT.name()))
                .map(row -> row.get(Columns.SPLIT.name()).textValue())
                .reduce((first, last) -> last)
                .orElse(null);
    }

    private static String dropped(String stage, JsonNode row) {
        JsonNode evidence = row.path(Columns.EVIDENCE_ID.name());
        return "dropped by " + stage + ": "
                + row.path(Columns.DROPPED_BECAUSE.name()).asText()
                + (evidence.isTextual() ? ", see " + evidence.textValue() : "");
    }

    private static String why(
            Made made, List<Made> stages, boolean traced, Map<String, Boolean> holders, @Nullable String split) {
        if (made.artifact() == null) {
            return "not made yet";
        }
        Manifest manifest = made.artifact().manifest();
        if (!traced) {
            return "holds no rows by id";
        }
        Map<String, Manifest.Parent> parents = manifest.parents();
        if (parents.values().stream().noneMatch(parent -> holders.getOrDefault(parent.path(), false))) {
            return parents.isEmpty() ? "does not read it" : "no input holds it";
        }
        String verb = manifest.table(Tables.SAMPLE.name()).isPresent()
                        || manifest.table(Tables.DOCUMENTS.name()).isPresent()
                ? "dropped by " + made.stage()
                : "not among its rows";
        for (var parent : parents.entrySet()) {
            if (!holders.getOrDefault(parent.getValue().path(), true)) {
                return verb + ": its input " + parent.getKey() + " ("
                        + name(parent.getValue().path(), stages) + ") does not hold it";
            }
        }
        JsonNode splits = manifest.recipe().config().path("splits");
        if (split != null
                && splits.isArray()
                && !splits.isEmpty()
                && !words(splits).contains(split)) {
            return verb + ": splits = " + words(splits) + ", and its split is " + split;
        }
        JsonNode tau = manifest.notes().get("tau");
        if (manifest.table(Tables.SAMPLE.name()).isPresent()) {
            long kept = manifest.table(Tables.SAMPLE.name()).orElseThrow().rows();
            JsonNode population = manifest.notes().get("population");
            return verb + ": "
                    + (tau == null ? "not drawn" : "its key is past the last kept (" + tau.asText() + ")") + "; "
                    + String.format("%,d rows", kept)
                    + (population == null ? "" : String.format(" of %,d", population.asLong())) + " were kept";
        }
        return verb;
    }

    private static List<String> words(JsonNode list) {
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(word.asText()));
        return words;
    }

    private static String name(String path, List<Made> stages) {
        return stages.stream()
                .filter(made ->
                        made.artifact() != null && made.artifact().path().equals(path))
                .map(Made::stage)
                .findFirst()
                .orElse(path);
    }

    private static UserException unknown(String id, List<Traced> tables) {
        String searched = tables.size() + " tables";
        List<String> nearest = tables.stream()
                .filter(table -> table.table().equals(Tables.DOCUMENTS.name()))
                .findFirst()
                .or(() -> tables.stream().findFirst())
                .map(table -> table
                        .rows()
                        .select(Columns.ID.name())
                        .distinct()
                        .orderBy(levenshtein(col(Columns.ID.name()), lit(id)), col(Columns.ID.name()))
                        .limit(NEAREST)
                        .collectAsList()
                        .stream()
                        .map(row -> row.getString(0))
                        .collect(Collectors.toList()))
                .orElse(List.of());
        return new UserException("Cannot trace: id = " + id + ", which none of " + searched + " holds, expected an id"
                + (nearest.isEmpty() ? "; is anything made yet?" : " such as " + String.join(", ", nearest)));
    }
}
