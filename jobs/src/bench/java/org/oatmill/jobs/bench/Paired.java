package org.oatmill.jobs.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Things that are timed in turn, so that whatever disturbs the machine disturbs them alike. What is
 * timed is the processor time of the calling thread, on which all single-threaded work is done: it
 * does not count the time that other processes take away.
 */
final class Paired {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final Map<String, Runnable> works = new LinkedHashMap<>();

    Paired add(String name, Runnable work) {
        works.put(name, work);
        return this;
    }

    /** Median milliseconds of each, over so many rounds after two to warm up. */
    Map<String, Double> medians(int rounds) {
        Map<String, List<Double>> times = new LinkedHashMap<>();
        for (int round = -2; round < rounds; round++) {
            for (Map.Entry<String, Runnable> work : works.entrySet()) {
                long before = THREADS.getCurrentThreadCpuTime();
                work.getValue().run();
                double ms = (THREADS.getCurrentThreadCpuTime() - before) / 1e6;
                if (round >= 0) {
                    times.computeIfAbsent(work.getKey(), name -> new ArrayList<>())
                            .add(ms);
                }
            }
        }
        Map<String, Double> medians = new LinkedHashMap<>();
        times.forEach((name, all) -> medians.put(name, median(all)));
        return medians;
    }

    static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        int n = sorted.length;
        return (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
    }
}
