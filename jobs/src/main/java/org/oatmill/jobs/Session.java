package org.oatmill.jobs;

import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** The one SparkSession of a call. */
public final class Session {
    private Session() {}

    /**
     * The session that is there already, or a new one: on all cores of this machine, reachable from nowhere else, unless
     * {@code spark-submit} or a system property names a master. What could change a result is fixed here, whatever the
     * Spark configuration says.
     */
    public static SparkSession open() {
        SparkSession session = existing().orElseGet(Session::begin);
        session.conf().set("spark.sql.session.timeZone", "UTC");
        session.conf().set("spark.sql.caseSensitive", "false");
        session.conf().set("spark.sql.ansi.enabled", "false");
        return session;
    }

    private static SparkSession begin() {
        SparkConf conf = new SparkConf().setIfMissing("spark.app.name", "oatmill");
        conf.setIfMissing("spark.master", "local[*]");
        if (conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.driver.host", "127.0.0.1");
            conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
            conf.setIfMissing("spark.ui.enabled", "false");
        }
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        return SparkSession.builder().config(conf).getOrCreate();
    }

    /** Stops the session, if one was opened; a run that ends well must not leave that to the end of the JVM. */
    public static void close() {
        existing().ifPresent(SparkSession::stop);
    }

    private static Optional<SparkSession> existing() {
        return SparkSession.getDefaultSession().isEmpty()
                ? Optional.empty()
                : Optional.of(SparkSession.getDefaultSession().get());
    }
}
