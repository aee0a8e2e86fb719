package org.oatmill.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.Tables;
import org.oatmill.core.Vector;
import org.oatmill.sampling.Candidate;
import org.oatmill.sampling.Densities;
import org.oatmill.sampling.DensitySketch;
import org.oatmill.sampling.DiversifiedSampling;
import org.oatmill.sampling.RowDensity;
import org.oatmill.sampling.SketchHeader;
import org.oatmill.sampling.kernel.Angular;
import org.oatmill.sampling.kernel.Euclidean;
import org.oatmill.sampling.kernel.Kernel;
import org.oatmill.sampling.kernel.MinMax;
import org.oatmill.spark.rows.SparkRows;
import org.oatmill.spark.rows.VectorColumn;

/**
 * Hashing against its slow twin and against reading: rows per second and core of both hash families of the
 * Min-Max kernel; counting in one pass, the two passes of a sketch over a million rows, and dense rows,
 * against decoding the same Parquet once to vectors on one core.
 *
 * <p>The twin keeps r, ln c and beta of every feature and hash, as public libraries do: it takes a logarithm
 * for each value of a row, and a division, a floor and a comparison for each of its hashes. Both families are
 * measured on rows whose features they have met before.
 */
final class SamplingBench {
    /** The twin's tables of so many features fit in its bound, so it is measured at its best. */
    private static final int VOCABULARY = 8_000;

    /** As many as a real corpus has words: at 128 hashes the twin's tables fit in its bound still, but in no cache of the processor. */
    private static final int WORDS = 30_000;

    private static final int BUCKETS = 1 << 16;
    private static final int MILLION = 1_000_000;
    private static final int SPARSE_ROWS = 40_000;
    private static final int SPARSE_VALUES = 2_000_000;
    private static final int DENSE_ROWS = 4_000;
    private static final int ROUNDS = 5;
    private static final double SECONDS = 3;

    private SamplingBench() {}

    static List<Row> rows() throws IOException, InterruptedException {
        List<Row> rows = new ArrayList<>();
        for (int nnz : new int[] {30, 300, 3000}) {
            for (int count : new int[] {128, 500}) {
                rows.add(hashing(nnz, count, VOCABULARY));
            }
        }
        rows.add(hashing(300, 128, WORDS));
        rows.addAll(reading());
        rows.add(processes());
        return rows;
    }

    private static Row hashing(int nnz, int count, int features) {
        // So many that no branch is learnt by heart.
        List<Vector> rows = IntStream.range(0, Math.max(24, 12_000 / nnz))
                .mapToObj(i -> sparse(i, nnz, features))
                .toList();
        Kernel.Hashes darts = new MinMax(MinMax.Hashing.DART).hashes(7, count);
        Kernel.Hashes icws = new MinMax(MinMax.Hashing.ICWS).hashes(7, count);
        long[] values = new long[count];
        Map<String, Double> ms = new Paired()
                .add("darts", () -> rows.forEach(row -> darts.of(row, values)))
                .add("icws", () -> rows.forEach(row -> icws.of(row, values)))
                .medians(15);
        return new Row(
                "sampling/min-max/nnz-" + nnz + "/hashes-" + count + (features == WORDS ? "/words" : ""),
                1000 * rows.size() / ms.get("darts"),
                "rows/s",
                1000 * rows.size() / ms.get("icws"),
                nnz == 3000 && count == 500 ? ">=20" : "");
    }

    // On one core of Spark

