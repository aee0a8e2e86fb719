package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.Summary;

/**
 * How many keys share their first bits: 65,536 counts of the 16 bits that follow a given prefix. The
 * bits of non-negative doubles sort as the numbers do, so this finds the key of any rank without
 * sorting.
 */
final class KeyHistogram implements Summary<KeyedRow, KeyHistogram> {
    private static final long serialVersionUID = 1L;
    private static final int WIDTH = 16;

    private final KeyPrefix prefix;
    private final long[] counts = new long[1 << WIDTH];

    /** The first bits of a key: {@code bits} of them, as a number. */
    record KeyPrefix(int bits, long value) implements Serializable {
        static final KeyPrefix NONE = new KeyPrefix(0, 0);

        boolean of(KeyedRow row) {
            return bits == 0 || Double.doubleToRawLongBits(row.key()) >>> (Long.SIZE - bits) == value;
        }

        boolean whole() {
            return bits == Long.SIZE;
        }
    }

    /** Where a rank lies: its prefix, its rank among the rows of that prefix, and their number. */
    record Place(KeyPrefix prefix, long rank, long rows) implements Serializable {}

    KeyHistogram(KeyPrefix prefix) {
        this.prefix = prefix;
    }

    @Override
    public void add(KeyedRow row) {
        if (prefix.of(row)) {
            long bits = Double.doubleToRawLongBits(row.key());
            counts[(int) (bits >>> (Long.SIZE - WIDTH - prefix.bits)) & 0xffff]++;
        }
    }

    @Override
    public void merge(KeyHistogram other) {
        if (!other.prefix.equals(prefix)) {
            throw new IllegalArgumentException(
                    "Cannot merge histograms of keys: one is of " + prefix + ", the other of " + other.prefix);
        }
        for (int bin = 0; bin < counts.length; bin++) {
            counts[bin] += other.counts[bin];
        }
    }

    /** The bin of a rank, counted from 0 among the keys of this prefix. */
    Place place(long rank) {
        long rest = rank;
        for (int bin = 0; bin < counts.length; bin++) {
            if (rest < counts[bin]) {
                return new Place(new KeyPrefix(prefix.bits + WIDTH, prefix.value << WIDTH | bin), rest, counts[bin]);
            }
            rest -= counts[bin];
        }
        throw new IllegalArgumentException("Rank " + rank + " is past the last key");
    }
}
