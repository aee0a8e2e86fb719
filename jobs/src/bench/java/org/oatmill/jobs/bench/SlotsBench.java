package org.oatmill.jobs.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.oatmill.core.Noise;
import org.oatmill.djl.DjlLm;
import org.oatmill.model.Batch;
import org.oatmill.model.Direction;
import org.oatmill.model.Subspace;

/** Task slots that share a model, against processes that each have their own; and memory of a 16-bit model that is probed. */
final class SlotsBench {
    private static final int SECONDS = 12;
    private static final int ROUNDS = 3;
    private static final int ROWS = 16;
    private static final int LENGTH = 64;
    /** A slice of the head, as wide as it is formed at a time; its logits take as much. */
    private static final long HEAD_SLICE = 16L << 20;

    private SlotsBench() {}

    static List<Row> rows() throws IOException, InterruptedException {
        List<Row> rows = new ArrayList<>(slots(RandomLlama.FORTY_MILLION));
        rows.add(memory(RandomLlama.TWO_HUNDRED_MILLION));
        return rows;
    }

    private static List<Row> slots(RandomLlama model) throws IOException, InterruptedException {
        Path directory = model.write(Files.createTempDirectory("oatmill-bench"), false);
        List<Double> shared = new ArrayList<>();
        List<Double> apart = new ArrayList<>();
        List<Double> twoSlots = new ArrayList<>();
        List<Double> oneSlot = new ArrayList<>();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                Answer both = start(directory, model, 2, false).answer();
                Worker first = start(directory, model, 1, false);
                Worker second = start(directory, model, 1, false);
                Answer one = first.answer();
                Answer other = second.answer();
                shared.add(both.perSecond());
                apart.add(one.perSecond() + other.perSecond());
                twoSlots.add(both.peakMb());
                oneSlot.add(one.peakMb());
            }
        } finally {
            Scratch.delete(directory);
        }
        return List.of(
                new Row(
                        ModelBench.name(model, "two-slots/throughput"),
                        Paired.median(shared),
                        "probes/s",
                        Paired.median(apart),
                        ">=0.90"),
                new Row(
                        ModelBench.name(model, "two-slots/resident"),
                        Paired.median(twoSlots),
                        "MB",
                        Paired.median(oneSlot),
                        "<=1.15"));
    }

    /** What the process grows by when it opens the model and probes it, against the file and the scratch of a walk. */
    private static Row memory(RandomLlama model) throws IOException, InterruptedException {
        Path directory = model.write(Files.createTempDirectory("oatmill-bench"), true);
        try {
            Answer answer = start(directory, model, 1, true).answer();
            long scratch = model.blockBytes() + 2 * HEAD_SLICE + model.activationBytes(ROWS * LENGTH);
            double limit = (Files.size(directory.resolve("model.safetensors")) + scratch) / 1e6;
            return new Row(
                    ModelBench.name(model, "bf16-lora/resident"),
                    answer.peakMb() - answer.beforeMb(),
                    "MB",
                    limit,
                    "<=1.15");
        } finally {
            Scratch.delete(directory);
        }
    }

    private record Answer(double perSecond, double beforeMb, double peakMb) {}

    private record Worker(Process process) {
        Answer answer() throws IOException, InterruptedException {
            try (BufferedReader out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line = "";
                for (String next = out.readLine(); next != null; next = out.readLine()) {
                    line = next;
                }
                if (process.waitFor() != 0) {
                    throw new IOException("A worker of the benchmark failed: exit code " + process.exitValue());
                }
                String[] numbers = line.split(" ", -1);
                return new Answer(
                        Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1]), Double.parseDouble(numbers[2]));
            }
        }
    }

    private static Worker start(Path directory, RandomLlama model, int threads, boolean lora) throws IOException {
        return new Worker(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        // Where native memory alone is looked at, next to no heap; else a small executor's.
                        lora ? "-Xmx64m" : "-Xmx512m",
                        "-XX:MaxDirectMemorySize=2g",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SlotsBench.class.getName(),
                        directory.toString(),
                        model.name(),
                        Integer.toString(threads),
                        Boolean.toString(lora))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start());
    }

    /** A worker: probes for some seconds in each thread; prints probes a second, memory before opening and at its peak. */
    public static void main(String[] args) throws Exception {
        RandomLlama model = List.of(RandomLlama.FORTY_MILLION, RandomLlama.TWO_HUNDRED_MILLION).stream()
                .filter(m -> m.name().equals(args[1]))
                .findFirst()
                .orElseThrow();
        int threads = Integer.parseInt(args[2]);
        Subspace subspace = Boolean.parseBoolean(args[3])
                ? new Subspace.Lora(8, 16, List.of("q_proj", "v_proj"), 0)
                : new Subspace.Full();
        warmUpEngine();
        double before = resident("VmRSS");
        try (DjlLm base = DjlLm.open(Path.of(args[0]));
                DjlLm fork = base.fork(subspace)) {
            Batch batch = model.batch(ROWS, LENGTH);
            fork.sides(batch, new Direction.Seed(Noise.Law.RADEMACHER, 7, 0, 0), 1e-3f);
            AtomicLong probes = new AtomicLong();
            long begin = System.nanoTime();
            long end = begin + SECONDS * 1_000_000_000L;
            List<Thread> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                Thread thread = new Thread(() -> {
                    for (long step = 0; System.nanoTime() < end; step++) {
                        fork.sides(batch, new Direction.Seed(Noise.Law.RADEMACHER, 7, step, 0), 1e-3f);
                        probes.incrementAndGet();
                    }
                });
                thread.start();
                running.add(thread);
            }
            for (Thread thread : running) {
                thread.join();
            }
            double seconds = (System.nanoTime() - begin) / 1e9;
            System.out.println(probes.get() / seconds + " " + before + " " + resident("VmHWM"));
        }
    }

    /** Opens and probes a tiny model, so that what the engine itself takes is there before memory is read. */
    private static void warmUpEngine() throws IOException {
        Path directory = RandomLlama.ONE_MILLION.write(Files.createTempDirectory("oatmill-bench"), true);
        try (DjlLm base = DjlLm.open(directory)) {
            base.losses(RandomLlama.ONE_MILLION.batch(1, 16));
        } finally {
            Scratch.delete(directory);
        }
    }

    private static double resident(String field) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith(field + ":"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024 / 1e6)
                .findFirst()
                .orElse(Double.NaN);
    }
}