    private static List<Row> reading() throws IOException {
        Path directory = Files.createTempDirectory("oatmill-bench");
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", false)
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 1)
                .getOrCreate();
        try {
            List<Row> rows = new ArrayList<>();
            for (int nnz : new int[] {30, 300, 3000}) {
                Table table =
                        Table.write(spark, directory.resolve("nnz-" + nnz), SPARSE_VALUES / nnz, i -> sparse(i, nnz));
                rows.addAll(table.rows(
                        "sampling/one-pass/nnz-" + nnz,
                        new Work("/hashes-128", () -> table.count(new MinMax(), 128, 1), ""),
                        new Work("/hashes-500", () -> table.count(new MinMax(), 500, 1), "")));
            }
            for (int p : new int[] {1, 8}) {
                int size = p == 1 ? MILLION : SPARSE_ROWS;
                Table table = Table.write(spark, directory.resolve("rows-" + size), size, i -> sparse(i, 50));
                rows.addAll(table.rows(
                        "sampling/two-passes/nnz-50/R-128/p-" + p + "/rows-" + size,
                        new Work("/cached", () -> table.held(p), p == 1 ? "<=5.0" : ""),
                        new Work("", () -> table.notHeld(p), p == 1 ? "<=10.0" : "")));
            }
            Table dense = Table.write(spark, directory.resolve("dense"), DENSE_ROWS, SamplingBench::dense);
            rows.addAll(dense.rows(
                    "sampling/dense-768/R-1000",
                    new Work("/euclidean", () -> dense.count(new Euclidean(20), 1000, 1), "<=8.0"),
                    new Work("/angular-16", () -> dense.count(new Angular(), 1000, 16), "<=8.0")));
            return rows;
        } finally {
            spark.stop();
            Scratch.delete(directory);
        }
    }

    /** The row of a number, in any JVM. */
    private interface Made extends Serializable {
        Vector row(int number);
    }

    private record Work(String name, Runnable run, String goal) {}

    /** A Parquet table of vectors, and what is done with its rows. */
    private record Table(SparkSession spark, String path, int size) {

        static Table write(SparkSession spark, Path path, int size, Made made) {
            JavaRDD<org.apache.spark.sql.Row> rows = spark.range(0, size, 1, 1)
                    .javaRDD()
                    .map(i -> RowFactory.create("row" + i, VectorColumn.row(made.row(i.intValue()))));
            spark.createDataFrame(rows, StructType.fromDDL(Tables.VECTORS.ddl()))
                    .write()
                    .parquet(path.toString());
            return new Table(spark, path.toString(), size);
        }

        private JavaRDD<Candidate> candidates() {
            return spark.read()
                    .parquet(path)
                    .select("id", "vector")
                    .queryExecution()
                    .toRdd()
                    .toJavaRDD()
                    .map(row -> new Candidate(row.getString(0), VectorColumn.read(row.getStruct(1, 3))));
        }

        void decode() {
            candidates().foreach(row -> {});
        }

        void count(Kernel kernel, int repetitions, int sharpness) {
            SketchHeader header = new SketchHeader(kernel, 7, repetitions, sharpness, BUCKETS);
            new SparkRows<>(candidates()).map(Candidate::vector).fold(() -> new DensitySketch(header));
        }

        /** As the method does it, with the counters of every row held between the passes. */
        void held(int sharpness) {
            twoPasses(new SparkRows<>(candidates()), sharpness);
        }

        /** As the method does it where so many rows are said to be there that their counters cannot be held. */
        void notHeld(int sharpness) {
            twoPasses(new SparkRows<>(candidates()).counted(1L << 50), sharpness);
        }

        private static void twoPasses(Rows<Candidate> rows, int sharpness) {
            Densities densities = new DiversifiedSampling(128, BUCKETS, sharpness).densities(rows, 7);
            densities.rows().map(RowDensity::density).fold(Largest::new);
            densities.release();
        }

        /**
         * Processor time of each work and of decoding, which take turns: of the whole process, which does not count
         * what other processes take away.
         */
        List<Row> rows(String name, Work... works) {
            List<Work> all = new ArrayList<>(List.of(new Work("", this::decode, "")));
            all.addAll(Arrays.asList(works));
            Map<Work, List<Double>> micros = new HashMap<>();
            all.forEach(work -> work.run.run());
            for (int round = 0; round < ROUNDS; round++) {
                for (Work work : all) {
                    long began = processorTime();
                    work.run.run();
                    double each = (processorTime() - began) / 1e3 / size;
                    micros.computeIfAbsent(work, key -> new ArrayList<>()).add(each);
                }
            }
            double decoding = Paired.median(micros.get(all.get(0)));
            return Arrays.stream(works)
                    .map(work ->
                            new Row(name + work.name, Paired.median(micros.get(work)), "us/row", decoding, work.goal))
                    .toList();
        }

        /** Nanoseconds. */
        private static long processorTime() {
            return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                    .getProcessCpuTime();
        }
    }

    private static final class Largest implements Summary<Double, Largest> {
        private static final long serialVersionUID = 1L;

        private double value;

        @Override
        public void add(Double row) {
            value = Math.max(value, row);
        }

        @Override
        public void merge(Largest other) {
            value = Math.max(value, other.value);
        }
    }

    // Two cores

    private static Row processes() throws IOException, InterruptedException {
        List<Double> together = new ArrayList<>();
        List<Double> apart = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            together.add(answer(start(2)));
            Process first = start(1);
            Process second = start(1);
            apart.add(answer(first) + answer(second));
        }
        return new Row("sampling/two-cores", Paired.median(together), "rows/s", Paired.median(apart), ">=0.90");
    }

    private static Process start(int threads) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SamplingBench.class.getName(),
                        Integer.toString(threads))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static double answer(Process process) throws IOException, InterruptedException {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            process.waitFor();
            if (line == null) {
                throw new IOException("A worker of the benchmark ended without an answer");
            }
            return Double.parseDouble(line);
        }
    }

    /** A worker: counts rows in a sketch for some seconds in each thread; prints rows a second. */
    public static void main(String[] args) throws InterruptedException {
        int threads = Integer.parseInt(args[0]);
        List<Vector> rows = IntStream.range(0, 500).mapToObj(i -> sparse(i, 50)).toList();
        double[] perSecond = new double[threads];
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int thread = t;
            all.add(new Thread(() -> perSecond[thread] = perSecond(rows)));
        }
        all.forEach(Thread::start);
        for (Thread thread : all) {
            thread.join();
        }
        System.out.println(Arrays.stream(perSecond).sum());
    }

    private static double perSecond(List<Vector> rows) {
        DensitySketch sketch = new DensitySketch(new SketchHeader(new MinMax(), 7, 128, 1, 1 << 12));
        long began = System.nanoTime();
        long counted = 0;
        double seconds = 0;
        // The first half warms up.
        while (seconds < SECONDS) {
            rows.forEach(sketch::add);
            counted += rows.size();
            seconds = (System.nanoTime() - began) / 1e9;
            if (seconds < SECONDS / 2) {
                counted = 0;
            }
        }
        return counted / (SECONDS / 2);
    }

    // Rows

    private static Vector sparse(int number, int nnz) {
        return sparse(number, nnz, VOCABULARY);
    }

    /** Distinct features of Zipf's frequency, with counts. */
    private static Vector sparse(int number, int nnz, int features) {
        SplittableRandom random = new SplittableRandom(number);
        int[] indices = IntStream.generate(() -> (int) (features * Math.pow(random.nextDouble(), 2)))
                .distinct()
                .limit(nnz)
                .sorted()
                .toArray();
        float[] values = new float[nnz];
        for (int k = 0; k < nnz; k++) {
            values[k] = (float) Math.ceil(-2 * Math.log1p(-random.nextDouble()));
        }
        return Vector.sparse(features, indices, values);
    }

    private static Vector dense(int number) {
        SplittableRandom random = new SplittableRandom(number);
        float[] values = new float[768];
        for (int k = 0; k < values.length; k++) {
            values[k] = (float) (random.nextDouble() + random.nextDouble() - 1);
        }
        return Vector.dense(values);
    }
}
