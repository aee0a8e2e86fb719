package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.oatmill.core.Columns;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.SkillIt;
import org.oatmill.spark.artifact.Inputs;

/**
 * What {@code skill-it} is told by tables in place of the run file. The input {@code losses} has a row for each skill:
 * its label is the skill, its field {@code loss} the loss; of several evaluations, the field {@code evaluation} has the
 * number, the latest the highest. The input {@code edges} has a row for each edge of the graph: from its label to the
 * field {@code to}, of the field {@code weight}.
 */
final class Skills {
    static final String LOSSES = "losses";
    static final String EDGES = "edges";

    /** Rows that the driver takes, more than there are skills or pairs of them. */
    private static final int MOST = 1_000_000;

    private Skills() {}

    /** The method with what the inputs say. */
    static SamplingMethod told(SamplingMethod method, Inputs in) {
        boolean losses = in.optional(LOSSES).isPresent();
        boolean edges = in.optional(EDGES).isPresent();
        if (!losses && !edges) {
            return method;
        }
        if (!(method instanceof SkillIt skillIt)) {
            throw new UserException("Cannot sample: method = " + SamplingMethod.METHODS.name(method)
                    + " and there is an input " + (losses ? LOSSES : EDGES)
                    + ", expected method = skill-it; leave the input out");
        }
        if (losses && !skillIt.losses().isEmpty()) {
            throw twice(LOSSES, skillIt.losses(), LOSSES);
        }
        if (edges && !skillIt.graph().isEmpty()) {
            throw twice("graph", skillIt.graph(), EDGES);
        }
        return new SkillIt(
                skillIt.eta(),
                skillIt.window(),
                edges ? graph(in) : skillIt.graph(),
                losses ? losses(in) : skillIt.losses());
    }

    private static UserException twice(String key, Object value, String input) {
        return new UserException("Cannot sample: " + key + " = " + value + " and there is an input " + input
                + ", expected one of the two; leave it out of the method");
    }

    private static List<Map<String, Double>> losses(Inputs in) {
        SortedMap<Double, Map<String, Double>> evaluations = new TreeMap<>();
        List<Row> rows = rows(
                in,
                LOSSES,
                field("loss").cast("double"),
                field("evaluation"),
                field("evaluation").cast("double"));
        boolean several = rows.stream().anyMatch(row -> !row.isNullAt(3));
        for (Row row : rows) {
            double evaluation = several ? number(row, 4, LOSSES, "evaluation") : 0;
            Double before = evaluations
                    .computeIfAbsent(evaluation, e -> new TreeMap<>())
                    .put(row.getString(1), number(row, 2, LOSSES, "loss"));
            if (before != null) {
                throw wrong(row, LOSSES, "a skill that another row has", "each skill once in each evaluation");
            }
        }
        return List.copyOf(evaluations.values());
    }

    private static Map<String, Map<String, Double>> graph(Inputs in) {
        Map<String, Map<String, Double>> graph = new TreeMap<>();
        for (Row row : rows(in, EDGES, field("weight").cast("double"), field("to"))) {
            if (row.isNullAt(3)) {
                throw wrong(row, EDGES, "no field to", "the skill that the edge leads to");
            }
            Double before = graph.computeIfAbsent(row.getString(1), from -> new TreeMap<>())
                    .put(row.getString(3), number(row, 2, EDGES, "weight"));
            if (before != null) {
                throw wrong(row, EDGES, "an edge to " + row.getString(3) + " that another row has", "each edge once");
            }
        }
        return graph;
    }

    private static Column field(String name) {
        return element_at(col(Columns.FIELDS.name()), name);
    }

    /** Id and label, the label always there, and others; by id. */
    private static List<Row> rows(Inputs in, String role, Column... others) {
        Column[] columns = new Column[2 + others.length];
        columns[0] = col(Columns.ID.name());
        columns[1] = col(Columns.LABEL.name());
        System.arraycopy(others, 0, columns, 2, others.length);
        List<Row> rows = in.table(role, Tables.DOCUMENTS)
                .select(columns)
                .orderBy(Columns.ID.name())
                .limit(MOST + 1)
                .collectAsList();
        if (rows.isEmpty() || rows.size() > MOST) {
            throw new UserException("Cannot sample: the input " + role + " has "
                    + (rows.isEmpty() ? "no row" : "more than " + MOST + " rows") + ", expected one for each "
                    + (role.equals(LOSSES) ? "skill" : "edge"));
        }
        for (Row row : rows) {
            if (row.isNullAt(1)) {
                throw wrong(row, role, "no label", "the skill; name its column in the source's columns.label");
            }
        }
        return rows;
    }

    private static double number(Row row, int column, String role, String name) {
        if (row.isNullAt(column) || !Double.isFinite(row.getDouble(column)) || row.getDouble(column) < 0) {
            String found = row.isNullAt(column) ? "no number" : "" + row.getDouble(column);
            throw wrong(row, role, name + " = " + found, "a number, 0 or more");
        }
        return row.getDouble(column);
    }

    private static UserException wrong(Row row, String role, String found, String expected) {
        return new UserException("Cannot sample: row id = " + row.getString(0) + " of the input " + role + ", label = "
                + row.get(1) + ", has " + found + ", expected " + expected);
    }
}
