package org.oatmill.jobs.bench;

import java.util.List;

/** Something that is measured, beside the peer or the limit that it is compared with. */
@FunctionalInterface
interface Benchmark {

    /** Measures, in this JVM or in others that it starts and ends. */
    List<Row> run() throws Exception;
}
