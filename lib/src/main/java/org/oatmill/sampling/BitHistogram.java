package org.oatmill.sampling;

import java.io.Serializable;
import java.math.BigDecimal;

/**
 * How many non-negative numbers share their first bits, and what those add up to: bins for the 16
 * bits that follow a given prefix. The bits of such doubles sort as the numbers do, so this finds the
 * number of any rank without sorting; and those of one bin share their exponent, so their sum is one
 * of integers, without rounding, the same in any order.
 */
final class BitHistogram implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int WIDTH = 16;
    private static final int SIGNIFICAND = 52;

    private final Prefix prefix;
    private final Counts counts = new Counts();
    // Significands (53 bits) in halves, so that 2^31 numbers of one bin fit.
    private final Counts low = new Counts();
    private final Counts high = new Counts();
    private long numbers;

    /** The first bits of a number: {@code bits} of them, as a number. */
    record Prefix(int bits, long value) implements Serializable {
        static final Prefix NONE = new Prefix(0, 0);

        boolean of(double number) {
            return bits == 0 || Double.doubleToRawLongBits(number) >>> (Long.SIZE - bits) == value;
        }

        boolean whole() {
            return bits == Long.SIZE;
        }
    }

    /** Where a rank lies: its prefix, its rank among the numbers of that prefix, and how many these are. */
    record Place(Prefix prefix, long rank, long numbers) implements Serializable {}

    BitHistogram(Prefix prefix) {
        this.prefix = prefix;
    }

    void add(double number) {
        if (prefix.of(number)) {
            long bits = Double.doubleToRawLongBits(number);
            int bin = (int) (bits >>> (Long.SIZE - WIDTH - prefix.bits)) & 0xffff;
            long significand = significand(bits);
            counts.add(bin, 1);
            low.add(bin, significand & 0xffff_ffffL);
            high.add(bin, significand >>> 32);
            numbers++;
        }
    }

    private static long significand(long bits) {
        return (bits & (1L << SIGNIFICAND) - 1) | (bits >>> SIGNIFICAND == 0 ? 0 : 1L << SIGNIFICAND);
    }

    void merge(BitHistogram other) {
        if (!other.prefix.equals(prefix)) {
            throw new IllegalArgumentException(
                    "Cannot merge histograms: one is of " + prefix + ", the other of " + other.prefix);
        }
        counts.add(other.counts);
        low.add(other.low);
        high.add(other.high);
        numbers += other.numbers;
    }

    /** Numbers of the prefix. */
    long numbers() {
        return numbers;
    }

    long count(int bin) {
        return counts.at(bin);
    }

    /** No bin below this number, and none from {@link #end} up, holds a number. */
    int first() {
        return counts.first();
    }

    int end() {
        return counts.end();
    }

    /** What the numbers of a bin add up to. */
    BigDecimal sum(int bin) {
        int exponent = Math.max(1, (int) (bits(bin) >>> SIGNIFICAND));
        BigDecimal significands = BigDecimal.valueOf(high.at(bin))
                .multiply(BigDecimal.valueOf(1L << 32))
                .add(BigDecimal.valueOf(low.at(bin)));
        return significands.multiply(new BigDecimal(Math.scalb(1.0, exponent - 1075)));
    }

    /** The smallest number of a bin; of the bin after the last, what all numbers of the prefix lie below. */
    double edge(int bin) {
        return Double.longBitsToDouble(bits(bin));
    }

    private long bits(int bin) {
        return (prefix.value << WIDTH) + bin << (Long.SIZE - WIDTH - prefix.bits);
    }

    Prefix bin(int bin) {
        return new Prefix(prefix.bits + WIDTH, prefix.value << WIDTH | bin);
    }

    /** The bin of a rank, counted from 0 among the numbers of this prefix. */
    Place place(long rank) {
        long rest = rank;
        for (int bin = first(); bin < end(); bin++) {
            if (rest < count(bin)) {
                return new Place(bin(bin), rest, count(bin));
            }
            rest -= count(bin);
        }
        throw new IllegalArgumentException("Rank " + rank + " is past the last number");
    }
}
