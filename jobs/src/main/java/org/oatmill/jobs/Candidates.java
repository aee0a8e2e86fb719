package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Columns;
import org.oatmill.core.Manifest.TableContent;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.sampling.SampledTable;

/**
 * The rows to choose from, with what is asked of them besides their vectors: the label from the
 * input {@code documents}; numbers from the input {@code scores}, any table with ids, or else from the
 * documents' fields. Documents of the split target are set apart.
 *
 * @param rows with the columns of {@link SampledTable#CANDIDATES}
 * @param targets the same, of the split target, where documents were given
 */
record Candidates(Dataset<Row> rows, Optional<Dataset<Row>> targets) {
    private static final String ID = Columns.ID.name();

    /** @param label what is the label: label, group, or a field of the documents */
    static Candidates of(Inputs in, Set<String> needs, String label) {
        Dataset<Row> rows = in.table("vectors", Tables.VECTORS);
        Optional<Dataset<Row>> documents = in.optional("documents").map(a -> a.table(Tables.DOCUMENTS));
        if (documents.isPresent()) {
            Column field = element_at(col(Columns.FIELDS.name()), label);
            Dataset<Row> known = documents
                    .get()
                    .select(
                            col(ID),
                            (label.equals("label") || label.equals("group") ? col(label) : field)
                                    .as(Columns.LABEL.name()),
                            col(Columns.SPLIT.name()),
                            col(Columns.FIELDS.name()),
                            col(Columns.TEXT.name()));
            rows = rows.join(known, new String[] {ID}, "left");
            requireNone(
                    rows, col(Columns.SPLIT.name()).isNull(), "no row in the input documents", "one for each vector");
        } else {
            rows = rows.withColumn(Columns.LABEL.name(), lit(null).cast("string"));
        }
        List<Column> values = new ArrayList<>();
        for (String need : new TreeSet<>(needs)) {
            if (need.equals(SamplingMethod.LABEL)) {
                if (documents.isEmpty()) {
                    throw missing("the " + label, "documents");
                }
                continue;
            }
            Optional<Dataset<Row>> scores = in.optional("scores").flatMap(a -> column(a, need));
            if (scores.isPresent()) {
                rows = rows.join(scores.get(), new String[] {ID}, "left");
            } else {
                rows = rows.withColumn(number(need), known(need, documents.isPresent()));
            }
            values.add(lit(need));
            values.add(col(number(need)));
        }
        Optional<Dataset<Row>> targets = Optional.empty();
        if (documents.isPresent()) {
            Column target = col(Columns.SPLIT.name()).equalTo("target");
            targets = Optional.of(selected(rows.where(target), values));
            rows = rows.where(functions.not(target));
        }
        for (String need : new TreeSet<>(needs)) {
            boolean isLabel = need.equals(SamplingMethod.LABEL);
            requireNone(
                    rows,
                    (isLabel ? col(Columns.LABEL.name()) : col(number(need))).isNull(),
                    "no " + (isLabel ? label : need),
                    isLabel ? "one for every row, in the input documents" : WHERE);
        }
        return new Candidates(selected(rows, values), targets);
    }

    private static final String WHERE =
            "a number for every row, in a table of the input scores or as a field of the input documents";

    /** A number that no input of scores holds. */
    private static Column known(String name, boolean documents) {
        switch (name) {
            case "vector_sum":
                return functions.expr("aggregate(vector.values, 0D, (sum, value) -> sum + value)");
            case "vector_nonzeros":
                return functions.expr("cast(size(filter(vector.values, value -> value != 0)) as double)");
            default:
                if (!documents) {
                    throw missing("the number " + name, "scores");
                }
                return name.equals("characters")
                        ? functions.length(col(Columns.TEXT.name())).cast("double")
                        : element_at(col(Columns.FIELDS.name()), name).cast("double");
        }
    }

    private static Dataset<Row> selected(Dataset<Row> rows, List<Column> values) {
        Column map = values.isEmpty() ? functions.map() : functions.map(values.toArray(Column[]::new));
        return rows.select(
                col(ID),
                col(Columns.VECTOR.name()),
                col(Columns.LABEL.name()),
                map.cast("map<string, double>").as("values"));
    }

    private static String number(String name) {
        return "number " + name;
    }

    private static UserException missing(String what, String role) {
        return new UserException("Cannot sample: the stage needs " + what + " of every row and there is no input "
                + role + ", expected input { vectors = …, " + role + " = … }");
    }

    private static void requireNone(Dataset<Row> rows, Column wrong, String found, String expected) {
        List<Row> first = rows.where(wrong).select(ID).orderBy(ID).limit(1).collectAsList();
        if (!first.isEmpty()) {
            throw new UserException("Cannot sample: row id = " + first.get(0).getString(0) + " has " + found
                    + ", expected " + expected);
        }
    }

    /** A number of each id, from whichever table of an artifact has such a column. */
    private static Optional<Dataset<Row>> column(Artifact artifact, String name) {
        for (TableContent content : artifact.manifest().tables()) {
            List<StructField> fields =
                    Arrays.asList(StructType.fromDDL(content.schema()).fields());
            boolean identified = fields.stream().anyMatch(field -> field.name().equals(ID));
            Optional<StructField> field = fields.stream()
                    .filter(f -> f.name().equals(name) && f.dataType() instanceof NumericType)
                    .findFirst();
            if (identified && field.isPresent()) {
                String type = field.get().dataType().sql();
                Table table = new Table(
                        content.name(), List.of(Columns.ID, new org.oatmill.core.Column(name, type, true, "")));
                Dataset<Row> rows = artifact.table(table);
                if (content.name().equals(Tables.INFLUENCE.name())) {
                    rows = Worth.of(artifact.table(Tables.INFLUENCE));
                }
                return Optional.of(rows.select(col(ID), col(name).cast("double").as(number(name))));
            }
        }
        return Optional.empty();
    }
}
