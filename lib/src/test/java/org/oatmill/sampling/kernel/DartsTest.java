package org.oatmill.sampling.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.oatmill.core.Noise;
import org.oatmill.core.Vector;
import org.oatmill.sampling.SparseRows;

/** What is kept between rows is what would be found; that the darts are the right ones is for {@link KernelTest}. */
class DartsTest {
    private static final Noise.Stream STREAM = Noise.stream(5, 0, 0, "dart");

    private static long[] hash(Darts darts, Vector row) {
        long[] values = new long[darts.count()];
        darts.of(row, values);
        return values;
    }

    /** Rows that share features under other weights, totals and limits; features 2^15 apart share places too. */
    @Test
    void whatOtherRowsHaveFoundChangesNothing() {
        for (int count : new int[] {16, 600}) {
            Darts used = new Darts(count, STREAM, 1 << 20);
            Random random = new Random(1);
            for (int i = 0; i < 400; i++) {
                Vector counts = SparseRows.counts(random, 60, 1 + random.nextInt(20));
                int[] indices = counts.indices().clone();
                for (int k = 0; k < indices.length; k++) {
                    indices[k] += k * 2 / indices.length << 15;
                }
                Vector row = SparseRows.times(
                        Vector.sparse(1 << 16, indices, counts.values()), (float) Math.exp(random.nextInt(5) - 2));
                assertArrayEquals(hash(new Darts(count, STREAM, 1 << 20), row), hash(used, row));
            }
        }
    }

    /** The darts of a feature that fill one list or many: so many hashes, or so few beside a thousandth of its weight. */
    @Test
    void aFeatureThatDecidesAloneHasTheHashesItHasAloneHoweverMany() {
        for (int count : new int[] {1, 100, Darts.MOST}) {
            Darts darts = new Darts(count, STREAM, 1 << 20);
            long[] alone = hash(darts, Vector.sparse(3, new int[] {1}, new float[] {5}));
            long[] beside = hash(darts, Vector.sparse(3, new int[] {1, 2}, new float[] {5, Float.MIN_VALUE}));
            assertArrayEquals(alone, beside);
        }
    }

    /**
     * A list of some thousand darts has the first digits of their weights only: 4 % of these rows share them with a
     * dart that is perhaps not below.
     */
    @Test
    void weightsThatDifferInTheirLastDigitsHaveTheirOwnDarts() {
        Darts used = new Darts(128, STREAM, 1 << 20);
        hash(used, Vector.sparse(1, new int[] {0}, new float[] {2}));
        int first = Float.floatToRawIntBits(1.5f);
        long[] least = hash(used, Vector.sparse(1, new int[] {0}, new float[] {1.5f}));
        int others = 0;
        for (int last = 0; last < 1 << 20; last += 997) {
            Vector row = Vector.sparse(1, new int[] {0}, new float[] {Float.intBitsToFloat(first + last)});
            assertArrayEquals(hash(new Darts(128, STREAM, 1 << 20), row), hash(used, row));
            others += Arrays.equals(least, hash(used, row)) ? 0 : 1;
        }
        assertTrue(others > 500, others + " rows have a hash that the lightest has not");
    }

    /** One row of three hundred has a hash from a feature whose weight is 2^-16 of all: there a list knows nothing. */
    @Test
    void weightsFarBelowWhatAListWasMadeForHaveTheirDarts() {
        Darts used = new Darts(200, STREAM, 64 << 20);
        Darts nothingKept = new Darts(200, STREAM, 0);
        int different = 0;
        for (int feature = 1; feature < 10_000; feature++) {
            hash(used, Vector.sparse(10_000, new int[] {feature}, new float[] {1}));
            Vector row = Vector.sparse(10_000, new int[] {0, feature}, new float[] {1, 0x1p-16f});
            long[] expected = hash(nothingKept, row);
            assertArrayEquals(expected, hash(used, row));
            long[] without = hash(nothingKept, Vector.sparse(10_000, new int[] {0}, new float[] {1}));
            different += Arrays.equals(expected, without) ? 0 : 1;
        }
        assertTrue(different > 10, different + " of 10,000");
    }

    private static long[] list(int feature, int exponent, int length) {
        long[] list = new long[length];
        list[0] = DartList.key(feature, exponent, 0);
        return list;
    }

    @Test
    void ofListsThatShareAPlaceTheFirstStaysAndTheOthersDriveOneAnotherOut() {
        DartLists lists = new DartLists(1 << 20);
        long[] first = list(3, -7, 9);
        long[] second = list(3 + (1 << 15), -7, 9);
        long[] third = list(3 + (2 << 15), -7, 9);
        lists.keep(3, -7, first);
        lists.keep(3 + (1 << 15), -7, second);
        assertSame(second, lists.at(3 + (1 << 15), -7));
        lists.keep(3 + (2 << 15), -7, third);
        assertSame(first, lists.at(3, -7));
        assertNull(lists.at(3 + (1 << 15), -7));
        assertSame(third, lists.at(3 + (2 << 15), -7));
        assertNull(lists.at(3, -3));
        long[] longer = list(3, -7, 11);
        lists.keep(3, -7, longer);
        assertSame(longer, lists.at(3, -7));
    }

    @Test
    void listsAreKeptUpToTheBound() {
        DartLists lists = new DartLists(32 << 20);
        int kept = 0;
        for (int feature = 0; feature < 40; feature++) {
            lists.keep(feature, 0, list(feature, 0, 1 << 17));
            kept += lists.at(feature, 0) == null ? 0 : 1;
        }
        // 32 MiB hold 31 lists of 1 MiB and their headers.
        assertEquals(31, kept);
    }
}
