package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.oatmill.spark.SharedSpark;

class ProgressTest {

    /** What is said while a Spark job of eight tasks, each a quarter of a second long, runs on two cores. */
    private static String saidOver(boolean terminal) throws Exception {
        SparkSession spark = SharedSpark.session();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Progress progress = new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, 100)) {
            progress.listenTo(spark.sparkContext());
            progress.line("[1/1] vectors  embed  …");
            progress.begin("vectors");
            List<Integer> eight = IntStream.range(0, 8).boxed().toList();
            JavaSparkContext.fromSparkContext(spark.sparkContext())
                    .parallelize(eight, 8)
                    .foreach(i -> Thread.sleep(250));
            progress.end();
            progress.line("[1/1] vectors  embed  done");
            assertEquals("", progress.now());
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void elsewhereEachLineHasTasksRateAndRemainingTime() throws Exception {
        List<String> lines = saidOver(false).lines().toList();
        assertEquals("[1/1] vectors  embed  …", lines.get(0));
        assertEquals("[1/1] vectors  embed  done", lines.get(lines.size() - 1));
        assertTrue(
                lines.stream()
                        .anyMatch(line -> line.matches(
                                "      vectors  [0-9.]+ s, [1-7] of 8 tasks, [0-9.]+/s, about [0-9.]+ s left.*")),
                lines.toString());
    }

    @Test
    void onATerminalABarIsDrawnOverAndGoneInTheEnd() throws Exception {
        String said = saidOver(true);
        assertTrue(said.matches("(?s).*\r      vectors  [0-9.]+ s  █+░* [0-9]+ % [0-9] of 8 tasks.*"), said);
        String last = said.substring(said.lastIndexOf('\r'));
        assertEquals("\r\u001B[K[1/1] vectors  embed  done\n", last);
        for (String drawn : said.split("\r")) {
            assertTrue(
                    drawn.lines().allMatch(line -> line.replace("\u001B[K", "").length() <= 79), drawn);
        }
    }

    @Test
    void whatIsClosedIsSilent() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Progress progress = new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), false, 10);
        progress.begin("vectors");
        Thread.sleep(200);
        progress.close();
        Thread.sleep(50);
        int length = bytes.size();
        assertFalse(length == 0);
        Thread.sleep(100);
        assertEquals(length, bytes.size());
    }

    @Test
    void timesAreInWordsThatFitTheirSize() {
        assertEquals("0.4 s", Progress.seconds(0.42));
        assertEquals("12 s", Progress.seconds(12.4));
        assertEquals("1 min 0 s", Progress.seconds(59.7));
        assertEquals("3 min 20 s", Progress.seconds(200));
        assertEquals("2 h 5 min", Progress.seconds(7500));
    }
}
