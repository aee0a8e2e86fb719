package org.oatmill.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.oatmill.report.Axis;
import org.oatmill.report.Block;
import org.oatmill.report.Chart;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Cell;
import org.oatmill.report.DataTable.Column;
import org.oatmill.report.Numbers;

/** The share of each class before and after rows were chosen. */
final class ClassBalance {

    /** More than these are counted together. */
    private static final int CLASSES = 40;

    private static final String OTHERS = "all other classes";

    private final List<Choice> choices;
    private final Map<Choice, Map<String, Choice.Count>> counts = new LinkedHashMap<>();
    private final List<String> classes = new ArrayList<>();

    /** @param choices from one population */
    ClassBalance(List<Choice> choices) {
        this.choices = choices;
        for (Choice choice : choices) {
            Map<String, Choice.Count> byClass = new LinkedHashMap<>(choice.byClass(CLASSES));
            long rows = byClass.values().stream().mapToLong(Choice.Count::rows).sum();
            long kept = byClass.values().stream().mapToLong(Choice.Count::kept).sum();
            if (rows < choice.population()) {
                byClass.put(OTHERS, new Choice.Count(choice.population() - rows, choice.kept() - kept));
            }
            counts.put(choice, byClass);
        }
        if (!choices.isEmpty()) {
            Map<String, Choice.Count> first = counts.getOrDefault(choices.get(0), Map.of());
            classes.addAll(first.keySet());
            classes.sort((a, b) -> {
                int last = Boolean.compare(a.equals(OTHERS), b.equals(OTHERS));
                return last != 0 ? last : Long.compare(rows(first, b), rows(first, a));
            });
        }
    }

    private static long rows(Map<String, Choice.Count> counts, String name) {
        return counts.getOrDefault(name, Choice.Count.NONE).rows();
    }

    /** Nothing where rows have no class, or almost each its own. */
    List<Block> blocks() {
        boolean classed = classes.stream().anyMatch(name -> !name.isEmpty() && !name.equals(OTHERS));
        if (!classed || classes.size() < 2) {
            return List.of();
        }
        Choice first = choices.get(0);
        if (classes.contains(OTHERS) && 2 * rows(counts.getOrDefault(first, Map.of()), OTHERS) > first.population()) {
            return List.of();
        }
        List<Chart.Series> series = new ArrayList<>(List.of(new Chart.Series("before", Chart.Shape.BASELINE)));
        choices.forEach(choice -> series.add(new Chart.Series(choice.stage(), Chart.Shape.DOT)));
        return List.of(new Chart(
                "Share of each class.",
                "Before rows were chosen, and after.",
                new Axis("share of rows", Axis.Scale.LINEAR, Numbers::share),
                series,
                classes.stream().map(this::row).toList(),
                table(),
                true));
    }

    private static String named(String label) {
        return label.isEmpty() ? "no class" : label;
    }

    private Choice.Count count(Choice choice, String label) {
        return counts.getOrDefault(choice, Map.of()).getOrDefault(label, Choice.Count.NONE);
    }

    private Chart.Row row(String label) {
        List<Chart.Mark> marks = new ArrayList<>();
        Choice first = choices.get(0);
        marks.add(Chart.Mark.at((double) count(first, label).rows() / first.population()));
        for (Choice choice : choices) {
            marks.add(Chart.Mark.at((double) count(choice, label).kept() / choice.kept()));
        }
        return new Chart.Row(named(label), "", marks);
    }

    private DataTable table() {
        List<Column> columns = new ArrayList<>(List.of(
                Column.text("Class"),
                Column.number("Rows").in("before"),
                Column.number("Share").in("before")));
        for (Choice choice : choices) {
            columns.add(Column.number("Rows").in(choice.stage()));
            columns.add(Column.number("Share").in(choice.stage()));
            columns.add(Column.number("Ratio").in(choice.stage()));
        }
        List<List<Cell>> rows = new ArrayList<>();
        for (String label : classes) {
            Choice first = choices.get(0);
            List<Cell> cells = new ArrayList<>();
            cells.add(Cell.of(named(label)));
            cells.add(Cell.of(Numbers.count(count(first, label).rows())));
            cells.add(Cell.of(Numbers.share((double) count(first, label).rows() / first.population())));
            for (Choice choice : choices) {
                Choice.Count count = count(choice, label);
                UniformChoice uniform = choice.uniform(count.rows());
                cells.add(Cell.of(Numbers.count(count.kept())));
                cells.add(Cell.of(Numbers.share((double) count.kept() / choice.kept())));
                cells.add(new Cell(Numbers.ratio(uniform.ratio(count.kept())), KeptByKind.mark(uniform, count.kept())));
            }
            rows.add(cells);
        }
        return new DataTable(
                "Rows by class, before and after",
                columns,
                rows,
                "Ratio: kept ÷ expected of uniform choice. ▲ more and ▼ fewer than 95 of 100 uniform choices keep; of "
                        + classes.size() + " classes about one in twenty is marked by chance alone.");
    }
}
