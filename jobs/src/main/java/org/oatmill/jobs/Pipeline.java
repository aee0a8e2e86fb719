package org.oatmill.jobs;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Recipe;
import org.oatmill.core.UserException;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.RunResults.Outcome;
import org.oatmill.spark.artifact.Artifact;
import org.oatmill.spark.artifact.Artifacts;
import org.oatmill.spark.artifact.Draft;
import org.oatmill.spark.artifact.HadoopStore;
import org.oatmill.spark.artifact.Inputs;

/**
 * Makes the stages of a run file, in one SparkSession. A stage whose recipe has an artifact is done;
 * any other is made. The first stage that fails ends the run, and all that was committed before it
 * stays.
 */
public final class Pipeline {
    static final String EVENTS = "events.jsonl";
    static final String CONFIG = "config.resolved.conf";

    private final RunFile file;
    private final List<Stage> stages;
    private final SparkSession spark;
    private final Workspace workspace;
    private final Artifacts artifacts;
    private final Map<String, Artifact> known = new LinkedHashMap<>();
    private final Map<String, Map<String, String>> external = new LinkedHashMap<>();

    /**
     * Looks at all that the stages read from outside, so that what is missing is found before anything is written.
     *
     * @param stages of the file, parents first
     */
    public Pipeline(RunFile file, List<Stage> stages, SparkSession spark) {
        this.file = file;
        this.stages = stages;
        this.spark = spark;
        this.workspace = new Workspace(
                new HadoopStore(file.head().root(), spark.sparkContext().hadoopConfiguration()));
        this.artifacts = new Artifacts(workspace, spark);
        for (Stage stage : stages) {
            at(stage.place(), () -> {
                Map<String, String> read = new TreeMap<>(external(stage.job(), stage.config()));
                read.keySet().removeAll(stage.inputs().keySet());
                external.put(stage.name(), read);
            });
            stage.inputs().forEach((role, input) -> {
                if (!input.isStage()) {
                    at(input.place(), () -> known.put(input.from(), outside(stage, role, input.from())));
                }
            });
        }
    }

    public Artifacts artifacts() {
        return artifacts;
    }

    /**
     * What is to be done for a stage.
     *
     * @param recipe what it would be made of; null where a stage above is not made yet
     * @param artifact what was made of it; null where it is to be made
     * @param waitsFor stages above that are not made yet
     */
    public record Planned(Stage stage, @Nullable Recipe recipe, @Nullable Artifact artifact, List<String> waitsFor) {}

    /** What would be done, without doing it. */
    public List<Planned> plan() throws IOException {
        List<Planned> plan = new ArrayList<>();
        for (Stage stage : stages) {
            List<String> waitsFor = stage.inputs().values().stream()
                    .map(Stage.Input::from)
                    .filter(from -> !known.containsKey(from))
                    .distinct()
                    .toList();
            if (!waitsFor.isEmpty()) {
                plan.add(new Planned(stage, null, null, waitsFor));
                continue;
            }
            Recipe recipe = recipe(stage);
            Optional<Artifact> found = artifacts.find(stage.directory(), recipe);
            found.ifPresent(artifact -> known.put(stage.name(), artifact));
            plan.add(new Planned(stage, recipe, found.orElse(null), List.of()));
        }
        return plan;
    }

    /** What each input of a stage holds, by role, as far as it is made. */
    public Map<String, Artifact> inputs(Stage stage) {
        Map<String, Artifact> inputs = new LinkedHashMap<>();
        stage.inputs().forEach((role, input) -> {
            Artifact artifact = known.get(input.from());
            if (artifact != null) {
                inputs.put(role, artifact);
            }
        });
        return inputs;
    }

    /** What {@link Job#memory} says, where all that the stage reads is made. */
    public String memory(Stage stage) {
        return memory(stage.job(), stage);
    }

    private <C extends Record> String memory(Job<C> job, Stage stage) {
        return said(stage, job::memory);
    }

    /** What {@link Job#outlook} says, where all that the stage reads is made. */
    public String outlook(Stage stage) {
        return outlook(stage.job(), stage);
    }

    private <C extends Record> String outlook(Job<C> job, Stage stage) {
        return said(stage, job::outlook);
    }

    private interface Said<C> {
        String of(C config, Inputs in, SparkSession spark);
    }

    private <C extends Record> String said(Stage stage, Said<C> of) {
        Map<String, Artifact> inputs = inputs(stage);
        @SuppressWarnings("unchecked") // the configuration was bound to the class of the job's typical instance
        C config = (C) stage.config();
        return inputs.keySet().containsAll(stage.inputs().keySet())
                ? of.of(config, Inputs.of(stage.seed(), inputs), spark)
                : "";
    }

