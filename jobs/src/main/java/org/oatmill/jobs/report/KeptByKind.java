package org.oatmill.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.oatmill.report.Axis;
import org.oatmill.report.Block;
import org.oatmill.report.Chart;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Cell;
import org.oatmill.report.DataTable.Column;
import org.oatmill.report.DataTable.Mark;
import org.oatmill.report.Numbers;

/**
 * By kind of planted trouble: how many rows each choosing stage kept, and how many uniform choice would have.
 * Few stages stand side by side; more than {@value #SIDE_BY_SIDE}, as a study has, stand below each other.
 */
final class KeptByKind {
    private static final int SIDE_BY_SIDE = 4;

    private static final String NOTHING = "nothing planted";
    private static final String TITLE = "Table 1. Rows kept, by kind of planted trouble";
    private static final String MARKS = ". ▲ more and ▼ fewer than 95 of 100 uniform choices keep.";

    private final List<Choice> choices;
    private final Map<Choice, Map<String, Choice.Count>> counts = new LinkedHashMap<>();
    private final List<String> kinds = new ArrayList<>();

    KeptByKind(List<Choice> choices) {
        this.choices = choices.stream().filter(Choice::planted).toList();
        TreeSet<String> found = new TreeSet<>();
        for (Choice choice : this.choices) {
            Map<String, Choice.Count> byKind = choice.byKind();
            counts.put(choice, byKind);
            found.addAll(byKind.keySet());
        }
        kinds.addAll(found); // the empty kind, which is first, is what the others are compared with
    }

