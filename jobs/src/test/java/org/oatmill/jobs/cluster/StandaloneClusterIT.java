package org.oatmill.jobs.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A Master and two Workers as real processes, and {@code jobs/bin/spark-submit}. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class StandaloneClusterIT {

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path directory;

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

                assertTrue(job.waitFor(3, TimeUnit.MINUTES), () -> outputOf(cluster));
                assertEquals(0, job.exitValue(), () -> outputOf(cluster));
                assertTrue(
                        cluster.output("count")
                                .contains("rows=" + HeldCount.ROWS + " tasks=" + HeldCount.TASKS + " again=1"),
                        () -> outputOf(cluster));
            } finally {
                job.destroyForcibly();
            }
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

    private static String outputOf(StandaloneCluster cluster) {
        try {
            return cluster.output("count");
        } catch (IOException e) {
            return e.toString();
        }
    }
}
