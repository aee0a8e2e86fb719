package org.oatmill.jobs.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Tables;
import org.oatmill.report.Axis;
import org.oatmill.report.Block;
import org.oatmill.report.Chart;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Cell;
import org.oatmill.report.DataTable.Column;
import org.oatmill.report.Numbers;
import org.oatmill.spark.artifact.Artifact;

/** What each evaluated predictor came to, side by side: the arms of a comparison, repeated with seeds or not. */
final class Arms {
    private static final String METRIC = "macro-f1";
    private static final String ACCURACY = "accuracy";
    private static final String DIFFERENCE = METRIC + "-difference";
    private static final String BASELINE = "baseline";

    /** A metric with its interval. */
    private record Measured(double value, double low, double high, long rows) {}

    /**
     * One evaluation.
     *
     * @param metrics by name
     * @param forwards rows that went forward through a model for it, choosing and tuning included
     * @param backwards rows that were differentiated for it
     */
    private record Evaluation(Map<String, Measured> metrics, long forwards, long backwards) {}

    /**
     * Evaluations that differ in their seeds alone.
     *
     * @param baseline the arm that it is compared with, or null
     */
    private record Arm(String name, String predictor, @Nullable String baseline, List<Evaluation> seeds) {

        double mean(String metric, ToDoubleFunction<Measured> part) {
            return seeds.stream()
                    .map(seed -> seed.metrics().get(metric))
                    .mapToDouble(measured -> measured == null ? Double.NaN : part.applyAsDouble(measured))
                    .average()
                    .orElse(Double.NaN);
        }

        List<Double> values(String metric) {
            return seeds.stream()
                    .map(seed -> seed.metrics().get(metric))
                    .map(measured -> measured == null ? Double.NaN : measured.value())
                    .toList();
        }

        long mean(ToDoubleFunction<Evaluation> cost) {
            return Math.round(seeds.stream().mapToDouble(cost).average().orElse(0));
        }
    }

    private final List<Arm> arms = new ArrayList<>();

    Arms(MadeStages stages) throws IOException {
        Map<String, List<MadeStages.Made>> byName = new LinkedHashMap<>();
        for (MadeStages.Made made : stages.with(Tables.METRICS)) {
            byName.computeIfAbsent(arm(made.stage().name()), name -> new ArrayList<>())
                    .add(made);
        }
        for (Map.Entry<String, List<MadeStages.Made>> arm : byName.entrySet()) {
            MadeStages.Made first = arm.getValue().get(0);
            List<Evaluation> seeds = new ArrayList<>();
            for (MadeStages.Made made : arm.getValue()) {
                seeds.add(evaluation(made.artifact(), stages));
            }
            String baseline = first.stage().inputs().get(BASELINE);
            JsonNode predictor = first.artifact().manifest().notes().get("predictor");
            arms.add(new Arm(
                    arm.getKey(),
                    predictor == null ? "" : predictor.asText(),
                    baseline == null ? null : arm(baseline),
                    seeds));
        }
    }

    /** A stage's name in the run file, without its seed. */
    private static String arm(String stage) {
        int at = stage.indexOf('@');
        return at < 0 ? stage : stage.substring(0, at);
    }

    private static Evaluation evaluation(Artifact artifact, MadeStages stages) throws IOException {
        Map<String, Measured> metrics = new HashMap<>();
        for (Row row : artifact.table(Tables.METRICS).collectAsList()) {
            metrics.put(
                    row.getAs("name"),
                    new Measured(
                            row.<Double>getAs("value"),
                            orNothing(row.getAs("low")),
                            orNothing(row.getAs("high")),
                            row.<Long>getAs("n")));
        }
        long forwards = 0;
        long backwards = 0;
        // What the baseline cost is not spent for this arm.
        for (Artifact made : stages.lineage(artifact, Set.of(BASELINE))) {
            forwards += number(made, "forwards");
            backwards += number(made, "backwards");
        }
        return new Evaluation(metrics, forwards, backwards);
    }

    private static double orNothing(@Nullable Double end) {
        return end == null ? Double.NaN : end;
    }

    private static long number(Artifact artifact, String note) {
        JsonNode value = artifact.manifest().notes().get(note);
        return value == null ? 0 : value.asLong();
    }

    List<Block> blocks() {
        if (arms.isEmpty()) {
            return List.of();
        }
        List<Block> blocks = new ArrayList<>();
        List<String> verdicts = arms.stream()
                .filter(arm -> arm.baseline() != null)
                .map(Arms::verdict)
                .toList();
        if (!verdicts.isEmpty()) {
            blocks.add(new Block.Callout(Block.Tone.NOTE, "what was compared", verdicts));
        }
        blocks.add(new Chart(
                "Macro-F1 on test rows.",
                "The large dot is the mean over seeds, small dots are single seeds, the line is the 95% interval of a"
                        + " bootstrap over test rows.",
                new Axis("macro-F1", Axis.Scale.LINEAR, Numbers::decimal),
                List.of(new Chart.Series("macro-F1", Chart.Shape.DOT)),
                arms.stream().map(Arms::row).toList(),
                table(),
                false));
        return blocks;
    }

