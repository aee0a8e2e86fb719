package org.oatmill.jobs.verbs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Json;
import org.oatmill.core.Manifest;
import org.oatmill.jobs.Jobs;
import org.oatmill.jobs.RunResults;
import org.oatmill.spark.SharedSpark;

class ReportVerbTest {

    @TempDir
    Path root;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void twoRunsThatEndedAndOneThatRuns() throws Exception {
        SharedSpark.session();
        ended("run-1", "mine");
        ended("run-2", "another");
        Files.createDirectories(root.resolve("_runs/run-3"));
        Files.writeString(root.resolve("_runs/run-3/events.jsonl"), "{}\n");
    }

    private void ended(String id, String name) throws Exception {
        RunResults results = new RunResults(
                RunResults.SCHEMA,
                id,
                name,
                "mine.conf",
                root.toString(),
                0,
                List.of("oatmill", "run", "mine.conf"),
                "2026-11-21T19:04:12Z",
                1,
                RunResults.Outcome.SUCCEEDED,
                0,
                null,
                List.of(),
                "local[2]",
                2,
                Manifest.Tool.current("3.5.5"));
        Path file = root.resolve("_runs").resolve(id).resolve(RunResults.FILE);
        Files.createDirectories(file.getParent());
        Files.writeString(file, Json.pretty(Json.tree(results)));
    }

    private int report(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "report";
        System.arraycopy(words, 0, all, 1, words.length);
        return Oatmill.run(all, Jobs.JOBS, new PrintStream(out), new PrintStream(err));
    }

    private boolean reported(String id) {
        return Files.exists(root.resolve("_runs/" + id + "/report.html"))
                && Files.exists(root.resolve("_runs/" + id + "/report.md"));
    }

    @Test
    void lastRunThatHasEndedIsReportedAndItsFilesAreNamed() {
        assertEquals(0, report(root.toString()), () -> err.toString(StandardCharsets.UTF_8));
        assertTrue(reported("run-2"));
        assertFalse(reported("run-1") || reported("run-3"));
        List<String> paths = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(List.of(root + "/_runs/run-2/report.html", root + "/_runs/run-2/report.md"), paths);
    }

    @Test
    void runFileMeansItsOwnLastRun() throws Exception {
        Path file = root.resolve("mine.conf");
        Files.writeString(
                file,
                "name = mine, root = \"" + root + "\"\nstages { d { job = ingest, source { name = wordnet } } }\n");
        assertEquals(0, report(file.toString()), () -> err.toString(StandardCharsets.UTF_8));
        assertTrue(reported("run-1"));
        assertFalse(reported("run-2"));
    }

    @Test
    void namedRunIsReported() {
        assertEquals(0, report(root.toString(), "--run", "run-1"));
        assertTrue(reported("run-1"));
    }

    @Test
    void unknownRunIsRefusedWithTheNearest() {
        assertEquals(64, report(root.toString(), "--run", "run-11"));
        String said = err.toString(StandardCharsets.UTF_8);
        assertTrue(said.contains("--run = run-11, expected one of run-1, run-2, run-3, did you mean"), said);
    }

    @Test
    void rootWithoutRunsIsRefused(@TempDir Path empty) {
        assertEquals(64, report(empty.toString()));
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("next: oatmill run FILE"));
    }
}
