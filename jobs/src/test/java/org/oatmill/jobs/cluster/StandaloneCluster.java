package org.oatmill.jobs.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Spark's own Master and Workers as processes of this machine, started with {@code jobs/bin/spark-class}, on loopback
 * ports that the system chooses. Every process it started is ended by {@link #close}, by its handle.
 *
 * <p>Reads {@code /proc}, so Linux only.
 */
final class StandaloneCluster implements AutoCloseable {

    /** How long anything may take to start or end; a busy machine needs minutes for what takes seconds. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private final Path directory;
    private final List<Process> daemons = new ArrayList<>();
    private final Map<Process, Path> workerLogs = new LinkedHashMap<>();
    private final String master;

    /**
     * Starts a Master and as many Workers, each of one core and on a loopback address of its own, and returns when all
     * Workers have registered. Spark runs no speculative attempt on the host of the first one.
     */
    StandaloneCluster(Path directory, int workers, String workerMemory) throws Exception {
        this.directory = directory;
        Path conf = Files.createDirectories(directory.resolve("conf"));
        Files.writeString(conf.resolve("log4j2.properties"), DAEMON_LOGGING);
        try {
            Path log = directory.resolve("master.log");
            daemons.add(daemon(
                    log,
                    "org.apache.spark.deploy.master.Master",
                    "--host",
                    "127.0.0.1",
                    "--port",
                    "0",
                    "--webui-port",
                    "0"));
            master = awaitLine(log, "Starting Spark master at (spark://127\\.0\\.0\\.1:\\d+)");
            for (int i = 0; i < workers; i++) {
                Path workerLog = directory.resolve("worker" + i + ".log");
                Process worker = daemon(
                        workerLog,
                        "org.apache.spark.deploy.worker.Worker",
                        "--host",
                        "127.0.0." + (1 + i),
                        "--port",
                        "0",
                        "--webui-port",
                        "0",
                        "-c",
                        "1",
                        "-m",
                        workerMemory,
                        "-d",
                        directory.resolve("worker" + i).toString(),
                        master);
                daemons.add(worker);
                workerLogs.put(worker, workerLog);
            }
            for (Path workerLog : workerLogs.values()) {
                awaitLine(workerLog, "(Successfully registered with master)");
            }
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    /** The Master's address, for {@code --master}. */
    String master() {
        return master;
    }

    /**
     * The executors that are alive. A process counts only if its command line names Spark's executor <em>and</em> its
     * parent is one of the Workers: the launcher that starts an executor carries the same command line for a moment,
     * and killing that would test nothing.
     */
    List<ProcessHandle> executors() {
        return workerLogs.keySet().stream()
                .flatMap(Process::children)
                .filter(child -> commandLine(child.pid()).contains("CoarseGrainedExecutorBackend"))
                .collect(Collectors.toList());
    }

    /** Waits for an executor of which this is true. */
    ProcessHandle awaitExecutor(Predicate<ProcessHandle> condition) throws Exception {
        return await(
                () -> executors().stream().filter(condition).findFirst(),
                () -> "No such executor within " + PATIENCE + "; see " + directory);
    }

    /**
     * Ends an executor with signal 9 and waits for the executor that Spark starts in its stead.
     *
     * @return the process id of the replacement
     */
    long killAndAwaitReplacement(ProcessHandle executor) throws Exception {
        Set<Long> before = pids(executors());
        if (!before.contains(executor.pid())) {
            throw new AssertionError("Process " + executor.pid() + " is no executor that lives");
        }
        signal("-9", executor);
        executor.onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

        ProcessHandle replacement = awaitExecutor(candidate -> !before.contains(candidate.pid()));
        // The Worker saw a kill, not an orderly end.
        await(
                () -> workerLogs.values().stream()
                        .map(StandaloneCluster::text)
                        .filter(text ->
                                text.contains("finished with state EXITED message Command exited with code 137"))
                        .findFirst(),
                () -> "No Worker logged exit code 137; see " + directory);
        return replacement.pid();
    }

    /** Stops an executor in the middle of whatever it does; it hears and says nothing until {@link #thaw}. */
    static void freeze(ProcessHandle executor) throws Exception {
        signal("-STOP", executor);
    }

    /** Lets it go on as if nothing had been. */
    static void thaw(ProcessHandle executor) throws Exception {
        signal("-CONT", executor);
    }

    private static void signal(String signal, ProcessHandle process) throws Exception {
        new ProcessBuilder("kill", signal, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }

    /** Starts {@code jobs/bin/spark-submit} against this cluster; the output of both streams goes to a file of that name. */
    Process submit(String name, Path workingDirectory, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                launcher("spark-submit"),
                "--master",
                master,
                "--deploy-mode",
                "client",
                "--conf",
                "spark.driver.host=127.0.0.1",
                "--conf",
                "spark.driver.bindAddress=127.0.0.1",
                "--conf",
                "spark.ui.enabled=false"));
        command.addAll(arguments);
        return new ProcessBuilder(command)
                .directory(workingDirectory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve(name + ".out").toFile())
                .start();
    }

    /** Waits until a {@link #submit} of this name has printed this. */
    void awaitOutput(String name, String text) throws InterruptedException {
        Path output = directory.resolve(name + ".out");
        await(
                () -> Optional.of(text(output)).filter(printed -> printed.contains(text)),
                () -> "Not printed within " + PATIENCE + ": " + text + "; " + output + " holds:\n" + text(output));
    }

    @Override
    public void close() throws InterruptedException {
        // Executors outlive a Worker that is killed; remember them before their parents go.
        List<ProcessHandle> all = new ArrayList<>();
        for (Process daemon : daemons) {
            daemon.descendants().forEach(all::add);
            all.add(daemon.toHandle());
        }
        all.forEach(ProcessHandle::destroy);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (System.nanoTime() < end && all.stream().anyMatch(ProcessHandle::isAlive)) {
            Thread.sleep(50);
        }
        all.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
    }

    /** A script of {@code jobs/bin}; tests run in the module's directory. */
    static String launcher(String name) {
        return Path.of("bin", name).toAbsolutePath().toString();
    }

    private Process daemon(Path log, String... command) throws IOException {
        List<String> all = new ArrayList<>(List.of(launcher("spark-class")));
        all.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(all)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().put("SPARK_CONF_DIR", directory.resolve("conf").toString());
        builder.environment().put("SPARK_DAEMON_MEMORY", "256m");
        return builder.start();
    }

    private String awaitLine(Path log, String regex) throws Exception {
        Pattern pattern = Pattern.compile(regex);
        return await(
                () -> {
                    if (daemons.stream().anyMatch(daemon -> !daemon.isAlive())) {
                        throw new AssertionError("A daemon ended early; " + log + " holds:\n" + text(log));
                    }
                    return Optional.of(pattern.matcher(text(log)))
                            .filter(Matcher::find)
                            .map(found -> found.group(1));
                },
                () -> "No line like " + regex + " within " + PATIENCE + "; " + log + " holds:\n" + text(log));
    }

    private static <T> T await(Supplier<Optional<T>> probe, Supplier<String> message) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            Optional<T> result = probe.get();
            if (result.isPresent()) {
                return result.get();
            }
            Thread.sleep(50);
        }
        throw new AssertionError(message.get());
    }

    private static String text(Path log) {
        try {
            return Files.exists(log) ? Files.readString(log) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Set<Long> pids(Collection<ProcessHandle> processes) {
        return processes.stream().map(ProcessHandle::pid).collect(Collectors.toCollection(HashSet::new));
    }

    /** The whole command line, which {@link ProcessHandle.Info} cuts off at a page; empty for a process that is defunct. */
    private static String commandLine(long pid) {
        try {
            return new String(Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline")), StandardCharsets.UTF_8)
                    .replace('\0', ' ');
        } catch (IOException e) {
            return "";
        }
    }

    private static final String DAEMON_LOGGING =
            """
            appender.console.type = Console
            appender.console.name = console
            appender.console.target = SYSTEM_ERR
            appender.console.layout.type = PatternLayout
            appender.console.layout.pattern = %d{HH:mm:ss} %-5p %c{1}: %m%n%ex
            rootLogger.level = info
            rootLogger.appenderRef.console.ref = console
            """;
}
