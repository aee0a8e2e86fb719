package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CountersTest {
    private static final int LENGTH = 700;

    /** Counts that double now and then, beside an array that does the same. */
    private static Counters counted(int increments, int doublings, int[] twin) {
        Random random = new Random(increments);
        Counters counters = new Counters(LENGTH);
        for (int k = 0; k < increments; k++) {
            // Most of them in the first tenth: long runs of zeros remain.
            int at = (int) (LENGTH * Math.pow(random.nextDouble(), 4));
            counters.increment(at);
            twin[at]++;
        }
        for (int k = 0; k < doublings; k++) {
            counters.add(counters);
            Arrays.setAll(twin, i -> 2 * twin[i]);
        }
        return counters;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 30, 300, 3000})
    void countersCountAsAnArrayDoesAndComeBackAsTheyWereWritten(int increments) throws IOException {
        for (int doublings : new int[] {0, 1, 5, 20}) {
            int[] twin = new int[LENGTH];
            Counters counters = counted(increments, doublings, twin);
            for (int k = 0; k < LENGTH; k++) {
                assertEquals(twin[k], counters.at(k));
            }
            assertEquals(Arrays.stream(twin).asLongStream().sum(), counters.sum());
            assertEquals(Arrays.stream(twin).mapToLong(n -> (long) n * n).sum(), counters.sumOfSquares());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            counters.write(bytes);
            Counters read = new Counters(LENGTH);
            read.read(new ByteArrayInputStream(bytes.toByteArray()));
            assertEquals(counters, read);
            assertEquals(counters.hashCode(), read.hashCode());
            assertThrows(EOFException.class, () -> new Counters(LENGTH)
                    .read(new ByteArrayInputStream(Arrays.copyOf(bytes.toByteArray(), bytes.size() - 1))));
        }
    }

    /** Through all widths, and with places between that belong to others. */
    @Test
    void manyAtOnceAreThoseOneByOne() {
        int step = 3;
        Random random = new Random(6);
        Counters together = new Counters(LENGTH);
        Counters apart = new Counters(LENGTH);
        for (int batch = 0; batch < 300; batch++) {
            int[] numbers =
                    random.ints(step * 40, 0, LENGTH).map(n -> n * n / LENGTH).toArray();
            together.increment(numbers, 1, numbers.length, step);
            int[] found = new int[40];
            for (int n = 0; n < found.length; n++) {
                apart.increment(numbers[1 + n * step]);
            }
            together.at(numbers, 1, step, found);
            for (int n = 0; n < found.length; n++) {
                assertEquals(apart.at(numbers[1 + n * step]), found[n]);
            }
            assertEquals(apart, together);
        }
        assertTrue(together.at(0) > 255, together.toString());
    }

    /** What moves when few rows were counted: no more than two bytes for a count and two for the zeros before it. */
    @Test
    void fewCountsTakeFewBytes() throws IOException {
        Counters counters = new Counters(1 << 16);
        for (int k = 0; k < 1000; k++) {
            counters.increment(k * 64);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        counters.write(bytes);
        assertTrue(bytes.size() <= 4000, bytes.size() + " bytes");
    }

    @Test
    void noCounterRunsOver() throws IOException {
        Counters counters = new Counters(3);
        counters.increment(1);
        UserException refused = assertThrows(UserException.class, () -> {
            for (int doubling = 0; doubling < 32; doubling++) {
                counters.add(counters);
            }
        });
        assertTrue(refused.getMessage().contains("share one hash value"), refused.getMessage());
        assertEquals(1 << 30, counters.at(1));
        Counters full = new Counters(1);
        full.read(new ByteArrayInputStream(new byte[] {-1, -1, -1, -1, 7}));
        assertEquals(Integer.MAX_VALUE, full.at(0));
        assertThrows(UserException.class, () -> full.increment(new int[] {0}, 0, 1, 1));
    }

    @Test
    void otherCountsAreOthers() {
        Counters one = new Counters(3);
        Counters other = new Counters(3);
        one.increment(1);
        other.increment(2);
        assertNotEquals(one, other);
        assertThrows(IllegalArgumentException.class, () -> one.add(new Counters(4)));
    }
}
