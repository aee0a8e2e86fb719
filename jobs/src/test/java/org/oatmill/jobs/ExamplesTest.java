package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The run files under {@code conf/}, which users copy. */
class ExamplesTest {
    private static final Path CONF = Path.of("..", "conf");

    private static List<Path> examples() throws IOException {
        try (Stream<Path> files = Files.list(CONF)) {
            return files.filter(file -> file.toString().endsWith(".conf")).toList();
        }
    }

    private static List<Stage> stages(Path example) {
        return RunFile.read(example.toString(), List.of(), Jobs.JOBS).stages();
    }

    @TestFactory
    Stream<DynamicTest> eachBinds() throws IOException {
        return examples().stream()
                .map(example -> dynamicTest(
                        example.getFileName().toString(),
                        () -> assertTrue(stages(example).size() > 0)));
    }

    @Test
    void everyJobStandsInOne() throws IOException {
        Set<String> missing = new TreeSet<>(Jobs.JOBS.keySet());
        for (Path example : examples()) {
            stages(example).forEach(stage -> missing.remove(stage.job().name()));
        }
        assertTrue(missing.isEmpty(), () -> "no example of " + missing);
    }
}
