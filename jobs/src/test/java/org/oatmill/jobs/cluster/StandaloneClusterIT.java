package org.oatmill.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A Master and two Workers as real processes, and {@code jobs/bin/spark-submit}. */
@Timeout(value = 40, unit = TimeUnit.MINUTES)
class StandaloneClusterIT {

    private static final Path QUICKSTART = Path.of("../conf/quickstart.conf").toAbsolutePath();

    /** The quickstart on fewer rows, with one seed and few steps; all it takes to evaluate what the pipeline kept. */
    private static final List<String> SHORT = List.of(
            "--select",
            "pipeline_rows",
            "--set",
            "stages.documents.source.per_category=300",
            "--set",
            "stages.chosen.size=100",
            "--set",
            "stages.tune_uniform.seeds=[0]",
            "--set",
            "stages.tune_uniform.steps=10",
            "--set",
            "stages.tune_uniform.eval_every=5",
            "--set",
            "stages.tune_uniform.dev_rows=32");

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path directory;

    /** The first law of the design, for the run that the README shows. */
    @Test
    void quickstartHasTheSameDigestsLocallyOnAClusterAndWithAKilledExecutor() throws Exception {
        List<String> command = new ArrayList<>(
                List.of(StandaloneCluster.launcher("oatmill"), "run", QUICKSTART.toString(), "--set", root("local")));
        command.addAll(SHORT);
        Process local = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("local.out").toFile())
                .start();
        awaitSuccess(local, directory.resolve("local.out"));
        Map<String, String> digests = digests("local");
        assertTrue(
                digests.keySet().containsAll(List.of("vectors", "sample", "rephrased", "influence", "tune_pipeline@0")),
                digests.toString());
        assertTrue(digests.getOrDefault("pipeline_rows@0", "").length() == 64, digests.toString());