    List<Block> blocks() {
        if (choices.isEmpty()) {
            return List.of();
        }
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Block.Paragraph(
                "Known troubles were planted in the rows before they were embedded, so what a stage kept can be"
                        + " compared with the truth. Uniform choice of as many rows keeps every kind at the same rate;"
                        + " what lies within its 95% interval is what chance alone gives."));
        boolean below = choices.size() > SIDE_BY_SIDE;
        List<String> names = below
                ? kinds.stream().map(KeptByKind::named).toList()
                : choices.stream().map(Choice::stage).toList();
        blocks.add(new Chart(
                "Kept, against uniform choice.",
                summary(),
                new Axis("kept ÷ expected of uniform", Axis.Scale.RATIO, v -> Numbers.tick(v) + "×"),
                names.stream()
                        .map(name -> new Chart.Series(name, Chart.Shape.DOT))
                        .toList(),
                below
                        ? choices.stream().map(this::row).toList()
                        : kinds.stream().map(this::row).toList(),
                below ? tableByStage() : table(),
                false));
        return blocks;
    }

    static String named(String kind) {
        return kind.isEmpty() ? NOTHING : kind;
    }

    /** Kinds that were planted, and the empty one. */
    List<String> kinds() {
        return kinds;
    }

    private Choice.Count count(Choice choice, String kind) {
        return counts.getOrDefault(choice, Map.of()).getOrDefault(kind, Choice.Count.NONE);
    }

    private Chart.Row row(String kind) {
        List<Chart.Mark> marks =
                choices.stream().map(choice -> chartMark(choice, kind)).toList();
        return new Chart.Row(
                named(kind), choices.size() == 1 ? Numbers.ratio(marks.get(0).value()) : "", marks);
    }

    private Chart.Row row(Choice choice) {
        return new Chart.Row(
                choice.stage(),
                "",
                kinds.stream().map(kind -> chartMark(choice, kind)).toList());
    }

    private Chart.Mark chartMark(Choice choice, String kind) {
        Choice.Count count = count(choice, kind);
        UniformChoice uniform = choice.uniform(count.rows());
        UniformChoice.Interval interval = uniform.interval();
        return Chart.Mark.at(
                uniform.ratio(count.kept()),
                new Chart.Span(uniform.ratio(interval.low()), uniform.ratio(interval.high())));
    }

    private DataTable tableByStage() {
        List<Column> columns =
                new ArrayList<>(List.of(Column.text("Stage"), Column.number("Of"), Column.number("Kept")));
        for (String kind : kinds) {
            columns.add(Column.number("Kept").in(named(kind)));
            columns.add(Column.number("Ratio").in(named(kind)));
        }
        List<List<Cell>> rows = new ArrayList<>();
        for (Choice choice : choices) {
            List<Cell> cells = new ArrayList<>(List.of(
                    Cell.of(choice.stage()),
                    Cell.of(Numbers.count(choice.population())),
                    Cell.of(Numbers.count(choice.kept()))));
            for (String kind : kinds) {
                Choice.Count count = count(choice, kind);
                cells.add(Cell.of(Numbers.count(count.kept())));
                cells.add(ratio(choice, count));
            }
            rows.add(cells);
        }
        return new DataTable(TITLE, columns, rows, "Ratio: kept ÷ expected of uniform choice of the same size" + MARKS);
    }

    private static Cell ratio(Choice choice, Choice.Count count) {
        UniformChoice uniform = choice.uniform(count.rows());
        return new Cell(Numbers.ratio(uniform.ratio(count.kept())), mark(uniform, count.kept()));
    }

    private DataTable table() {
        boolean oneSize = choices.stream().mapToLong(Choice::kept).distinct().count() == 1
                && choices.stream().map(choice -> rowsByKind(choice)).distinct().count() == 1;
        List<Column> columns = new ArrayList<>(List.of(Column.text("Kind"), Column.number("Rows")));
        if (oneSize) {
            columns.add(Column.number("Uniform keeps", "95%"));
        }
        for (Choice choice : choices) {
            String stage = choice.stage();
            if (!oneSize) {
                columns.add(Column.number("Of").in(stage));
                columns.add(Column.number("Uniform keeps", "95%").in(stage));
            }
            columns.add(Column.number("Kept").in(stage));
            columns.add(Column.number("Share").in(stage));
            columns.add(Column.number("Ratio").in(stage));
        }
        List<List<Cell>> rows = new ArrayList<>();
        for (String kind : kinds) {
            rows.add(cells(named(kind), kind, oneSize));
        }
        rows.add(total(oneSize));
        Choice first = choices.get(0);
        String note = "Ratio: kept ÷ expected of uniform choice of the same size"
                + (oneSize
                        ? ", which is " + Numbers.share((double) first.kept() / first.population()) + " of the rows"
                        : "")
                + MARKS;
        return new DataTable(TITLE, columns, rows, note);
    }

    private Map<String, Long> rowsByKind(Choice choice) {
        Map<String, Long> rows = new LinkedHashMap<>();
        kinds.forEach(kind -> rows.put(kind, count(choice, kind).rows()));
        return rows;
    }

    private List<Cell> cells(String name, String kind, boolean oneSize) {
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.of(name));
        cells.add(Cell.of(Numbers.count(count(choices.get(0), kind).rows())));
        if (oneSize) {
            cells.add(uniformKeeps(choices.get(0), kind));
        }
        for (Choice choice : choices) {
            Choice.Count count = count(choice, kind);
            if (!oneSize) {
                cells.add(Cell.of(Numbers.count(count.rows())));
                cells.add(uniformKeeps(choice, kind));
            }
            cells.add(Cell.of(Numbers.count(count.kept())));
            cells.add(Cell.of(Numbers.share((double) count.kept() / count.rows())));
            cells.add(ratio(choice, count));
        }
        return cells;
    }

    private Cell uniformKeeps(Choice choice, String kind) {
        UniformChoice.Interval interval =
                choice.uniform(count(choice, kind).rows()).interval();
        return Cell.of(Numbers.interval(interval.low(), interval.high()));
    }

    private List<Cell> total(boolean oneSize) {
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.of("all rows"));
        cells.add(Cell.of(Numbers.count(choices.get(0).population())));
        if (oneSize) {
            cells.add(Cell.of(Numbers.count(choices.get(0).kept())));
        }
        for (Choice choice : choices) {
            if (!oneSize) {
                cells.add(Cell.of(Numbers.count(choice.population())));
                cells.add(Cell.of(Numbers.count(choice.kept())));
            }
            cells.add(Cell.of(Numbers.count(choice.kept())));
            cells.add(Cell.of(Numbers.share((double) choice.kept() / choice.population())));
            cells.add(Cell.of(Numbers.ratio(1)));
        }
        return cells;
    }

    static Mark mark(UniformChoice uniform, long kept) {
        UniformChoice.Interval interval = uniform.interval();
        return kept < interval.low() ? Mark.BELOW : kept > interval.high() ? Mark.ABOVE : Mark.NONE;
    }

    /** What each stage did to each kind beyond chance, as one would say it. */
    String summary() {
        List<String> sentences = new ArrayList<>();
        List<String> uniform = new ArrayList<>();
        for (Choice choice : choices) {
            List<String> beyond = beyondChance(choice);
            if (beyond.isEmpty()) {
                uniform.add(choice.stage());
            } else {
                sentences.add("Stage " + choice.stage() + " keeps " + String.join(", ", beyond)
                        + " as often as uniform choice"
                        + (beyond.size() < kinds.size() - 1 ? "; the other kinds within chance." : "."));
            }
        }
        if (!uniform.isEmpty()) {
            sentences.add((uniform.size() == 1
                            ? "Stage " + uniform.get(0) + " keeps"
                            : "Stages " + String.join(", ", uniform) + " keep")
                    + " every planted kind as often as uniform choice, give or take chance.");
        }
        return String.join(" ", sentences);
    }

    private List<String> beyondChance(Choice choice) {
        List<String> beyond = new ArrayList<>();
        for (String kind : kinds) {
            Choice.Count count = count(choice, kind);
            UniformChoice uniform = choice.uniform(count.rows());
            if (!kind.isEmpty() && mark(uniform, count.kept()) != Mark.NONE) {
                beyond.add(kind + " " + Numbers.ratio(uniform.ratio(count.kept())));
            }
        }
        return beyond;
    }
}
