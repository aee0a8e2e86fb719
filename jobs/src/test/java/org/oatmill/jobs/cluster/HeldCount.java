package org.oatmill.jobs.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;

/**
 * A Spark program that a test holds still: every task leaves a file named for its process, then waits until a file
 * {@code go} appears, so that whoever kills the process is sure to kill a task. Prints how many rows were counted, by
 * how many tasks, and how many of those were not first attempts.
 */
public final class HeldCount {

    static final int ROWS = 4000;
    static final int TASKS = 8;

    private HeldCount() {}

    /** The argument is the directory of the files. */
    public static void main(String[] args) {
        String directory = args[0];
        try (SparkSession spark = SparkSession.builder().appName("held count").getOrCreate()) {
            List<String> tasks = spark.range(0, ROWS, 1, TASKS)
                    .mapPartitions(
                            (MapPartitionsFunction<Long, String>) rows -> {
                                Files.writeString(
                                        Path.of(
                                                directory,
                                                "process-"
                                                        + ProcessHandle.current()
                                                                .pid()),
                                        "");
                                while (!Files.exists(Path.of(directory, "go"))) {
                                    Thread.sleep(20);
                                }
                                int count = 0;
                                for (; rows.hasNext(); rows.next()) {
                                    count++;
                                }
                                return List.of(count + " " + TaskContext.get().attemptNumber())
                                        .iterator();
                            },
                            Encoders.STRING())
                    .collectAsList();
            int rows = tasks.stream()
                    .mapToInt(task -> Integer.parseInt(task.split(" ")[0]))
                    .sum();
            long again = tasks.stream().filter(task -> !task.endsWith(" 0")).count();
            System.out.println("rows=" + rows + " tasks=" + tasks.size() + " again=" + again);
        }
    }
}