    /**
     * Makes what is not made yet, and writes what happened to {@code _runs/<id>/}.
     *
     * @param command the words that make the run again
     */
    public RunResults run(List<String> command, Progress progress) throws IOException {
        Run run = new Run(command, progress.listenTo(spark.sparkContext()));
        run.put(CONFIG, file.render());
        for (Stage stage : stages) {
            run.next(stage);
        }
        return run.results();
    }

    /** One call of {@link #run}. */
    private final class Run {
        private final List<String> command;
        private final Progress progress;
        private final String directory = workspace.beginRun();
        private final Instant started = Instant.now();
        private final List<RunResults.Stage> done = new ArrayList<>();
        private final StringBuilder events = new StringBuilder();
        private int exitCode;
        private @Nullable String error;

        Run(List<String> command, Progress progress) {
            this.command = command;
            this.progress = progress;
        }

        void next(Stage stage) throws IOException {
            if (error != null) {
                done.add(result(stage, Outcome.NOT_REACHED, null, null, 0, null, null));
                return;
            }
            Instant begun = Instant.now();
            String head = "[" + (done.size() + 1) + "/" + stages.size() + "] " + stage.name() + "  "
                    + stage.job().name();
            Recipe recipe = null;
            PeakMemory memory = new PeakMemory();
            try {
                recipe = recipe(stage);
                Optional<Artifact> found = artifacts.find(stage.directory(), recipe);
                if (found.isPresent()) {
                    known.put(stage.name(), found.get());
                    add(result(stage, Outcome.REUSED, recipe, found.get(), since(begun), null, null));
                    progress.line(head + "  already made: " + rows(found.get()));
                    return;
                }
                event("stage_started", stage.name(), Map.of("recipe", recipe.digest()));
                progress.line(head + "  …");
                progress.begin(stage.name());
                Artifact made = make(stage, recipe, progress);
                progress.end();
                known.put(stage.name(), made);
                add(result(stage, Outcome.SUCCEEDED, recipe, made, since(begun), memory.mebibytes(), null));
                progress.line(head + "  done in " + Progress.seconds(since(begun)) + ": " + rows(made));
                made.manifest().warnings().forEach(warning -> progress.line("      warning: " + warning));
            } catch (Throwable e) { // whatever it is, the run's results say so
                progress.end();
                UserException mistake = mistake(e);
                exitCode = mistake == null ? 2 : 1;
                error = "Stage " + stage.name() + ": " + (mistake == null ? e.toString() : mistake.getMessage());
                add(result(stage, Outcome.FAILED, recipe, null, since(begun), memory.mebibytes(), error));
                progress.line(head + "  failed after " + Progress.seconds(since(begun)));
                progress.line(
                        mistake == null
                                ? "Stage " + stage.name() + " failed, and should not have:\n" + trace(e)
                                : error);
            } finally {
                memory.close();
            }
        }

        RunResults results() throws IOException {
            RunResults results = new RunResults(
                    RunResults.SCHEMA,
                    directory.substring(directory.lastIndexOf('/') + 1),
                    file.head().name(),
                    file.file(),
                    file.head().root(),
                    file.head().seed(),
                    command.stream().map(Secrets::redact).toList(),
                    started.truncatedTo(ChronoUnit.SECONDS).toString(),
                    since(started),
                    error == null ? Outcome.SUCCEEDED : Outcome.FAILED,
                    exitCode,
                    error,
                    done,
                    spark.sparkContext().master(),
                    spark.sparkContext().defaultParallelism(),
                    Manifest.Tool.current(spark.version()));
            event("run_ended", null, Map.of("exit_code", exitCode));
            put(RunResults.FILE, Json.pretty(Json.tree(results)));
            return results;
        }

        private void add(RunResults.Stage result) throws IOException {
            done.add(result);
            Map<String, Object> more = new TreeMap<>(Map.of("outcome", result.outcome(), "seconds", result.seconds()));
            if (result.error() != null) {
                more.put("error", result.error());
            }
            event("stage_ended", result.name(), more);
        }

