package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Digest;
import org.oatmill.core.Json;
import org.oatmill.jobs.RunResults.Outcome;
import org.oatmill.jobs.verbs.Oatmill;
import org.oatmill.spark.SharedSpark;

/** Runs the verbs as an operator would, on small jobs. */
class PipelineTest {
    @TempDir
    Path directory;

    @BeforeAll
    static void session() {
        SharedSpark.session();
    }

    private record Seen(int exitCode, String out, String err) {}

    private static Seen oatmill(Object... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Oatmill.run(
                Stream.of(words).map(String::valueOf).toArray(String[]::new),
                FakeJobs.JOBS,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Seen(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private Path root() {
        return directory.resolve("root");
    }

    private Path write(String stages) throws IOException {
        return Files.writeString(
                directory.resolve("run.conf"), "root = \"" + root() + "\", seed = 7\nstages {\n" + stages + "}\n");
    }

    private Path chain() throws IOException {
        return write(
                """
                documents { job = ingest, rows = 10 }
                planted { job = plant, input = documents }
                vectors { job = embed, input = planted }
                """);
    }

    private List<Path> runs() throws IOException {
        if (!Files.exists(root().resolve("_runs"))) {
            return List.of();
        }
        try (Stream<Path> runs = Files.list(root().resolve("_runs"))) {
            return runs.sorted().toList();
        }
    }

    private RunResults lastResults() throws IOException {
        try (InputStream in = Files.newInputStream(runs().get(runs().size() - 1).resolve(RunResults.FILE))) {
            return Json.read(in, RunResults.class);
        }
    }

    private Map<String, Outcome> outcomes() throws IOException {
        Map<String, Outcome> outcomes = new TreeMap<>();
        lastResults().stages().forEach(s -> outcomes.put(s.name(), s.outcome()));
        return outcomes;
    }

    /** Every file below the root, runs apart, with its digest and time. */
    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root())) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                String name = root().relativize(path).toString();
                if (!name.startsWith("_runs")) {
                    files.put(name, Digest.of(Files.readAllBytes(path)) + " " + Files.getLastModifiedTime(path));
                }
            }
        }
        return files;
    }

    @Test
    void aRunMakesEveryStageAndASecondOneChangesNoByte() throws IOException {
        Path file = chain();
        Seen first = oatmill("run", file, "--set", "stages.documents.rows=10");
        assertEquals(0, first.exitCode(), first.err());
        assertEquals(0, lastResults().exitCode());
        assertEquals(
                Map.of("documents", Outcome.SUCCEEDED, "planted", Outcome.SUCCEEDED, "vectors", Outcome.SUCCEEDED),
                outcomes());
        assertTrue(first.err().contains("[1/3] documents  ingest  …"), first.err());
        assertTrue(
                first.err().matches("(?s).*\\[3/3] vectors  embed  done in [0-9.]+ s: vectors 10 rows\n.*"),
                first.err());
        assertTrue(first.out().contains("next  oatmill report " + file), first.out());
        Map<String, String> before = files();

        Seen second = oatmill("run", file);
        assertEquals(0, second.exitCode());
        assertEquals(
                Map.of("documents", Outcome.REUSED, "planted", Outcome.REUSED, "vectors", Outcome.REUSED), outcomes());
        assertEquals(before, files());
        assertEquals(2, runs().size());
    }

    @Test
    void aRunsResultsSayWhatWasMadeOfWhatAndHowToMakeItAgain() throws IOException {
        Path file = chain();
        Seen seen = oatmill("run", file, "--set", "stages.documents.rows=0");
        assertTrue(seen.err().contains("      warning: nothing was read\n"), seen.err());
        assertTrue(seen.out().contains(", 1 warnings\n"), seen.out());
        RunResults results = lastResults();
        assertEquals(List.of("oatmill", "run", file.toString(), "--set", "stages.documents.rows=0"), results.command());
        assertEquals("run", results.name());
        RunResults.Stage documents = results.stages().get(0);
        if (Files.exists(Path.of("/proc/self/status"))) {
            // More than its heap's start, less than any machine has.
            assertTrue(documents.peakMebibytes() > 64 && documents.peakMebibytes() < 1 << 22);
        }
        assertEquals(Map.of("documents", 0L), documents.rows());
        assertEquals(List.of("nothing was read"), documents.warnings());
        assertEquals("documents/" + documents.recipe().substring(0, 12), documents.path());
        assertEquals(64, documents.digest().length());
        assertEquals(Map.of("documents", "documents"), results.stages().get(1).inputs());

        Path resolved = runs().get(0).resolve("config.resolved.conf");
        oatmill("run", resolved);
        assertEquals(
                Map.of("documents", Outcome.REUSED, "planted", Outcome.REUSED, "vectors", Outcome.REUSED), outcomes());

        List<String> events = Files.readAllLines(runs().get(0).resolve("events.jsonl"));
        assertEquals(7, events.size());
        JsonNode last = Json.parse(events.get(6));
        assertEquals("run_ended", last.get("event").textValue());
        assertEquals(0, last.get("exit_code").intValue());
    }

    @Test
    void aFailedStageEndsWithOneAndLeavesWhatWasCommitted() throws IOException {
        Path file = write(
                """
                documents { job = ingest, rows = 10 }
                more { job = ingest, rows = 5, fails = true }
                vectors { job = embed, input = more }
                """);
        Seen seen = oatmill("run", file);
        assertEquals(1, seen.exitCode());
        assertEquals(1, lastResults().exitCode());
        assertEquals(
                Map.of("documents", Outcome.SUCCEEDED, "more", Outcome.FAILED, "vectors", Outcome.NOT_REACHED),
                outcomes());
        String message = "Stage more: Cannot read rows: 7 of 10 are malformed; raise the share or mend the file";
        assertEquals(message, lastResults().error());
        assertTrue(seen.err().contains(message + "\n"), seen.err());
        assertFalse(seen.err().contains("\tat "), seen.err());
        Map<String, String> before = files();
        assertTrue(before.keySet().stream().allMatch(name -> name.startsWith("documents/")), before.toString());

        assertEquals(0, oatmill("run", file, "--set", "stages.more.fails=false").exitCode());
        assertEquals(
                Map.of("documents", Outcome.REUSED, "more", Outcome.SUCCEEDED, "vectors", Outcome.SUCCEEDED),
                outcomes());
        before.forEach((name, digest) -> {
            try {
                assertEquals(digest, files().get(name));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    @Test
    void aBugEndsWithTwoAndItsStackTrace() throws IOException {
        Seen seen = oatmill("run", write("documents { job = ingest, rows = 10, text = bug }\n"));
        assertEquals(2, seen.exitCode());
        assertEquals(2, lastResults().exitCode());
        assertEquals(Outcome.FAILED, lastResults().outcome());
        assertTrue(seen.err().contains("IllegalStateException: a bug\n\tat org.oatmill.jobs.FakeJobs"), seen.err());
    }

    @Test
    void aMistakeFoundBeforeTheFirstStageEndsWith64AndLeavesNothing() throws IOException {
        Path file = write(
                """
                documents { job = ingest, rows = 10 }
                more { job = ingest, rows = 10, text = gone }
                """);
        Seen seen = oatmill("run", file);
        assertEquals(64, seen.exitCode());
        assertEquals(file + ":4: Cannot read rows: text = gone, expected a word that is there\n", seen.err());
        assertFalse(Files.exists(root()));
    }

    /** A run elsewhere is looked at by the words it was made with. */
    @Test
    void everyVerbOfARunFileTakesWhatIsLaidOverIt() throws IOException {
        Path file = chain();
        String set = "root = \"" + root().resolve("else where") + "\"";
        Seen run = oatmill("run", file, "--set", set);
        assertTrue(run.out().contains("next  oatmill report " + file + " --set '" + set + "'\n"), run.out());
        Map.of("plan", "Nothing to make", "status", "else where", "validate", "  good", "report", "else where")
                .forEach((verb, said) -> {
                    Seen seen = oatmill(verb, file, "--set", set);
                    assertEquals(0, seen.exitCode(), seen.err());
                    assertTrue(seen.out().contains(said), seen.out());
                });
        assertEquals(0, oatmill("trace", file, "3", "--set", set).exitCode());
        assertTrue(oatmill("show", file + ":vectors", "--set", set).out().contains("vectors"));

        assertEquals(64, oatmill("show", file + ":vectors").exitCode());
        Seen noFile = oatmill("status", root().resolve("else where"), "--set", set);
        assertEquals(64, noFile.exitCode());
        assertTrue(noFile.err().contains("it is no run file"), noFile.err());
    }

    @Test
    void anotherSeedMakesAnotherArtifactBesideTheFirst() throws IOException {
        Path file = write("documents { job = ingest, rows = 10, seeds = [0, 1] }\n");
        assertEquals(0, oatmill("run", file).exitCode());
        List<RunResults.Stage> stages = lastResults().stages();
        assertEquals("documents@0", stages.get(0).name());
        assertEquals("documents", Path.of(stages.get(0).path()).getName(0).toString());
        assertEquals("documents", Path.of(stages.get(1).path()).getName(0).toString());
        assertNotEquals(stages.get(0).digest(), stages.get(1).digest());
    }

    @Test
    void aPathIsAnInputLikeAStage() throws IOException {
        oatmill("run", chain());
        String path = root() + "/" + lastResults().stages().get(1).path();
        Path file = Files.writeString(
                directory.resolve("other.conf"),
                "root = \"" + directory.resolve("other") + "\"\nstages {\n  vectors { job = embed, input = \"" + path
                        + "\" }\n}\n");
        Seen seen = oatmill("run", file);
        assertEquals(0, seen.exitCode(), seen.err());

        Files.writeString(
                file,
                "root = \"" + directory.resolve("other") + "\"\nstages {\n  sample { job = sample, size = 1, input = \""
                        + path + "\" }\n}\n");
        Seen wrong = oatmill("run", file);
        assertEquals(64, wrong.exitCode());
        assertEquals(
                file + ":3: Cannot read: stages.sample.input = " + path + ", which holds documents, expected vectors\n",
                wrong.err());
    }

    @Test
    void planSaysWhatIsDoneAndWhatWaits() throws IOException {
        Path file = chain();
        String before = oatmill("plan", file).out();
        assertTrue(before.matches("(?s).*documents +ingest +to make +recipe has no artifact .*"), before);
        assertTrue(before.matches("(?s).*vectors +embed +to make +waits for planted .*"), before);
        assertTrue(before.contains("3 to make; next: oatmill run " + file), before);
        assertFalse(Files.exists(root()));
        oatmill("run", file, "--select", "planted");
        String after = oatmill("plan", file).out();
        assertTrue(after.matches("(?s).*planted +plant +done +recipe has an artifact +documents 10 .*"), after);
        assertTrue(after.matches("(?s).*vectors +embed +to make +recipe has no artifact +documents 10 .*"), after);
        assertTrue(after.contains("1 to make"), after);
        oatmill("run", file);
        assertTrue(oatmill("plan", file).out().endsWith("Nothing to make.\n"));
    }

    @Test
    void showPrintsRowsAsATableOrAsJson() throws IOException {
        Path file = chain();
        Seen early = oatmill("show", file + ":vectors");
        assertEquals(64, early.exitCode());
        assertEquals(
                "Cannot show " + file + ":vectors: it is not made yet; next: oatmill run " + file
                        + " --select vectors\n",
                early.err());
        oatmill("run", file);
        Seen json = oatmill("show", file + ":documents", "--json", "--rows", "3");
        assertEquals(3, json.out().lines().count());
        for (String line : json.out().lines().toList()) {
            JsonNode row = Json.parse(line);
            assertTrue(row.get("text").textValue().startsWith("word "));
            assertTrue(row.has("label"), "a missing value is null, not left out: " + line);
        }
        String path = root() + "/" + lastResults().stages().get(2).path();
        String text = oatmill("show", path, "--rows", "2").out();
        assertTrue(text.contains("table   vectors, 10 rows"), text);
        assertTrue(text.contains("(64, , ["), text);
        Seen wrong = oatmill("show", path, "--table", "vektors");
        assertEquals("Cannot show: --table = vektors, expected one of vectors, did you mean 'vectors'?\n", wrong.err());
    }

    @Test
    void statusTellsOfArtifactsAndTheLastRun() throws IOException {
        Path file = chain();
        assertEquals(64, oatmill("status", file).exitCode());
        oatmill("run", file);
        for (Object target : List.of(file, root())) {
            String text = oatmill("status", target).out();
            assertTrue(text.matches("(?s).*documents +ingest +1 +[0-9.]+ KiB .*documents 10\n.*"), text);
            assertTrue(text.contains("succeeded with exit code 0"), text);
            assertTrue(text.contains("3 succeeded"), text);
            assertTrue(text.contains("again: oatmill run " + file), text);
        }
        Files.delete(runs().get(0).resolve(RunResults.FILE));
        assertTrue(oatmill("status", file).out().contains("running, or killed; last said: {"));
    }

    @Test
    void validateFindsAByteThatWasFlipped() throws IOException {
        Path file = chain();
        oatmill("run", file);
        String artifact = root() + "/" + lastResults().stages().get(1).path();
        for (Object target : List.of(file, root(), artifact)) {
            Seen good = oatmill("validate", target);
            assertEquals(0, good.exitCode(), good.out() + good.err());
        }
        Path part;
        try (Stream<Path> all = Files.walk(Path.of(artifact))) {
            part = all.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(part);
        bytes[bytes.length / 2] ^= 1;
        Files.write(part, bytes);
        for (Object target : List.of(file, root(), artifact)) {
            Seen bad = oatmill("validate", target);
            assertEquals(1, bad.exitCode(), bad.out());
            assertTrue(bad.out().contains("  damaged\n"), bad.out());
            assertTrue(bad.err().startsWith("1 artifacts are damaged; remove"), bad.err());
        }
    }

    @Test
    void configVerbsCheckShowAndList() throws IOException {
        Path file = chain();
        Seen good = oatmill("config", "validate", file);
        assertEquals(file + " is good: 3 stages; next: oatmill plan " + file + "\n", good.out());
        String shown = oatmill("config", "show", file, "--set", "seed=8").out();
        assertTrue(shown.contains("seed = 8\n"), shown);
        assertTrue(shown.contains("    splits = [pool]\n"), shown);
        String reference = oatmill("config", "reference", "sample").out();
        assertTrue(reference.matches("(?s).*size +a whole number +required +rows to keep \\[rows]\n.*"), reference);
        assertTrue(reference.matches("(?s).*method +one of uniform, density +density *\n.*"), reference);
        assertTrue(reference.contains("density: rare rows first\n"), reference);
        assertTrue(
                reference.matches("(?s).*repetitions +a whole number +256 +tables of the sketch \\[tables]\n.*"),
                reference);
        String all = oatmill("config", "reference").out();
        FakeJobs.JOBS.keySet().forEach(job -> assertTrue(all.contains("\n" + job + ": "), all));
        assertEquals(
                "Cannot list options: job = sampel, expected one of ingest, plant, embed, sample, score, did you mean"
                        + " 'sample'?\n",
                oatmill("config", "reference", "sampel").err());
    }

    @Test
    void aRunSaysHowFarItIs() throws IOException {
        RunFile file = RunFile.read(chain().toString(), List.of(), FakeJobs.JOBS);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        try (Progress progress = new Progress(new PrintStream(said, true, StandardCharsets.UTF_8), false, 2)) {
            new Pipeline(file, file.stages(), SharedSpark.session()).run(List.of("oatmill"), progress);
        }
        String text = said.toString(StandardCharsets.UTF_8);
        assertTrue(text.matches("(?s).*\n      vectors  [0-9.]+ s, [0-9]+ of [0-9]+ tasks.*"), text);
        assertTrue(text.matches("(?s).*\n      planted  [0-9.]+ s,.* [0-9]+ rows read.*"), text);
    }

    @Test
    void noArtifactOfAFailureIsLeftHalfWritten() throws IOException {
        Path file = write("documents { job = ingest, rows = 10, text = bug }\n");
        oatmill("run", file);
        assertEquals(Map.of(), files());
        assertNull(lastResults().stages().get(0).path());
    }
}
