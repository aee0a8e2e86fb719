package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InstructionSetTest {

    @ParameterizedTest
    @CsvSource({
        "'processor : 0\nflags\t\t: fpu sse4_2 avx avx2 avx512f avx512dq\n', avx512f",
        "'flags\t\t: fpu sse4_2 avx avx2 avx512_vnni_but_not_f\n', avx2",
        "'flags\t\t: fpu sse4_2\nvmx flags : avx2\n', sse4_2",
        "'Features\t: fp asimd sve\n', sve",
        "'Features\t: fp asimd\n', asimd",
        "'something else', unknown"
    })
    void widestKnownInstructionsAreNamed(String cpuinfo, String expected) {
        assertEquals(expected, InstructionSet.of(cpuinfo));
    }
}
