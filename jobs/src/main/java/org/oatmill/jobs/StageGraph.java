package org.oatmill.jobs;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Nearest;
import org.oatmill.core.Table;
import org.oatmill.core.UserException;

/**
 * The stages of a run file as a graph: what reads what. Checks that every input is there and holds
 * what its reader needs, that nothing waits for itself, and orders the stages so that each comes
 * after what it reads.
 */
final class StageGraph {

    /**
     * A stage as the run file has it, before {@code seeds} makes several of it.
     *
     * @param stage the stage, with its inputs by role
     * @param seeds the values of {@code seeds}, empty where it has none
     */
    record Declared(Stage stage, List<Long> seeds) {}

    private final Map<String, Declared> stages = new LinkedHashMap<>();

    /** Checks the graph of these stages, which come in the order of the run file. */
    StageGraph(List<Declared> declared) {
        declared.forEach(d -> stages.put(d.stage().name(), d));
        declared.forEach(d -> d.stage().inputs().forEach((role, input) -> checkReference(d.stage(), role, input)));
        List<String> done = new ArrayList<>();
        declared.forEach(d -> refuseCycle(d.stage().name(), new ArrayList<>(), done));
        declared.forEach(d -> checkRoles(d.stage()));
    }

    /** Every stage after all it reads, otherwise in the order of the run file; stages with seeds once per value. */
    List<Stage> ordered() {
        List<Stage> ordered = new ArrayList<>();
        Map<String, List<Long>> seeds = new LinkedHashMap<>();
        Set<String> waiting = new LinkedHashSet<>(stages.keySet());
        while (!waiting.isEmpty()) {
            String next = waiting.stream()
                    .filter(name -> parents(name).stream().noneMatch(waiting::contains))
                    .findFirst()
                    .orElseThrow();
            waiting.remove(next);
            seeds.put(next, seedsOf(next, seeds));
            ordered.addAll(copies(next, seeds));
        }
        return List.copyOf(ordered);
    }

    private List<Stage> copies(String name, Map<String, List<Long>> seeds) {
        Stage stage = stage(name);
        List<Long> values = seeds.getOrDefault(name, List.of());
        if (values.isEmpty()) {
            return List.of(stage);
        }
        List<Stage> copies = new ArrayList<>();
        for (long value : values) {
            Map<String, Stage.Input> inputs = new LinkedHashMap<>();
            stage.inputs().forEach((role, input) -> {
                boolean copied = input.isStage()
                        && !seeds.getOrDefault(input.from(), List.of()).isEmpty();
                inputs.put(role, copied ? new Stage.Input(input.from() + "@" + value, true, input.place()) : input);
            });
            copies.add(new Stage(
                    name + "@" + value,
                    name,
                    stage.job(),
                    stage.config(),
                    stage.seedName(),
                    stage.runSeed() + value,
                    inputs,
                    stage.place()));
        }
        return copies;
    }

    /** Its own seeds or those of what it reads, which must be the same. */
    private List<Long> seedsOf(String name, Map<String, List<Long>> above) {
        List<Long> found = declared(name).seeds();
        String owner = name;
        for (String parent : parents(name)) {
            List<Long> inherited = above.getOrDefault(parent, List.of());
            if (inherited.isEmpty()) {
                continue;
            }
            if (!found.isEmpty() && !found.equals(inherited)) {
                throw new UserException(
                        "Cannot read " + stage(name).place() + ": stages." + name + " meets seeds = "
                                + found + " of " + owner + " and seeds = " + inherited + " of " + parent
                                + ", expected one list; give seeds to the first stage that should be repeated, all below it follow");
            }
            found = inherited;
            owner = parent;
        }
        return found;
    }

    private Declared declared(String name) {
        return Objects.requireNonNull(stages.get(name), name);
    }

    private Stage stage(String name) {
        return declared(name).stage();
    }

    private List<String> parents(String name) {
        return stage(name).inputs().values().stream()
                .filter(Stage.Input::isStage)
                .map(Stage.Input::from)
                .distinct()
                .toList();
    }

    private void checkReference(Stage stage, String role, Stage.Input input) {
        String key = "stages." + stage.name() + ".input" + (stage.job().reads().size() > 1 ? "." + role : "");
        if (input.isStage() && input.from().equals(stage.name())) {
            throw new UserException("Cannot read " + input.place() + ": " + key + " = " + input.from()
                    + ", expected another stage; a stage cannot read itself"
                    + holders(role(stage, role).table(), stage.name()));
        }
        if (input.isStage() && !stages.containsKey(input.from())) {
            Set<String> others = new TreeSet<>(stages.keySet());
            others.remove(stage.name());
            throw new UserException("Cannot read " + input.place() + ": " + key + " = " + input.from()
                    + ", expected a stage of this file (" + String.join(", ", others)
                    + ") or the path of an artifact (root/stage/recipe)" + Nearest.hint(input.from(), others));
        }
    }

    private void refuseCycle(String name, List<String> trail, List<String> done) {
        if (done.contains(name)) {
            return;
        }
        if (trail.contains(name)) {
            List<String> cycle = new ArrayList<>(trail.subList(trail.indexOf(name), trail.size()));
            cycle.add(name);
            throw new UserException("Cannot read " + stage(name).place()
                    + ": the stages wait for each other: " + String.join(" → ", cycle)
                    + ", expected an order; give one of them another input");
        }
        trail.add(name);
        parents(name).forEach(parent -> refuseCycle(parent, trail, done));
        trail.remove(trail.size() - 1);
        done.add(name);
    }

    private void checkRoles(Stage stage) {
        stage.inputs().forEach((role, input) -> {
            Job.Role read = role(stage, role);
            Table table = read.table();
            if (input.isStage()) {
                List<Table> written = stage(input.from()).job().writes();
                if (!read.isHeldBy(written.stream().map(Table::name).toList())) {
                    throw new UserException("Cannot read " + input.place() + ": stages." + stage.name() + ".input = "
                            + input.from() + ", which holds "
                            + written.stream().map(Table::name).collect(Collectors.joining(", ")) + ", expected "
                            + table.name() + holders(table, stage.name()));
                }
            }
        });
    }

    /** What would do instead. */
    private String holders(Table table, @Nullable String except) {
        String names = holders(stages.values(), table, except);
        return names.isEmpty() ? "; no stage of this file holds " + table.name() : "; write input = " + names;
    }

    /** The stages that hold a table, joined by "or". */
    static String holders(Iterable<Declared> stages, Table table, @Nullable String except) {
        List<String> names = new ArrayList<>();
        for (Declared d : stages) {
            boolean holds =
                    d.stage().job().writes().stream().anyMatch(t -> t.name().equals(table.name()));
            if (holds && !d.stage().name().equals(except)) {
                names.add(d.stage().name());
            }
        }
        return String.join(" or ", names);
    }

    private static Job.Role role(Stage stage, String role) {
        return stage.job().reads().stream()
                .filter(r -> r.name().equals(role))
                .findFirst()
                .orElseThrow();
    }
}
