package org.oatmill.core;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The widest vector instructions of the processor, on which the last bits of what a model computes depend. Recorded,
 * never part of a recipe.
 */
public final class InstructionSet {
    /** Widest first, as Linux names them: Intel and AMD, then ARM. */
    private static final List<String> KNOWN = List.of("avx512f", "avx2", "avx", "sse4_2", "sve2", "sve", "asimd");

    private InstructionSet() {}

    /** Such as {@code avx512f}; {@code unknown} where the system does not say. */
    public static String current() {
        try {
            return of(Files.readString(Path.of("/proc/cpuinfo")));
        } catch (IOException e) {
            return "unknown"; // not Linux
        }
    }

    static String of(String cpuinfo) {
        Set<String> flags = new HashSet<>(Arrays.asList(cpuinfo.lines()
                .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
                .findFirst()
                .orElse("")
                .split("\\s+")));
        return KNOWN.stream().filter(flags::contains).findFirst().orElse("unknown");
    }
}
