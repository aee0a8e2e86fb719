package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.Chance;
import org.oatmill.core.UserException;

class RunFileTest {
    @TempDir
    Path directory;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private RunFile read(String text, String... sets) throws IOException {
        return RunFile.read(write("run.conf", text).toString(), List.of(sets), FakeJobs.JOBS);
    }

    private static List<String> names(RunFile file) {
        return file.stages().stream().map(Stage::name).toList();
    }

    private static Stage stage(RunFile file, String name) {
        return file.stages().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static final String CHAIN =
            """
            root = somewhere, seed = 7
            stages {
              sample { job = sample, input { vectors = vectors, documents = planted }, size = 5 }
              vectors { job = embed, input = planted }
              documents { job = ingest, rows = 10 }
              more { job = ingest, rows = 20 }
              planted { job = plant, input = documents }
            }
            """;

    @Test
    void stagesComeAfterWhatTheyReadOtherwiseInTheOrderOfTheFile() throws IOException {
        assertEquals(List.of("documents", "more", "planted", "vectors", "sample"), names(read(CHAIN)));
    }

    @Test
    void nameDefaultsToTheFilesAndTheRestToTheTypicalHead() throws IOException {
        assertEquals(
                new RunFile.Head(
                        "run", "somewhere", 7, RunFile.Gradients.ALLOW, new RunFile.Egress(List.of(), List.of())),
                read(CHAIN).head());
    }

    @Test
    void aStagesSeedComesFromRunSeedAndNameOrSeedName() throws IOException {
        RunFile file = read(
                """
                root = r, seed = 7
                stages {
                  a { job = ingest, rows = 1 }
                  b { job = ingest, rows = 1, seed_name = a }
                  c { job = ingest, rows = 1 }
                }
                """);
        assertEquals(Chance.stageSeed(7, "a"), stage(file, "a").seed());
        assertEquals(stage(file, "a").seed(), stage(file, "b").seed());
        assertNotEquals(stage(file, "a").seed(), stage(file, "c").seed());
    }

    @Test
    void seedsRepeatAStageAndAllBelowItAndNothingAboveIt() throws IOException {
        RunFile file = read(CHAIN.replace("input = documents }", "input = documents, seeds = [0, 2] }"));
        assertEquals(
                List.of(
                        "documents",
                        "more",
                        "planted@0",
                        "planted@2",
                        "vectors@0",
                        "vectors@2",
                        "sample@0",
                        "sample@2"),
                names(file));
        Stage last = stage(file, "sample@2");
        assertEquals("sample", last.directory());
        assertEquals("vectors@2", last.inputs().get("vectors").from());
        assertEquals("planted@2", last.inputs().get("documents").from());
        assertEquals(
                "documents", stage(file, "planted@0").inputs().get("documents").from());
        assertEquals(Chance.stageSeed(9, "sample"), last.seed());
        assertEquals(
                stage(read(CHAIN), "sample").seed(), stage(file, "sample@0").seed());
    }

    @Test
    void aSelectionBringsAllThatItReads() throws IOException {
        RunFile file = read(CHAIN);
        assertEquals(
                List.of("documents", "planted", "vectors"),
                file.select(List.of("vectors")).stream().map(Stage::name).toList());
        RunFile seeds = read(CHAIN.replace("input = documents }", "input = documents, seeds = [0, 2] }"));
        assertEquals(
                List.of("documents", "planted@2", "vectors@2"),
                seeds.select(List.of("vectors@2")).stream().map(Stage::name).toList());
        assertEquals(5, seeds.select(List.of("vectors")).size());
        String message = assertThrows(UserException.class, () -> file.select(List.of("vektors")))
                .getMessage();
        assertEquals(
                "Cannot select stages: --select = vektors, expected some of documents, more, planted, sample, vectors,"
                        + " did you mean 'vectors'?",
                message);
    }

    @Test
    void whatIsShownIsARunFileForTheSameRun() throws IOException {
        for (String text : List.of(
                CHAIN,
                CHAIN.replace("input = documents }", "input = documents, seeds = [0, 2], seed_name = other }"),
                CHAIN.replace("size = 5", "size = 5, method { name = density, side = both-ends }"),
                CHAIN.replace("input = documents }", "input = \"hdfs://host/root/documents/0123456789ab\" }"))) {
            RunFile file = read(text);
            RunFile again = RunFile.read(write("again.conf", file.render()).toString(), List.of(), FakeJobs.JOBS);
            assertEquals(file.head(), again.head());
            assertEquals(
                    file.stages().stream().map(RunFileTest::withoutPlaces).toList(),
                    again.stages().stream().map(RunFileTest::withoutPlaces).toList(),
                    file.render());
            assertEquals(file.render(), again.render());
        }
    }

    private static List<Object> withoutPlaces(Stage s) {
        Map<String, String> inputs = s.inputs().entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().from()));
        return List.of(s.name(), s.directory(), s.job(), s.config(), s.seedName(), s.runSeed(), inputs);
    }

    @Test
    void setIsLaidOverTheFileTheLastOneOnTop() throws IOException {
        RunFile file = read(
                CHAIN,
                "seed=9",
                "stages.more.rows=5",
                "stages.more.rows=6",
                "root=hdfs://host:8020/a//b",
                "stages.more.text=\"5\"",
                "stages.sample.method=uniform",
                "stages.more.splits=[pool, dev]",
                "stages.extra={job = ingest, rows = 3}");
        assertEquals(9, file.head().seed());
        assertEquals("hdfs://host:8020/a//b", file.head().root());
        assertEquals(
                new FakeJobs.ReadConfig(6, "5", 1L << 40, false, List.of("pool", "dev"), null),
                stage(file, "more").config());
        assertEquals(
                new FakeJobs.Uniform(1f),
                ((FakeJobs.SampleConfig) stage(file, "sample").config()).method());
        assertEquals(3, ((FakeJobs.ReadConfig) stage(file, "extra").config()).rows());
    }

    @Test
    void includesAndSubstitutionsAreHocons() throws IOException {
        Files.createDirectories(directory.resolve("shared"));
        write(
                "shared/base.conf",
                "include \"deeper.conf\"\nroot = base\nstages { documents { job = ingest, rows = 10 } }\n");
        write("shared/deeper.conf", "seed = 3\n");
        RunFile file = read(
                """
                include "shared/base.conf"
                root = ${?NO_SUCH_VARIABLE_OF_OATMILL}
                stages { more = ${stages.documents} { text = other } }
                stages.documents.rows = 11
                """);
        assertEquals("base", file.head().root());
        assertEquals(3, file.head().seed());
        FakeJobs.ReadConfig documents =
                (FakeJobs.ReadConfig) stage(file, "documents").config();
        FakeJobs.ReadConfig more = (FakeJobs.ReadConfig) stage(file, "more").config();
        assertEquals(11, documents.rows());
        assertEquals(11, more.rows());
        assertEquals("other", more.text());
    }

    @Test
    void anErrorInAnIncludedFileNamesThatFile() throws IOException {
        Path base = write("base.conf", "# shared\nstages {\n  documents { job = ingest, rows = ten }\n}\n");
        String message = assertThrows(UserException.class, () -> read("include \"base.conf\"\nroot = r\n"))
                .getMessage();
        assertEquals("Cannot read " + base + ":3: stages.documents.rows = \"ten\", expected a whole number", message);
    }

    @Test
    void theEnvironmentMayGiveAnythingButSecrets() throws IOException {
        // PATH is there wherever tests run; what it holds is no number, and the message says where it was asked for.
        RunFile file = read("root = ${PATH}\nstages { documents { job = ingest, rows = 10 } }\n");
        assertEquals(System.getenv("PATH"), file.head().root());
        String message = assertThrows(
                        UserException.class,
                        () -> read("root = r\nstages {\n  documents { job = ingest, rows = ${PATH} }\n}\n"))
                .getMessage();
        assertTrue(
                message.startsWith("Cannot read " + directory.resolve("run.conf") + ":3: stages.documents.rows = "),
                message);
    }

    @Test
    void commentsStringsAndListsDoNotConfuseThePlaces() throws IOException {
        RunFile file = read(
                """
                # stages { documents { job = ingest, rows = 10 } }
                root = "r { # no comment"  // nor this: stages { a {} }
                name = \"""
                  stages { documents { } }
                \"""
                stages {
                  documents { job = ingest, rows = 10, splits = ["a } {", b // ] }
                  ] },
                  more : { job : ingest
                    rows = 10, text = ${?NO_SUCH_VARIABLE_OF_OATMILL}
                  }
                  more.text = x
                }
                """);
        assertEquals(List.of("documents", "more"), names(file));
        assertEquals(
                List.of("a } {", "b"),
                ((FakeJobs.ReadConfig) stage(file, "documents").config()).splits());
    }

    @Test
    void columnsAndKeyNamesAreNoSecrets() throws IOException {
        RunFile file = read(
                "root = r\nstages {\n  documents { job = ingest, rows = 10, text = \"a token of 40 chars: x\" }\n"
                        + "  s { job = score, input = documents, method = uniform, api_key = \"env:OPENAI_API_KEY\" }\n}\n");
        assertEquals(
                "env:OPENAI_API_KEY", ((FakeJobs.ScoreConfig) stage(file, "s").config()).apiKey());
        assertTrue(file.render().contains("\"env:OPENAI_API_KEY\""));
    }
}
