package org.oatmill.spark;

import org.apache.spark.sql.SparkSession;

/** One {@code local[2]} session for all tests of a JVM, on the loopback interface, ended with the JVM. */
public final class SharedSpark {
    private SharedSpark() {}

    public static synchronized SparkSession session() {
        return SparkSession.builder()
                .master("local[2]")
                .appName("tests")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "4")
                .config("spark.sql.session.timeZone", "UTC")
                .getOrCreate();
    }
}