        /** The store only puts whole files, and there are a few events for each stage. */
        private void event(String name, @Nullable String stage, Map<String, ?> more) throws IOException {
            Map<String, Object> event = new LinkedHashMap<>();
            event.put("time", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
            event.put("event", name);
            if (stage != null) {
                event.put("stage", stage);
            }
            event.putAll(more);
            events.append(Json.line(Json.tree(event))).append('\n');
            put(EVENTS, events.toString());
        }

        void put(String name, String text) throws IOException {
            workspace.store().put(directory + "/" + name, text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private Artifact make(Stage stage, Recipe recipe, Progress progress) throws Exception {
        Map<String, Artifact> inputs = inputs(stage);
        Map<String, Manifest.Parent> parents = new TreeMap<>();
        inputs.forEach((role, artifact) -> parents.put(role, artifact.asParent()));
        spark.sparkContext().setJobDescription(stage.name());
        try (Draft draft = artifacts.begin(stage.directory(), recipe, parents)) {
            run(stage.job(), stage.config(), Inputs.of(stage.seed(), inputs), draft.watchedBy(progress::says));
            return draft.commit();
        } finally {
            spark.sparkContext().setJobDescription(null);
        }
    }

    @SuppressWarnings("unchecked") // the configuration was bound to the class of the job's typical instance
    private <C extends Record> void run(Job<C> job, Record config, Inputs inputs, Draft draft) throws Exception {
        job.run((C) config, inputs, draft, spark);
    }

    @SuppressWarnings("unchecked") // as above
    private <C extends Record> Map<String, String> external(Job<C> job, Record config) {
        return job.external((C) config, spark);
    }

    private Recipe recipe(Stage stage) {
        Map<String, String> parents = new TreeMap<>();
        inputs(stage)
                .forEach((role, artifact) ->
                        parents.put(role, artifact.manifest().contentDigest()));
        return new Recipe(
                stage.job().name(),
                stage.job().resultVersion(),
                Recipe.config(stage.config()),
                stage.seed(),
                parents,
                external.getOrDefault(stage.name(), Map.of()));
    }

    private Artifact outside(Stage stage, String role, String path) throws IOException {
        Artifact artifact = artifacts.open(path);
        Job.Role read = stage.job().reads().stream()
                .filter(r -> r.name().equals(role))
                .findFirst()
                .orElseThrow();
        List<String> held = artifact.manifest().tables().stream()
                .map(Manifest.TableContent::name)
                .toList();
        if (!read.isHeldBy(held)) {
            throw new UserException("Cannot read: stages." + stage.directory() + ".input = " + path + ", which holds "
                    + String.join(", ", held) + ", expected " + read.table().name());
        }
        return artifact;
    }

    private interface Look {
        void at() throws IOException;
    }

    /** Adds the place in the run file to the message of whatever is wrong outside. */
    private static void at(String place, Look look) {
        try {
            look.at();
        } catch (UserException e) {
            throw new UserException(place + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UserException(
                    place + ": Cannot read: " + e.getMessage() + ", expected a path that can be read", e);
        }
    }

    private RunResults.Stage result(
            Stage stage,
            Outcome outcome,
            @Nullable Recipe recipe,
            @Nullable Artifact artifact,
            double seconds,
            @Nullable Long peakMebibytes,
            @Nullable String error) {
        Map<String, String> inputs = new LinkedHashMap<>();
        stage.inputs().forEach((role, input) -> inputs.put(role, input.from()));
        Map<String, Long> rows = new LinkedHashMap<>();
        if (artifact != null) {
            artifact.manifest().tables().forEach(table -> rows.put(table.name(), table.rows()));
        }
        return new RunResults.Stage(
                stage.name(),
                stage.job().name(),
                outcome,
                inputs,
                artifact == null ? null : artifact.path(),
                recipe == null ? null : recipe.digest(),
                artifact == null ? null : artifact.manifest().contentDigest(),
                seconds,
                peakMebibytes,
                rows,
                artifact == null ? List.of() : artifact.manifest().warnings(),
                error);
    }

    /** {@code documents 81,426 rows, quarantine 3 rows}. */
    static String rows(Artifact artifact) {
        return artifact.manifest().tables().stream()
                .map(table -> String.format("%s %,d rows", table.name(), table.rows()))
                .collect(Collectors.joining(", "));
    }

    /** The operator's mistake in a chain of causes: Spark wraps what a task throws. */
    static @Nullable UserException mistake(@Nullable Throwable thrown) {
        for (Throwable e = thrown; e != null; e = e.getCause()) {
            if (e instanceof UserException mistake) {
                return mistake;
            }
        }
        return null;
    }

    private static String trace(Throwable e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace, true));
        return Secrets.redact(trace.toString());
    }

    private static double since(Instant start) {
        return ChronoUnit.MILLIS.between(start, Instant.now()) / 1000.0;
    }
}