        try (StandaloneCluster cluster = new StandaloneCluster(directory, 2, "1g")) {
            Process undisturbed = submitQuickstart(cluster, "cluster");
            awaitSuccess(undisturbed, directory.resolve("cluster.out"));
            assertEquals(digests, digests("cluster"));

            Process disturbed = submitQuickstart(cluster, "killed");
            try {
                // Two stages are committed; the executors hold shuffle files that nobody else has.
                cluster.awaitOutput("killed", "planted  plant  …");
                ProcessHandle victim = cluster.awaitExecutor(executor -> true);
                cluster.killAndAwaitReplacement(victim);
                awaitSuccess(disturbed, directory.resolve("killed.out"));
            } finally {
                disturbed.destroyForcibly();
            }
            assertEquals(digests, digests("killed"));
            // Executors 0 and 1 are those that the run began with.
            assertTrue(tasksByExecutor("killed").getOrDefault("2", 0) > 0, "the replacement ran tasks");
            assertEquals(
                    List.of("0", "1"), List.copyOf(tasksByExecutor("cluster").keySet()));
        }
    }

    /** Both executors find the archive at once and unpack it into one place of the machine. */
    @Test
    void aModelGivenToFilesEmbedsAsTheOneOfTheJar() throws Exception {
        Path rows = directory.resolve("rows.jsonl");
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            lines.append("{\"text\": \"a small animal with ").append(i).append(" legs\"}\n");
        }
        Files.writeString(rows, lines);
        Path conf = directory.resolve("shipped.conf");
        Files.writeString(
                conf,
                """
                name = shipped, root = here
                stages {
                  documents { job = ingest, source { name = jsonl, paths = ["%s"], split = pool } }
                  vectors { job = embed, input = documents, embedder { name = hidden-states, model = wordnet } }
                }
                """
                        .formatted(rows));
        Path model = directory.resolve("shipped.zip");
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(model));
                Stream<Path> files = Files.list(Path.of("src/main/resources/org/oatmill/models/wordnet"))) {
            for (Path file : files.sorted().toList()) {
                zip.putNextEntry(new ZipEntry(file.getFileName().toString()));
                Files.copy(file, zip);
            }
        }
        Process local = new ProcessBuilder(
                        StandaloneCluster.launcher("oatmill"), "run", conf.toString(), "--set", root("local"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("local.out").toFile())
                .start();
        awaitSuccess(local, directory.resolve("local.out"));

        Path cache = directory.resolve("model-cache");
        Path events = Files.createDirectories(directory.resolve("cluster-events"));
        try (StandaloneCluster cluster = new StandaloneCluster(directory, 2, "1g")) {
            Process shipped = cluster.submit(
                    "cluster",
                    directory,
                    List.of(
                            "--driver-memory",
                            "1g",
                            "--executor-memory",
                            "1g",
                            "--files",
                            model.toString(),
                            "--conf",
                            "spark.eventLog.enabled=true",
                            "--conf",
                            "spark.eventLog.dir=" + events.toUri(),
                            "--conf",
                            "spark.executor.extraJavaOptions=-DDJL_CACHE_DIR=" + cache + " -DENGINE_CACHE_DIR="
                                    + Path.of(System.getProperty("user.home"), ".djl.ai"),
                            Path.of("target/oatmill.jar").toAbsolutePath().toString(),
                            "run",
                            conf.toString(),
                            "--set",
                            "stages.vectors.embedder.model=shipped.zip",
                            "--set",
                            root("cluster")));
            awaitSuccess(shipped, directory.resolve("cluster.out"));
        }
        assertEquals(rowDigests("local", "vectors"), rowDigests("cluster", "vectors"));
        try (Stream<Path> unpacked = Files.list(cache.resolve("oatmill"))) {
            assertEquals(1, unpacked.filter(Files::isDirectory).count(), "unpacked once on this machine");
        }
        assertEquals(Set.of("0", "1"), tasksByExecutor("cluster").keySet());
    }

    /** By density, by rank and by rule; {@code dense} hashes so much that its counts are kept, file by file. */
    private static final String SAMPLES =
            """
            name = samples, root = here
            stages {
              documents { job = ingest, source { name = jsonl, paths = ["%s/*.jsonl"], columns { id = id, label = topic, split = split } } }
              vectors { job = embed, input = documents, splits = [], embedder { name = hashing, dimensions = 128 } }
              dense { job = sample, input = vectors, size = 200
                      method { name = density, repetitions = 2000, buckets = 1024, sharpness = [32] } }
              wds { job = sample, input = vectors, size = 200, method { name = wds, repetitions = 32, buckets = 1024 } }
              duplicates { job = sample, input = vectors, size = 200, method { name = semdedup, epsilon = 0.1, clusters = 10, rounds = 3 } }
              clusters { job = sample, input = vectors, size = 200, method { name = k-means-stratified, clusters = 10, rounds = 3 } }
              far { job = sample, input = vectors, size = 20, method = farthest-point }
              best { job = sample, input { vectors = vectors, documents = documents }, size = 200, method = deita }
              near { job = sample, input { vectors = vectors, documents = documents }, size = 200
                     method { name = got-d, fit_rows = 200, anchors = 100, rounds = 50 } }
              skills { job = sample, input { vectors = vectors, documents = documents }, size = 200
                       method { name = skill-it, eta = 0.5, graph { t0 { t0 = 1 } }, losses = [{ t0 = 2 }] } }
            }
            """;

    /**
     * Executors stop and go on by turns, so that Spark tries their tasks elsewhere and has two answers or half of one;
     * one of them dies on top.
     */
    @Test
    void samplesHaveTheSameDigestsWithSpeculationAndAKilledExecutor() throws Exception {
        Path conf = directory.resolve("samples.conf");
        Files.writeString(conf, SAMPLES.formatted(topics()));
        Process local = new ProcessBuilder(
                        StandaloneCluster.launcher("oatmill"), "run", conf.toString(), "--set", root("local"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("local.out").toFile())
                .start();
        awaitSuccess(local, directory.resolve("local.out"));

        try (StandaloneCluster cluster = new StandaloneCluster(directory, 2, "1g")) {
            Process disturbed = submit(
                    cluster,
                    "disturbed",
                    conf,
                    List.of(
                            "spark.speculation=true",
                            "spark.speculation.interval=50ms",
                            "spark.speculation.multiplier=1",
                            "spark.speculation.quantile=0.1",
                            "spark.speculation.minTaskRuntime=50ms",
                            "spark.speculation.efficiency.enabled=false",
                            "spark.shuffle.io.retryWait=500ms"),
                    List.of());
            try {
                cluster.awaitOutput("disturbed", "dense  sample  …");
                for (int turn = 0; disturbed.isAlive(); turn++) {
                    List<ProcessHandle> executors = cluster.executors();
                    if (!executors.isEmpty()) {
                        ProcessHandle victim = executors.get(turn % executors.size());
                        StandaloneCluster.freeze(victim);
                        Thread.sleep(1000);
                        if (turn == 1) {
                            cluster.killAndAwaitReplacement(victim);
                        } else {
                            StandaloneCluster.thaw(victim);
                        }
                    }
                    Thread.sleep(500);
                }
                awaitSuccess(disturbed, directory.resolve("disturbed.out"));
            } finally {
                disturbed.destroyForcibly();
            }
        }
        assertEquals(digests("local"), digests("disturbed"));
        assertEquals(10, digests("local").size());
        try (Stream<Path> counts = Files.list(directory.resolve("disturbed").resolve("_summaries"))) {
            assertEquals(1, counts.count(), "the counts of one family of sketches were kept");
        }
        assertTrue(tasksByExecutor("disturbed").getOrDefault("2", 0) > 0, "the replacement ran tasks");
        Set<String> stages = stagesWithSpeculation("disturbed");
        assertTrue(stages.stream().anyMatch(stage -> stage.contains("SparkRows.java")), stages.toString());
    }

    /** Some 4,200 short texts in 6 files, of topics that are common and rare. */
    private Path topics() throws IOException {
        Path files = Files.createDirectories(directory.resolve("topics"));
        Random random = new Random(7);
        for (int file = 0; file < 6; file++) {
            StringBuilder lines = new StringBuilder();
            for (int i = 0; i < 700; i++) {
                int topic = (int) (8 * Math.pow(random.nextDouble(), 2));
                StringBuilder text = new StringBuilder("topic").append(topic);
                for (int k = 0; k < 6; k++) {
                    text.append(" word").append(8 * random.nextInt(4 + topic) + topic);
                }
                lines.append(String.format(
                        "{\"id\": \"%d-%d\", \"text\": \"%s\", \"topic\": \"t%d\", \"split\": \"%s\", \"complexity\": %d, \"quality\": %d}%n",
                        file, i, text, topic, i % 50 == 0 ? "target" : "pool", random.nextInt(10), random.nextInt(10)));
            }
            Files.writeString(files.resolve("part" + file + ".jsonl"), lines);
        }
        return files;
    }

    @Test
    void killedExecutorIsReplacedAndItsTasksRunAgain() throws Exception {
        try (StandaloneCluster cluster = new StandaloneCluster(directory, 2, "1g")) {
            Process job = cluster.submit(
                    "count",
                    directory,
                    List.of(
                            "--driver-memory",
                            "512m",
                            "--executor-memory",
                            "512m",
                            "--class",
                            HeldCount.class.getName(),
                            jar(HeldCount.class).toString(),
                            directory.toString()));
            try {
                ProcessHandle victim =
                        cluster.awaitExecutor(executor -> Files.exists(directory.resolve("process-" + executor.pid())));
                cluster.killAndAwaitReplacement(victim);
                Files.writeString(directory.resolve("go"), "");

                awaitSuccess(job, directory.resolve("count.out"));
                String output = Files.readString(directory.resolve("count.out"));
                assertTrue(
                        output.contains("rows=" + HeldCount.ROWS + " tasks=" + HeldCount.TASKS + " again=1"), output);
            } finally {
                job.destroyForcibly();
            }
        }
    }

    private Process submitQuickstart(StandaloneCluster cluster, String name) throws IOException {
        return submit(cluster, name, QUICKSTART, List.of(), SHORT);
    }

    /** Runs a file; Spark's event log goes below {@code <name>-events}. */
    private Process submit(
            StandaloneCluster cluster, String name, Path conf, List<String> settings, List<String> arguments)
            throws IOException {
        Path events = Files.createDirectories(directory.resolve(name + "-events"));
        List<String> words = new ArrayList<>(List.of("--driver-memory", "1g", "--executor-memory", "1g"));
        Stream.concat(
                        Stream.of("spark.eventLog.enabled=true", "spark.eventLog.dir=" + events.toUri()),
                        settings.stream())
                .forEach(setting -> words.addAll(List.of("--conf", setting)));
        words.addAll(List.of(
                Path.of("target/oatmill.jar").toAbsolutePath().toString(),
                "run",
                conf.toString(),
                "--set",
                root(name)));
        words.addAll(arguments);
        return cluster.submit(name, directory, words);
    }

    private String root(String name) {
        return "root=\"" + directory.resolve(name) + "\"";
    }

    /** The content digest of every stage of the one run under this root. */
    private Map<String, String> digests(String root) throws IOException {
        Map<String, String> digests = new TreeMap<>();
        for (JsonNode stage : JSON.readTree(only(directory.resolve(root).resolve("_runs"))
                        .resolve("run_results.json")
                        .toFile())
                .get("stages")) {
            digests.put(stage.get("name").asText(), stage.get("digest").asText());
        }
        return digests;
    }

    /** The digests of a stage's tables; its files may name the model. */
    private List<JsonNode> rowDigests(String root, String stage) throws IOException {
        Path manifest = only(directory.resolve(root).resolve(stage)).resolve("_manifest.json");
        return JSON.readTree(manifest.toFile()).findValues("digests");
    }

    /** How many tasks ended well on each executor, by Spark's own event log. */
    private Map<String, Integer> tasksByExecutor(String name) throws IOException {
        Map<String, Integer> tasks = new TreeMap<>();
        for (String line : Files.readAllLines(only(directory.resolve(name + "-events")))) {
            JsonNode event = JSON.readTree(line);
            if (event.get("Event").asText().equals("SparkListenerTaskEnd")
                    && event.at("/Task End Reason/Reason").asText().equals("Success")) {
                tasks.merge(event.at("/Task Info/Executor ID").asText(), 1, Integer::sum);
            }
        }
        return tasks;
    }

    /** Spark's names of the stages of which a second attempt at a task, beside the first, was the one that counted. */
    private Set<String> stagesWithSpeculation(String name) throws IOException {
        Map<Integer, String> names = new TreeMap<>();
        Set<String> found = new TreeSet<>();
        for (String line : Files.readAllLines(only(directory.resolve(name + "-events")))) {
            JsonNode event = JSON.readTree(line);
            switch (event.get("Event").asText()) {
                case "SparkListenerStageSubmitted" ->
                    names.put(
                            event.at("/Stage Info/Stage ID").asInt(),
                            event.at("/Stage Info/Stage Name").asText());
                case "SparkListenerTaskEnd" -> {
                    if (event.at("/Task Info/Speculative").asBoolean()
                            && event.at("/Task End Reason/Reason").asText().equals("Success")) {
                        found.add(names.get(event.get("Stage ID").asInt()));
                    }
                }
                default -> {}
            }
        }
        return found;
    }

    private static Path only(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> all = files.collect(Collectors.toCollection(ArrayList::new));
            assertEquals(1, all.size(), () -> directory + " holds " + all);
            return all.get(0);
        }
    }

    private static void awaitSuccess(Process process, Path output) throws Exception {
        try {
            assertTrue(process.waitFor(15, TimeUnit.MINUTES), "still running: " + Files.readString(output));
            assertEquals(0, process.exitValue(), Files.readString(output));
        } finally {
            process.destroyForcibly();
        }
    }

    /** A jar of one class without nested ones. */
    private Path jar(Class<?> type) throws IOException {
        Path jar = directory.resolve(type.getSimpleName() + ".jar");
        String entry = type.getName().replace('.', '/') + ".class";
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                InputStream in = type.getClassLoader().getResourceAsStream(entry)) {
            out.putNextEntry(new JarEntry(entry));
            in.transferTo(out);
            out.closeEntry();
        }
        return jar;
    }
}
