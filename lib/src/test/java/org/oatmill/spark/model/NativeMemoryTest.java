package org.oatmill.spark.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;
import org.oatmill.djl.Footprint;
import org.oatmill.spark.model.NativeMemory.Process;

class NativeMemoryTest {
    private static final long GIB = 1L << 30;
    private static final long MIB = 1L << 20;
    private static final Process EXECUTOR = new Process(false, 8, 64 * GIB, 4 * GIB);
    private static final Process DRIVER = new Process(true, 8, 64 * GIB, 4 * GIB);

    private static SparkConf conf(Map<String, String> entries) {
        SparkConf conf = new SparkConf(false);
        entries.forEach(conf::set);
        return conf;
    }

    private static NativeMemory of(Process process, Map<String, String> entries) {
        return NativeMemory.of(conf(entries), process, null);
    }

    @Test
    void anExecutorInAContainerHasItsOverheadOrSparksDefault() {
        assertEquals(
                384 * MIB, of(EXECUTOR, Map.of("spark.master", "yarn")).room().bytes());
        assertEquals(
                (long) (0.1 * 20 * GIB),
                of(EXECUTOR, Map.of("spark.master", "yarn", "spark.executor.memory", "20g"))
                        .room()
                        .bytes());
        assertEquals(
                3 * GIB,
                of(EXECUTOR, Map.of("spark.master", "k8s://x", "spark.executor.memoryOverhead", "3g"))
                        .room()
                        .bytes());
        assertEquals( // a number alone is mebibytes, as Spark reads it
                700 * MIB,
                of(EXECUTOR, Map.of("spark.master", "yarn", "spark.executor.memoryOverhead", "700"))
                        .room()
                        .bytes());
        assertEquals(
                2 * GIB,
                of(
                                EXECUTOR,
                                Map.of(
                                        "spark.master", "yarn",
                                        "spark.executor.memory", "10g",
                                        "spark.executor.memoryOverheadFactor", "0.2"))
                        .room()
                        .bytes());
    }

    @Test
    void withoutAContainerThereIsTheMachineWithoutTheHeap() {
        assertEquals(
                60 * GIB,
                of(EXECUTOR, Map.of("spark.master", "spark://x:7077")).room().bytes());
        assertEquals(
                60 * GIB, of(DRIVER, Map.of("spark.master", "local[2]")).room().bytes());
        assertEquals(60 * GIB, of(DRIVER, Map.of("spark.master", "yarn")).room().bytes());
        assertEquals(
                384 * MIB,
                of(DRIVER, Map.of("spark.master", "yarn", "spark.submit.deployMode", "cluster"))
                        .room()
                        .bytes());
    }

    @Test
    void everyTaskThatCanRunAtOnceCounts() {
        assertEquals(3, of(DRIVER, Map.of("spark.master", "local[3]")).tasks());
        assertEquals(8, of(DRIVER, Map.of("spark.master", "local[*]")).tasks());
        assertEquals(2, of(DRIVER, Map.of("spark.master", "local[2,4]")).tasks());
        assertEquals(1, of(DRIVER, Map.of("spark.master", "yarn")).tasks());
        assertEquals(1, of(EXECUTOR, Map.of("spark.master", "yarn")).tasks());
        assertEquals(8, of(EXECUTOR, Map.of("spark.master", "spark://x:7077")).tasks());
        assertEquals(
                2,
                of(EXECUTOR, Map.of("spark.master", "yarn", "spark.executor.cores", "6", "spark.task.cpus", "3"))
                        .tasks());
        assertEquals(
                1000 + 4 * 10,
                of(EXECUTOR, Map.of("spark.master", "yarn", "spark.executor.cores", "4"))
                        .of(new Footprint(1000, 10)));
    }

    @Test
    void weightsThatDirectBuffersCannotHoldAreRefusedWithTheFlag() {
        Map<String, String> yarn = Map.of("spark.master", "yarn");
        Footprint large = new Footprint(8 * GIB, 0);
        String message = assertThrows(
                        UserException.class, () -> of(EXECUTOR, yarn).of(large))
                .getMessage();
        assertTrue(message.contains("4096 MiB") && message.contains("-XX:MaxDirectMemorySize=10240m"), message);
        assertEquals(8 * GIB, NativeMemory.of(conf(yarn), EXECUTOR, "10240m").of(large));
    }
}