    private static Chart.Row row(Arm arm) {
        double value = arm.mean(METRIC, Measured::value);
        Chart.Span interval = new Chart.Span(arm.mean(METRIC, Measured::low), arm.mean(METRIC, Measured::high));
        List<Double> dots = arm.seeds().size() > 1 ? arm.values(METRIC) : List.of();
        return new Chart.Row(arm.name(), score(value), List.of(new Chart.Mark(value, null, interval, dots)));
    }

    /** Whether an arm did better than its baseline, as far as the intervals tell. */
    private static String verdict(Arm arm) {
        long better =
                arm.seeds().stream().filter(seed -> difference(seed).low() > 0).count();
        long worse =
                arm.seeds().stream().filter(seed -> difference(seed).high() < 0).count();
        String difference = arm.name() + " minus " + arm.baseline() + ": "
                + signed(arm.mean(DIFFERENCE, Measured::value)) + " macro-F1 (95% interval "
                + signed(arm.mean(DIFFERENCE, Measured::low)) + " to "
                + signed(arm.mean(DIFFERENCE, Measured::high)) + ")";
        int seeds = arm.seeds().size();
        String said;
        if (better == seeds) {
            said = "better";
        } else if (worse == seeds) {
            said = "worse";
        } else if (better + worse > 0) {
            said = "the seeds do not agree, so no difference is shown";
        } else {
            said = "no difference is shown";
        }
        String counted = seeds == 1
                ? ""
                : "; the interval lies above 0 in " + better + " and below 0 in " + worse + " of " + seeds + " seeds";
        return difference + ": " + said + counted + ".";
    }

    private static Measured difference(Evaluation seed) {
        Measured measured = seed.metrics().get(DIFFERENCE);
        return measured == null ? new Measured(Double.NaN, Double.NaN, Double.NaN, 0) : measured;
    }

    private DataTable table() {
        boolean repeated = arms.stream().anyMatch(arm -> arm.seeds().size() > 1);
        boolean compared = arms.stream().anyMatch(arm -> arm.baseline() != null);
        List<Column> columns = new ArrayList<>(
                List.of(Column.text("Arm"), Column.text("Predictor"), Column.number("Macro-F1"), Column.number("95%")));
        if (repeated) {
            columns.add(Column.number("Seeds"));
        }
        columns.add(Column.number("Accuracy"));
        if (compared) {
            columns.add(Column.number("Difference"));
            columns.add(Column.number("95%").in("of the difference"));
        }
        columns.add(Column.number("Forwards"));
        columns.add(Column.number("Backwards"));
        List<List<Cell>> rows = new ArrayList<>();
        for (Arm arm : arms) {
            rows.add(cells(arm, repeated, compared));
        }
        long tested = arms.get(0).seeds().get(0).metrics().values().stream()
                .mapToLong(Measured::rows)
                .max()
                .orElse(0);
        String note = Numbers.count(tested) + " test rows. Intervals: 95% paired bootstrap over test rows"
                + (repeated
                        ? ", their ends averaged over seeds; they say nothing of other seeds. Seeds: each one's macro-F1"
                        : "")
                + ". Forwards and backwards: rows through the model, choosing, probing, tuning and evaluating included,"
                + (repeated ? " of one seed on average." : " all of it.");
        return new DataTable("Table 2. What the rows were worth", columns, rows, note);
    }

    private static List<Cell> cells(Arm arm, boolean repeated, boolean compared) {
        List<String> cells = new ArrayList<>(List.of(
                arm.name(),
                arm.predictor(),
                score(arm.mean(METRIC, Measured::value)),
                score(arm.mean(METRIC, Measured::low)) + "–" + score(arm.mean(METRIC, Measured::high))));
        if (repeated) {
            cells.add(
                    arm.seeds().size() > 1
                            ? String.join(
                                    " ",
                                    arm.values(METRIC).stream().map(Arms::score).toList())
                            : "");
        }
        cells.add(score(arm.mean(ACCURACY, Measured::value)));
        if (compared) {
            boolean has = arm.baseline() != null;
            cells.add(has ? signed(arm.mean(DIFFERENCE, Measured::value)) : "");
            cells.add(
                    has
                            ? signed(arm.mean(DIFFERENCE, Measured::low)) + " to "
                                    + signed(arm.mean(DIFFERENCE, Measured::high))
                            : "");
        }
        cells.add(Numbers.count(arm.mean((Evaluation seed) -> seed.forwards())));
        cells.add(Numbers.count(arm.mean((Evaluation seed) -> seed.backwards())));
        return DataTable.row(cells.toArray(String[]::new));
    }

    private static String score(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String signed(double value) {
        return String.format(Locale.ROOT, "%+.3f", value).replace('-', '−');
    }
}
