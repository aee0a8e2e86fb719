package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.oatmill.jobs.verbs.Oatmill;
import org.oatmill.spark.SharedSpark;

/**
 * Every way to get a run file wrong that we could think of: one clear message with file, line and the nearest valid
 * choice, exit code 64, and nothing written. The messages stand in {@code wrong/messages.txt}; the table that a person
 * wants to read is written to {@code target/wrong-run-files.md}.
 */
class WrongRunFilesTest {
    private static final Path FILES = Path.of("src/test/resources/wrong");

    /** What the operator sees. */
    private record Seen(int exitCode, String out, String err) {}

    private static Seen run(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Oatmill.run(words, FakeJobs.JOBS, stream(out), stream(err));
        return new Seen(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8).strip());
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    private static Map<String, String> expected() throws IOException {
        Map<String, String> messages = new TreeMap<>();
        for (String line : Files.readAllLines(FILES.resolve("messages.txt"))) {
            int arrow = line.indexOf(" → ");
            messages.put(line.substring(0, arrow), line.substring(arrow + 3));
        }
        return messages;
    }

    private static List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(FILES)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(name -> name.endsWith(".conf"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void eachHasOneMessageExitCode64AndLeavesNothing() throws IOException {
        SharedSpark.session();
        Map<String, String> expected = expected();
        StringBuilder table = new StringBuilder("| run file | message |\n|---|---|\n");
        StringBuilder seenMessages = new StringBuilder();
        List<org.junit.jupiter.api.function.Executable> claims = new ArrayList<>();
        for (String name : files()) {
            Seen seen = run("run", FILES.resolve(name).toString());
            String message =
                    seen.err().replace(FILES + "/", "").replace(Path.of("").toAbsolutePath() + "/", "");
            table.append("| ")
                    .append(name)
                    .append(" | ")
                    .append(message.replace("|", "\\|"))
                    .append(" |\n");
            seenMessages.append(name).append(" → ").append(message).append('\n');
            claims.add(() -> assertEquals(expected.get(name), message, name));
            claims.add(() -> assertEquals(64, seen.exitCode(), name));
            claims.add(() -> assertEquals("", seen.out(), name));
        }
        Files.createDirectories(Path.of("target"));
        Files.writeString(Path.of("target/wrong-run-files.md"), table);
        Files.writeString(Path.of("target/wrong-run-files.txt"), seenMessages);
        claims.add(() -> assertEquals(expected.keySet().stream().toList(), files(), "messages without a file"));
        claims.add(() -> assertTrue(files().size() >= 20));
        claims.add(() ->
                assertFalse(Files.exists(Path.of("target/never-made")), "a wrong run file left something behind"));
        assertAll(claims);
    }

    @Test
    void everyMessageAboutAValueNamesFileAndLine() throws IOException {
        List<String> ofTheWholeFile = List.of("no-stages.conf");
        expected()
                .forEach((name, message) -> assertTrue(
                        ofTheWholeFile.contains(name) || message.matches("(Cannot read )?" + name + ":[0-9]+: .*"),
                        message));
    }

    @Test
    void noSecretIsRepeated() throws IOException {
        for (String message : expected().values()) {
            assertFalse(message.contains("sk-proj"), message);
        }
        Seen seen = run(
                "run",
                FILES.resolve("missing-required.conf").toString(),
                "--set",
                "stages.documents.api_key=sk-proj-0123456789abcdefghij");
        assertEquals(64, seen.exitCode());
        assertFalse(seen.err().contains("0123456789abcdefghij"), seen.err());
    }

    @Test
    void aRunFileThatIsNotThere() {
        Seen seen = run("run", "src/test/resources/wrong/cicle.conf");
        assertEquals(
                "Cannot read run file src/test/resources/wrong/cicle.conf: there is no such file, did you mean 'cycle.conf'?",
                seen.err());
        assertEquals(64, seen.exitCode());
    }

    @Test
    void aSetThatIsWrong() {
        String file = "src/test/resources/wrong/missing-required.conf";
        assertEquals(
                "Cannot read --set: stages.documents.rows = \"ten\", expected a whole number",
                run("run", file, "--set", "stages.documents.rows=ten").err());
        assertEquals(
                "Cannot read --set rows: expected key=value, for example --set stages.sample.size=100",
                run("run", file, "--set", "rows").err());
        assertEquals(
                "Cannot read --set: stages.documents.rwos is unknown, expected one of rows, text, bytes, fails, splits,"
                        + " limit, job, input, seed_name, seeds, did you mean 'rows'?",
                run("run", file, "--set", "stages.documents.rwos=1").err());
    }

    @Test
    void wordsThatAreNoVerbOrOption() {
        assertEquals(
                "Cannot run oatmill: verb rnu is unknown, expected one of run, plan, status, show, trace,"
                        + " validate, report, audit, config, did you mean 'run'?",
                run("rnu", "x.conf").err());
        assertEquals(
                "Cannot run oatmill run: option --selct is unknown, expected some of --set, --select, --help, --version,"
                        + " did you mean '--select'?",
                run("run", "x.conf", "--selct", "a").err());
        assertEquals(
                "Cannot run oatmill run: Missing required parameter: 'FILE'; see oatmill run --help",
                run("run").err());
        assertEquals(64, run("rnu").exitCode());
        assertEquals(64, run("run").exitCode());
    }

    @Test
    void noVerbPrintsTheVerbs() {
        Seen seen = run();
        assertEquals(64, seen.exitCode());
        for (String verb : List.of("run", "plan", "status", "show", "trace", "validate", "report", "audit", "config")) {
            assertTrue(seen.out().contains("\n  " + verb + " "), seen.out());
        }
    }
}
