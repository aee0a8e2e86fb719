package org.oatmill.spark.artifact;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.oatmill.spark.artifact.PlantedArtifacts.STAGE;
import static org.oatmill.spark.artifact.PlantedArtifacts.recipe;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Manifest;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;

/** Two real processes and one recipe; a process that is killed between writing and committing. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RaceIT {
    private static final String WRITTEN = "written";
    private static final String COUNTS = "counts ";

    @TempDir
    Path temporary;

    private final List<Process> started = new ArrayList<>();

    /** A process of its own: writes its attempt, says so, waits for a line, commits, says which attempt counts. */
    static final class Racer {
        private Racer() {}

        public static void main(String[] args) throws IOException {
            try (Draft draft = PlantedArtifacts.begin(PlantedArtifacts.in(Path.of(args[0])), 7)) {
                draft.table(Tables.PLANTED, PlantedArtifacts.rows(100).repartition(2));
                System.out.println(WRITTEN);
                if (System.in.read() >= 0) {
                    System.out.println(COUNTS + draft.commit().manifest().attempt());
                }
            }
        }
    }

    private Path root() {
        return temporary.resolve("workspace");
    }

    private Process start(String name) throws IOException {
        Path directory = Files.createDirectories(temporary.resolve(name));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // The options that Spark needs on Java 17 are those of this JVM.
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-opens") || option.startsWith("-XX:+Ignore"))
                .forEach(command::add);
        command.add("-Djava.io.tmpdir=" + directory); // a killed Spark leaves its scratch behind
        command.addAll(List.of("-Xmx600m", "-cp", System.getProperty("java.class.path"), Racer.class.getName()));
        command.add(root().toString());
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(directory.resolve("stderr").toFile())
                .start();
        started.add(process);
        return process;
    }

    @AfterEach
    void endAll() throws InterruptedException {
        for (Process process : started) {
            process.destroyForcibly().waitFor();
        }
    }

    private String nextLine(Process process, String start) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(start)) {
                return line.substring(start.length());
            }
        }
        StringBuilder said = new StringBuilder("process ended without '" + start + "':");
        for (String file : PlantedArtifacts.files(temporary)) {
            if (file.endsWith("stderr")) {
                said.append('\n').append(Files.readString(temporary.resolve(file)));
            }
        }
        throw new AssertionError(said.toString());
    }

    private static void go(Process process) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write('\n');
        in.flush();
    }

    private List<String> attempts(Artifact artifact) throws IOException {
        return PlantedArtifacts.in(root()).workspace().store().list(artifact.path()).stream()
                .filter(name -> !name.equals(Manifest.FILE))
                .toList();
    }

    @Test
    void ofTwoProcessesOneCountsAndTheOtherAdoptsItsArtifact() throws Exception {
        Process one = start("one");
        Process two = start("two");
        nextLine(one, WRITTEN);
        nextLine(two, WRITTEN);
        Artifacts artifacts = PlantedArtifacts.in(root());
        assertTrue(artifacts.find(STAGE, recipe(7)).isEmpty(), "nothing is visible before the commit");
        go(one);
        go(two);
        String counts = nextLine(one, COUNTS);

        assertEquals(counts, nextLine(two, COUNTS));
        assertEquals(0, one.waitFor());
        assertEquals(0, two.waitFor());
        Artifact artifact = artifacts.find(STAGE, recipe(7)).orElseThrow();
        assertEquals(List.of(counts), attempts(artifact), "the loser removed its attempt");
        assertEquals(List.of(), artifacts.validate(artifact.path()));
        assertEquals(100, artifact.table(Tables.PLANTED).count());
    }

    @Test
    void processKilledBeforeItsCommitLeavesNoArtifactAndTheNextOneMakesIt() throws Exception {
        Process killed = start("killed");
        nextLine(killed, WRITTEN);
        assertTrue(killed.isAlive());
        killed.destroyForcibly();
        assertEquals(128 + 9, killed.waitFor(), "by SIGKILL, in the middle");

        Artifacts artifacts = PlantedArtifacts.in(root());
        String path = artifacts.workspace().path(STAGE, recipe(7));
        assertEquals(1, artifacts.workspace().store().list(path).size(), "its attempt is left behind");
        assertThrows(UserException.class, () -> artifacts.open(path));

        Process next = start("next");
        nextLine(next, WRITTEN);
        go(next);
        String counts = nextLine(next, COUNTS);
        assertEquals(0, next.waitFor());
        Artifact artifact = artifacts.find(STAGE, recipe(7)).orElseThrow();
        assertEquals(2, attempts(artifact).size());
        assertTrue(attempts(artifact).contains(counts));
        assertEquals(List.of(), artifacts.validate(path), "the leftover is no part of it");
        assertEquals(100, artifact.table(Tables.PLANTED).count());
    }
}
