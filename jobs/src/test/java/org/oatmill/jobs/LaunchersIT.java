package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.BuildInfo;

/** The scripts in {@code jobs/bin}, as somebody calls them. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class LaunchersIT {

    @TempDir
    Path elsewhere;

    @Test
    void oatmillRunsFromAnyDirectoryThroughLinksWithSpaces() throws Exception {
        Path link = Files.createSymbolicLink(elsewhere.resolve("my oatmill"), script("oatmill"));
        Path linkToLink = Files.createSymbolicLink(elsewhere.resolve("again"), link);

        Result result = run(linkToLink.toString(), "--version");

        assertEquals(0, result.status, result.output);
        assertTrue(result.output.contains(BuildInfo.current().toString()), result.output);
    }

    @Test
    void sparkSubmitRunsTheApplicationJar() throws Exception {
        Result result = run(
                script("spark-submit").toString(),
                "--master",
                "local[1]",
                Path.of("target/oatmill.jar").toAbsolutePath().toString(),
                "--version");

        assertEquals(0, result.status, result.output);
        assertTrue(result.output.contains(BuildInfo.current().toString()), result.output);
    }

    /** An error of the launcher must never end in a bare {@code env}, which prints the environment and its secrets. */
    @Test
    void failedLaunchTellsNoSecrets() throws Exception {
        Result result = run(script("spark-class").toString());

        assertTrue(result.status != 0, result.output);
        assertTrue(!result.output.contains("secret-of-the-environment"), result.output);
    }

    private record Result(int status, String output) {}

    private Result run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(elsewhere.toFile()).redirectErrorStream(true);
        builder.environment().put("OATMILL_TEST_KEY", "secret-of-the-environment");
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    private static Path script(String name) {
        return Path.of("bin", name).toAbsolutePath();
    }
}
