package org.oatmill.core;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.io.Serial;
import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A row of counters, from 0 to 2^31 - 1. Takes no memory before it counts, a byte for each counter
 * while all are below 256, four bytes from then on; on its way between processes and on disk, about a
 * byte for each counter that is not zero and two for each run of zeros.
 */
public final class Counters implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int NARROW = 0xff;

    private final int length;
    private transient byte @Nullable [] narrow;
    private transient int @Nullable [] wide;

    public Counters(int length) {
        this.length = length;
    }

    public int length() {
        return length;
    }

    public int at(int counter) {
        return at(counter, narrow, wide);
    }

    private static int at(int counter, byte @Nullable [] narrow, int @Nullable [] wide) {
        return wide != null ? wide[counter] : narrow != null ? narrow[counter] & NARROW : 0;
    }

    public void increment(int counter) {
        add(counter, 1);
    }

    /** As {@link #increment(int)}, for all the counters whose numbers stand at every step-th place of these. */
    public void increment(int[] numbers, int from, int to, int step) {
        int i = from;
        byte[] few = narrow;
        while (few != null && i < to && few[numbers[i]] != (byte) NARROW) {
            few[numbers[i]]++;
            i += step;
        }
        int[] many = wide;
        while (many != null && i < to && many[numbers[i]] != Integer.MAX_VALUE) {
            many[numbers[i]]++;
            i += step;
        }
        if (i < to) {
            // The first of all, or the first that is too large.
            increment(numbers[i]);
            increment(numbers, i + step, to, step);
        }
    }

    /** {@code counts[n] = } the counter whose number stands at place {@code from + n step} of these. */
    public void at(int[] numbers, int from, int step, int[] counts) {
        byte[] few = narrow;
        int[] many = wide;
        for (int n = 0; n < counts.length; n++) {
            counts[n] = at(numbers[from + n * step], few, many);
        }
    }

    /** Fields are written only where they change: a garbage collector may make every write of a reference dear. */
    private void add(int counter, int count) {
        int[] counts = wide;
        if (counts == null) {
            byte[] few = narrow;
            if (few == null) {
                few = new byte[length];
                narrow = few;
            }
            long sum = (long) (few[counter] & NARROW) + count;
            if (sum <= NARROW) {
                few[counter] = (byte) sum;
                return;
            }
            counts = widened(few);
            wide = counts;
            narrow = null;
        }
        long sum = (long) counts[counter] + count;
        if (sum > Integer.MAX_VALUE) {
            throw new UserException("Cannot count rows: more than 2147483647 of them share one hash value, expected"
                    + " fewer; raise sharpness, or remove exact duplicates first");
        }
        counts[counter] = (int) sum;
    }

    private static int[] widened(byte[] narrow) {
        int[] counts = new int[narrow.length];
        for (int k = 0; k < counts.length; k++) {
            counts[k] = narrow[k] & NARROW;
        }
        return counts;
    }

    public void add(Counters other) {
        if (other.length != length) {
            throw new IllegalArgumentException(
                    "Cannot add " + other.length + " counters to " + length + ", expected as many");
        }
        for (int k = 0; k < length; k++) {
            int count = other.at(k);
            if (count > 0) {
                add(k, count);
            }
        }
    }

    public long sum() {
        long sum = 0;
        for (int k = 0; k < length; k++) {
            sum += at(k);
        }
        return sum;
    }

    /** Modulo 2^64. */
    public long sumOfSquares() {
        long sum = 0;
        for (int k = 0; k < length; k++) {
            sum += (long) at(k) * at(k);
        }
        return sum;
    }

    /** Counters as unsigned LEB128, the least significant seven bits first; a zero is followed by the number of further zeros, written alike. */
    public void write(OutputStream out) throws IOException {
        byte[] buffer = new byte[1 << 13];
        int filled = 0;
        for (int k = 0; k < length; k++) {
            if (filled > buffer.length - 12) {
                out.write(buffer, 0, filled);
                filled = 0;
            }
            int count = at(k);
            filled = put(count, buffer, filled);
            if (count == 0) {
                int first = k;
                while (k + 1 < length && at(k + 1) == 0) {
                    k++;
                }
                filled = put(k - first, buffer, filled);
            }
        }
        out.write(buffer, 0, filled);
    }

    private static int put(int number, byte[] buffer, int at) {
        int filled = at;
        int rest = number;
        while (rest > 0x7f) {
            buffer[filled++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[filled++] = (byte) rest;
        return filled;
    }

    /** Adds what {@link #write} wrote of as many counters. */
    public void read(InputStream in) throws IOException {
        for (int k = 0; k < length; k++) {
            int count = get(in, k);
            if (count > 0) {
                add(k, count);
            } else {
                k += get(in, k);
            }
        }
    }

    private int get(InputStream in, int counter) throws IOException {
        int number = 0;
        int shift = 0;
        int next;
        do {
            next = in.read();
            if (next < 0) {
                throw new EOFException("The counters end at number " + counter + " of " + length);
            }
            number |= (next & 0x7f) << shift;
            shift += 7;
        } while (next > 0x7f);
        return number;
    }

    @Serial
    private void writeObject(ObjectOutputStream out) throws IOException {
        out.defaultWriteObject();
        write(out);
    }

    @Serial
    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        read(in);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (!(other instanceof Counters counters) || counters.length != length) {
            return false;
        }
        for (int k = 0; k < length; k++) {
            if (at(k) != counters.at(k)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        return 31 * length + Long.hashCode(sumOfSquares());
    }

    @Override
    public String toString() {
        int[] first = new int[Math.min(10, length)];
        Arrays.setAll(first, this::at);
        return length + " counters " + Arrays.toString(first);
    }
}
