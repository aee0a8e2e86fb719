package org.oatmill.jobs;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.jspecify.annotations.Nullable;
import scala.collection.JavaConverters;

/**
 * Says how far a stage is: a bar with rate and remaining time on a terminal, otherwise a line every
 * ten seconds. The tasks are those of the Spark jobs that run now; how many jobs are still to come,
 * nobody knows before they start.
 */
public final class Progress extends SparkListener implements AutoCloseable {
    private static final int BAR = 16;

    /** A line that a terminal would wrap cannot be drawn over. */
    private static final int WIDTH = 79;

    private final PrintStream out;
    private final boolean terminal;
    private final Thread ticker;
    private @Nullable SparkContext context;

    private @Nullable String stage;
    private long stageStarted;
    private final Map<Integer, RunningJob> jobs = new HashMap<>();
    private final Map<Integer, RunningJob> byStage = new HashMap<>();
    private long rowsRead;
    private String said = "";
    private boolean drawn;

    private static final class RunningJob {
        private final long started = System.nanoTime();
        private final Set<Integer> stages = new HashSet<>();
        private int tasks;
        private int done;
    }

    /**
     * @param out for people
     * @param terminal whether {@code out} can be drawn over
     * @param everyMillis how often to speak
     */
    Progress(PrintStream out, boolean terminal, long everyMillis) {
        this.out = out;
        this.terminal = terminal;
        this.ticker = new Thread(() -> tick(everyMillis), "progress");
        ticker.setDaemon(true);
        ticker.start();
    }

    /** As the place it speaks to allows: four times a second on a terminal, every ten seconds elsewhere. */
    public static Progress to(PrintStream out) {
        boolean terminal = System.console() != null && !"dumb".equals(System.getenv("TERM"));
        return new Progress(out, terminal, terminal ? 250 : 10_000);
    }

    /** Listens to a context until closed. */
    Progress listenTo(SparkContext listened) {
        context = listened;
        listened.addSparkListener(this);
        return this;
    }

    synchronized void begin(String name) {
        stage = name;
        stageStarted = System.nanoTime();
        rowsRead = 0;
        said = "";
        jobs.clear();
        byStage.clear();
    }

    synchronized void end() {
        wipe();
        stage = null;
    }

    /** What the stage itself says of how far it is, until it says another thing. */
    synchronized void says(String text) {
        said = text;
    }

    /** A line of its own, whatever is drawn. */
    synchronized void line(String text) {
        wipe();
        out.println(text);
        out.flush();
    }

    @Override
    public synchronized void onJobStart(SparkListenerJobStart event) {
        RunningJob job = new RunningJob();
        JavaConverters.seqAsJavaList(event.stageInfos()).forEach(info -> {
            job.tasks += info.numTasks();
            job.stages.add(info.stageId());
            byStage.put(info.stageId(), job);
        });
        jobs.put(event.jobId(), job);
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd event) {
        RunningJob job = byStage.get(event.stageId());
        if (job != null && event.taskInfo().successful()) {
            job.done++;
        }
        if (event.taskMetrics() != null) {
            rowsRead += event.taskMetrics().inputMetrics().recordsRead();
        }
    }

    @Override
    public synchronized void onJobEnd(SparkListenerJobEnd event) {
        RunningJob job = jobs.remove(event.jobId());
        if (job != null) {
            job.stages.forEach(byStage::remove);
        }
    }

    @Override
    public void close() {
        ticker.interrupt();
        synchronized (this) {
            wipe();
        }
        if (context != null) {
            context.removeSparkListener(this);
        }
    }

    /** What there is to say now; nothing between two stages. */
    synchronized String now() {
        if (stage == null) {
            return "";
        }
        double elapsed = secondsSince(stageStarted);
        int tasks = jobs.values().stream().mapToInt(job -> job.tasks).sum();
        int done =
                Math.min(tasks, jobs.values().stream().mapToInt(job -> job.done).sum());
        String text = "      " + stage + "  " + seconds(elapsed);
        if (tasks > 0) {
            long first =
                    jobs.values().stream().mapToLong(job -> job.started).min().orElseThrow();
            double rate = done / secondsSince(first);
            text += (terminal ? "  " + bar(done, tasks) : ",")
                    + String.format(" %,d of %,d tasks", done, tasks)
                    + (done == 0 ? "" : String.format(", %.1f/s, about %s left", rate, seconds((tasks - done) / rate)));
        }
        if (!said.isEmpty()) {
            return text + (terminal ? "  " : ", ") + said;
        }
        if (rowsRead > 0) {
            text += String.format(", %,d rows read, %,.0f/s", rowsRead, rowsRead / elapsed);
        }
        return terminal && text.length() > WIDTH ? text.substring(0, WIDTH - 1) + "…" : text;
    }

    private static String bar(int done, int tasks) {
        int full = (int) ((long) BAR * done / tasks);
        return "█".repeat(full) + "░".repeat(BAR - full) + " " + (100L * done / tasks) + " %";
    }

    private void tick(long everyMillis) {
        try {
            while (true) {
                Thread.sleep(everyMillis);
                synchronized (this) {
                    String text = now();
                    if (text.isEmpty()) {
                        continue;
                    }
                    if (terminal) {
                        out.print("\r" + text + "\u001B[K");
                        drawn = true;
                    } else {
                        out.println(text);
                    }
                    out.flush();
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void wipe() {
        if (drawn) {
            out.print("\r\u001B[K");
            drawn = false;
        }
    }

    private static double secondsSince(long nanos) {
        return Math.max(1e-3, (System.nanoTime() - nanos) / 1e9);
    }

    /** {@code 0.4 s}, {@code 12 s}, {@code 3 min 20 s}, {@code 2 h 5 min}. */
    public static String seconds(double seconds) {
        long whole = Math.round(seconds);
        if (seconds < 9.95) {
            return String.format("%.1f s", seconds);
        }
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }
}
