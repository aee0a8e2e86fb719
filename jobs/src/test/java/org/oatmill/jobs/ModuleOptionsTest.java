package org.oatmill.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

class ModuleOptionsTest {

    /** The list in the parent POM, which this JVM was started with, is the one of the Spark that is pinned there. */
    @Test
    void testsRunWithSparksOwnModuleOptions() {
        Set<String> sparks = new TreeSet<>(
                List.of(JavaModuleOptions.defaultModuleOptions().trim().split("\\s+")));

        Set<String> ours = ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(option -> option.startsWith("--add-opens=")
                        || option.startsWith("-Djdk.reflect")
                        || option.startsWith("-XX:+Ignore"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertEquals(sparks, ours);
    }
}
