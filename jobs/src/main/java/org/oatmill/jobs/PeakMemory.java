package org.oatmill.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The most memory that this process held while a stage ran: heap, weights and all, as the kernel
 * counts it, looked at five times a second. With a local master that is the whole run; on a cluster it
 * is the driver. Known on Linux only.
 */
final class PeakMemory implements AutoCloseable {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long EVERY_MILLIS = 200;

    private final Thread watcher = new Thread(this::watch, "peak memory");
    private volatile long kibibytes;

    PeakMemory() {
        look();
        watcher.setDaemon(true);
        watcher.start();
    }

    /** So far; null where the system does not tell. */
    @Nullable
    Long mebibytes() {
        look();
        return kibibytes == 0 ? null : kibibytes / 1024;
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(EVERY_MILLIS);
                look();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private synchronized void look() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmRSS:")) {
                    kibibytes = Math.max(kibibytes, Long.parseLong(line.replaceAll("[^0-9]", "")));
                }
            }
        } catch (IOException e) {
            // Not Linux: nothing is known.
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
