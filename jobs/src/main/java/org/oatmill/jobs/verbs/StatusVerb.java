package org.oatmill.jobs.verbs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.core.Workspace;
import org.oatmill.jobs.Progress;
import org.oatmill.jobs.RunResults;
import org.oatmill.jobs.TextTable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code status}: what lies in a workspace, and how its last run ended. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = "Says what a workspace holds, and how its last run ended or how far it is.")
final class StatusVerb implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Oatmill oatmill;

    @Parameters(index = "0", paramLabel = "FILE|ROOT", description = "Run file, or its root.")
    private String target = "";

    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Overlay overlay;

    @Override
    public Integer call() throws Exception {
        Workspace workspace = Target.existing(target, overlay, oatmill.jobs);
        Map<String, List<Manifest>> byStage = new LinkedHashMap<>();
        for (String path : workspace.artifacts()) {
            Manifest manifest = workspace.open(path);
            byStage.computeIfAbsent(manifest.stage(), stage -> new ArrayList<>())
                    .add(manifest);
        }
        TextTable table = new TextTable("stage", "job", "artifacts", "size", "newest", "made at", "rows");
        byStage.forEach((stage, manifests) -> {
            Manifest newest = manifests.stream()
                    .max((a, b) -> a.startedAt().compareTo(b.startedAt()))
                    .orElseThrow();
            Map<String, Long> rows = new LinkedHashMap<>();
            newest.tables().forEach(t -> rows.put(t.name(), t.rows()));
            table.row(
                    stage,
                    newest.recipe().job(),
                    manifests.size(),
                    bytes(manifests.stream().mapToLong(StatusVerb::bytes).sum()),
                    newest.recipeDigest().substring(0, 12),
                    newest.startedAt(),
                    RunVerb.rows(rows));
        });
        oatmill.out.println(workspace.store().root());
        oatmill.out.print(table.print("  "));
        oatmill.out.println();
        oatmill.out.print(lastRun(workspace));
        return 0;
    }

    private static String lastRun(Workspace workspace) throws IOException {
        List<String> runs = workspace.runs();
        if (runs.isEmpty()) {
            return "no run yet\n";
        }
        String last = runs.get(runs.size() - 1);
        Optional<String> text = read(workspace, last + "/" + RunResults.FILE);
        if (text.isEmpty()) {
            List<String> events = read(workspace, last + "/events.jsonl").stream()
                    .flatMap(String::lines)
                    .toList();
            return "last run  " + last + "\n  running, or killed; last said: "
                    + (events.isEmpty() ? "nothing" : events.get(events.size() - 1)) + "\n";
        }
        RunResults results = Json.read(Json.parse(text.get()), RunResults.class);
        Map<String, Long> outcomes = results.stages().stream()
                .collect(Collectors.groupingBy(s -> Json.key(s.outcome()), LinkedHashMap::new, Collectors.counting()));
        return "last run  " + last + "\n  " + Json.key(results.outcome()) + " with exit code " + results.exitCode()
                + ", begun " + results.startedAt() + ", took " + Progress.seconds(results.seconds()) + "; stages: "
                + outcomes.entrySet().stream()
                        .map(e -> e.getValue() + " " + e.getKey())
                        .collect(Collectors.joining(", "))
                + "\n" + (results.error() == null ? "" : "  " + results.error() + "\n")
                + "  again: " + String.join(" ", results.command()) + "\n";
    }

    private static Optional<String> read(Workspace workspace, String path) throws IOException {
        try (InputStream in = workspace.store().read(path)) {
            return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static long bytes(Manifest manifest) {
        return Stream.concat(manifest.tables().stream().flatMap(t -> t.files().stream()), manifest.files().stream())
                .mapToLong(Manifest.FileContent::bytes)
                .sum();
    }

    private static String bytes(long bytes) {
        return bytes < 1 << 20
                ? String.format("%.1f KiB", bytes / 1024.0)
                : bytes < 1 << 30
                        ? String.format("%.1f MiB", bytes / 1048576.0)
                        : String.format("%.1f GiB", bytes / 1073741824.0);
    }
}
