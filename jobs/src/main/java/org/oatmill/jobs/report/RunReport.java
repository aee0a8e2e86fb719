package org.oatmill.jobs.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Json;
import org.oatmill.core.Store;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.RunResults.Outcome;
import org.oatmill.report.Block;
import org.oatmill.report.DataTable;
import org.oatmill.report.DataTable.Cell;
import org.oatmill.report.DataTable.Column;
import org.oatmill.report.HtmlWriter;
import org.oatmill.report.MarkdownWriter;
import org.oatmill.report.Numbers;
import org.oatmill.report.Page;
import org.oatmill.spark.artifact.Artifacts;

/** The report of a run: what it kept, what it was worth, how it was made. */
public final class RunReport {

    private static final DateTimeFormatter WHEN = DateTimeFormatter.ofPattern(
                    "d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final RunResults results;
    private final Artifacts artifacts;
    private final boolean redact;

    private RunReport(RunResults results, Artifacts artifacts, boolean redact) {
        this.results = results;
        this.artifacts = artifacts;
        this.redact = redact;
    }

    /**
     * Writes {@code report.html} and {@code report.md} beside a run's results.
     *
     * @param run the run's directory, below the root
     * @param redact whether ids are shown and never text
     * @return where the two files are
     */
    public static List<String> write(String run, Artifacts artifacts, boolean redact) throws IOException {
        Store store = artifacts.workspace().store();
        RunResults results = results(store, run)
                .orElseThrow(() -> new UserException("Cannot report on " + run + " below " + store.root()
                        + ": it has no " + RunResults.FILE
                        + ", expected a run that has ended; wait for it, or run again"));
        Page page = new RunReport(results, artifacts, redact).page(text(store, run + "/config.resolved.conf"));
        List<String> paths = List.of(run + "/report.html", run + "/report.md");
        store.put(paths.get(0), HtmlWriter.write(page).getBytes(StandardCharsets.UTF_8));
        store.put(paths.get(1), MarkdownWriter.write(page).getBytes(StandardCharsets.UTF_8));
        return paths;
    }

    /** What a run did, if it has ended. */
    public static Optional<RunResults> results(Store store, String run) throws IOException {
        try (InputStream in = store.read(run + "/" + RunResults.FILE)) {
            return Optional.of(Json.read(in, RunResults.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static @Nullable String text(Store store, String path) throws IOException {
        try (InputStream in = store.read(path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private Page page(@Nullable String resolved) throws IOException {
        MadeStages stages = new MadeStages(results, artifacts);
        List<Choice> choices = new ArrayList<>();
        try {
            for (MadeStages.Made sample : stages.with(Tables.SAMPLE)) {
                Choice.of(sample, stages).ifPresent(choices::add);
            }
            return page(stages, choices, resolved);
        } finally {
            choices.forEach(Choice::close);
        }
    }

    private Page page(MadeStages stages, List<Choice> choices, @Nullable String resolved) throws IOException {
        List<Choice> alike = ofOnePopulation(choices);
        KeptByKind keptByKind = new KeptByKind(choices);
        Provenance provenance = new Provenance(results);
        List<Block> blocks = new ArrayList<>();
        failure().ifPresent(blocks::add);
        warnings(stages).ifPresent(blocks::add);
        facts(stages, choices).ifPresent(blocks::add);
        section(blocks, "What the rows were worth", new Arms(stages).blocks());
        section(blocks, "What was kept", keptByKind.blocks());
        section(blocks, "Samples", samples(stages));
        section(blocks, "Class balance", new ClassBalance(alike).blocks());
        section(blocks, "Examples", Examples.blocks(alike, keptByKind.kinds(), redact));
        section(blocks, "Quarantine", Quarantine.blocks(stages, redact));
        section(blocks, "Rows and time by stage", provenance.stages());
        section(blocks, "Lineage", provenance.lineage());
        section(blocks, "Make this run again", provenance.again(resolved));
        return new Page("Oatmill run", results.name(), subtitle(), blocks);
    }

    private static void section(List<Block> blocks, String title, List<Block> content) {
        if (!content.isEmpty()) {
            blocks.add(new Block.Section(title, content));
        }
    }

    private String subtitle() {
        String word = results.outcome() == Outcome.SUCCEEDED ? "Done" : "Failed";
        return word + " in " + Numbers.duration(results.seconds()) + " · begun "
                + WHEN.format(Instant.parse(results.startedAt())) + " · " + results.id()
                + (redact ? " · redacted" : "");
    }

    private Optional<Block> failure() {
        if (results.outcome() == Outcome.SUCCEEDED) {
            return Optional.empty();
        }
        List<String> stages = results.stages().stream()
                .filter(stage -> stage.outcome() == Outcome.FAILED)
                .map(RunResults.Stage::name)
                .toList();
        List<String> lines = new ArrayList<>();
        lines.add(results.error() == null ? "No reason was recorded." : results.error());
        lines.add("Stages made before it are committed and stay; mend the cause and run again to go on from there.");
        String where = stages.isEmpty() ? "the run" : "stage " + String.join(", ", stages);
        return Optional.of(
                new Block.Callout(Block.Tone.FAILURE, where + ", with exit code " + results.exitCode(), lines));
    }

    private Optional<Block> warnings(MadeStages stages) {
        List<String> lines = new ArrayList<>();
        results.stages().forEach(stage -> stage.warnings().forEach(w -> lines.add(stage.name() + ": " + w)));
        lines.addAll(stages.gone());
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        String title = lines.size() == 1 ? "one thing to know" : lines.size() + " things to know";
        return Optional.of(new Block.Callout(Block.Tone.WARNING, title, lines));
    }

    /** The four or five figures that one would ask for first. */
    private Optional<Block> facts(MadeStages stages, List<Choice> choices) {
        List<Block.Fact> facts = new ArrayList<>();
        long read = 0;
        long refused = 0;
        for (MadeStages.Made made : stages.with(Tables.QUARANTINE)) {
            read += Provenance.rows(made.stage());
            refused += made.stage().rows().getOrDefault(Tables.QUARANTINE.name(), 0L);
        }
        if (read > 0) {
            facts.add(new Block.Fact("Rows read", Numbers.count(read), Numbers.count(refused) + " quarantined"));
        }
        for (MadeStages.Made made : stages.with(Tables.PLANTED)) {
            long planted = made.stage().rows().getOrDefault(Tables.PLANTED.name(), 0L);
            long rows = Provenance.rows(made.stage());
            facts.add(
                    new Block.Fact("Troubles planted", Numbers.count(planted), "in " + Numbers.count(rows) + " rows"));
        }
        for (Choice choice : choices) {
            facts.add(new Block.Fact(
                    "Kept by " + choice.stage(),
                    Numbers.count(choice.kept()),
                    Numbers.share((double) choice.kept() / choice.population()) + " of "
                            + Numbers.count(choice.population()) + effective(choice)));
        }
        return facts.isEmpty() ? Optional.empty() : Optional.of(new Block.Facts(facts));
    }

    /** The effective sample size, where the weights say anything: a share of the rows. */
    private static String effective(Choice choice) {
        JsonNode share = choice.made().artifact().manifest().notes().get("effective_sample_size");
        return share == null || share.doubleValue() == 1 ? "" : ", n_eff " + Numbers.decimal(share.doubleValue());
    }

    /** What each sampling stage says of its sample, side by side. */
    private static List<Block> samples(MadeStages stages) {
        List<MadeStages.Made> samples = stages.with(Tables.SAMPLE);
        if (samples.isEmpty()) {
            return List.of();
        }
        Map<String, Map<String, String>> notes = new LinkedHashMap<>();
        TreeSet<String> names = new TreeSet<>();
        for (MadeStages.Made made : samples) {
            Map<String, String> said = new TreeMap<>();
            made.artifact().manifest().notes().forEach((name, note) -> flatten(name.replace('_', ' '), note, said));
            notes.put(made.stage().name(), said);
            names.addAll(said.keySet());
        }
        names.removeIf(name -> name.endsWith(" seed")); // no figure, and as wide as five
        List<Column> columns = new ArrayList<>(List.of(Column.text("Figure")));
        samples.forEach(made -> columns.add(Column.number(made.stage().name())));
        List<List<Cell>> rows = new ArrayList<>();
        rows.add(row("method", samples, made -> method(made)));
        for (String name : names) {
            rows.add(row(name, samples, made -> notes.getOrDefault(made.stage().name(), Map.of())
                    .getOrDefault(name, "–")));
        }
        return List.of(new DataTable("How the rows were chosen", columns, rows, ""));
    }

    private static String method(MadeStages.Made made) {
        return made.artifact()
                .manifest()
                .recipe()
                .config()
                .path("method")
                .path("name")
                .asText("–");
    }

    /** A record becomes a figure for each of its components. */
    private static void flatten(String name, JsonNode note, Map<String, String> into) {
        if (note.isObject()) {
            note.fields()
                    .forEachRemaining(
                            field -> flatten(name + " " + field.getKey().replace('_', ' '), field.getValue(), into));
        } else {
            into.put(
                    name,
                    note.isNumber()
                            ? Numbers.decimal(note.doubleValue())
                            : note.isTextual() ? note.textValue() : Json.canonical(note));
        }
    }

    private interface Figure {
        String of(MadeStages.Made made);
    }

    private static List<Cell> row(String name, List<MadeStages.Made> samples, Figure figure) {
        List<Cell> cells = new ArrayList<>(List.of(Cell.of(name)));
        samples.forEach(made -> cells.add(Cell.of(figure.of(made))));
        return cells;
    }

    /** Those that chose from as many rows as the first, so that one column says what was there before. */
    private static List<Choice> ofOnePopulation(List<Choice> choices) {
        return choices.stream()
                .filter(choice -> choice.population() == choices.get(0).population())
                .toList();
    }
}
