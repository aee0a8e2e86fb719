package org.oatmill.spark.model;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.network.util.JavaUtils;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;
import org.oatmill.djl.Footprint;
import org.oatmill.djl.Models;

/**
 * What a process of a Spark application may use beside its heap.
 *
 * @param room for models
 * @param direct bytes of direct buffers, in which weights lie
 * @param tasks that run at once
 */
record NativeMemory(Models.Room room, long direct, int tasks) {
    private static final long MEBIBYTE = 1 << 20;

    /** Resident when no model is open yet: PyTorch's libraries (120 MiB, measured) and the JVM's own. */
    static final long TAKEN = 192 * MEBIBYTE;

    private static final Pattern LOCAL = Pattern.compile("local\\[(\\d+|\\*)(?:,\\d+)?]");

    /**
     * A process, as far as memory goes.
     *
     * @param driver whether it is the driver
     * @param cores of the machine
     * @param memory of the machine, or of the container that the kernel keeps it to, in bytes
     * @param heap most that the heap may take, in bytes
     */
    record Process(boolean driver, int cores, long memory, long heap) {}

    /** Of the process that asks; without a limit where Spark does not run. */
    static NativeMemory ofThisProcess() {
        SparkEnv spark = SparkEnv.get();
        if (spark == null) {
            return new NativeMemory(Models.Room.ANY, Long.MAX_VALUE, 1);
        }
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        Process process = new Process(
                spark.executorId().equals("driver"),
                Runtime.getRuntime().availableProcessors(),
                system.getTotalMemorySize(), // of the container, where there is one
                Runtime.getRuntime().maxMemory());
        return of(spark.conf(), process, directOption());
    }

    private static @Nullable String directOption() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("-XX:MaxDirectMemorySize="))
                .map(option -> option.substring(option.indexOf('=') + 1))
                .reduce((first, last) -> last)
                .orElse(null);
    }

    static NativeMemory of(SparkConf conf, Process process, @Nullable String directOption) {
        return new NativeMemory(
                room(conf, process),
                directOption == null ? process.heap() : JavaUtils.byteStringAsBytes(directOption),
                tasks(conf, process));
    }

    private static Models.Room room(SparkConf conf, Process process) {
        String master = conf.get("spark.master", "");
        boolean containers = master.startsWith("yarn") || master.startsWith("k8s");
        boolean client = conf.get("spark.submit.deployMode", "client").equals("client");
        if (!containers || process.driver() && client) {
            String option = process.driver() ? "--driver-memory" : "--executor-memory";
            return new Models.Room(
                    Math.max(0, process.memory() - process.heap()),
                    TAKEN,
                    "that is the machine's memory without the heap, so run on a larger machine or lower " + option);
        }
        String role = process.driver() ? "spark.driver" : "spark.executor";
        String overhead = conf.get(role + ".memoryOverhead", "");
        long bytes = overhead.isEmpty()
                ? Math.max(384 * MEBIBYTE, (long) (conf.getDouble(role + ".memoryOverheadFactor", 0.1)
                        * conf.getSizeAsBytes(role + ".memory", "1g")))
                : JavaUtils.byteStringAsMb(overhead) * MEBIBYTE;
        return new Models.Room(bytes, TAKEN, "set --conf " + role + ".memoryOverhead={mebibytes}m");
    }

    private static int tasks(SparkConf conf, Process process) {
        String master = conf.get("spark.master", "");
        int cores;
        Matcher local = LOCAL.matcher(master);
        if (local.matches()) {
            cores = local.group(1).equals("*") ? process.cores() : Integer.parseInt(local.group(1));
        } else if (process.driver()) {
            cores = 1;
        } else {
            boolean containers = master.startsWith("yarn") || master.startsWith("k8s");
            cores = conf.getInt("spark.executor.cores", containers ? 1 : process.cores());
        }
        return Math.max(1, cores / conf.getInt("spark.task.cpus", 1));
    }

    /** Bytes of a model here, with every task measuring; refused where its weights cannot even be laid out. */
    long of(Footprint model) {
        if (model.weights() > direct) {
            throw new UserException("Cannot open model: its weights = " + mebibytes(model.weights())
                    + " MiB, expected at most the " + mebibytes(direct)
                    + " MiB that direct buffers may take; set -XX:MaxDirectMemorySize="
                    + mebibytes(model.weights() * 5 / 4)
                    + "m in spark.executor.extraJavaOptions and --driver-java-options");
        }
        return model.weights() + tasks * model.perTask();
    }

    static long mebibytes(long bytes) {
        return (bytes + MEBIBYTE - 1) / MEBIBYTE;
    }
}
