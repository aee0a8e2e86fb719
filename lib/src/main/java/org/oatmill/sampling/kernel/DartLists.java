package org.oatmill.sampling.kernel;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Each {@link DartList} of {@link Darts}, kept from one row to the next, up to a bound in bytes: words follow Zipf's law,
 * so few lists answer most of the questions. Of lists that share a place the first stays and the others drive
 * one another out; whatever is not kept is found again, to the same bits. Threads may share it.
 */
final class DartLists {
    private static final int BITS = 17;
    private static final long HEADER = 16 + 4;

    private final AtomicReferenceArray<long @Nullable []> lists = new AtomicReferenceArray<>(1 << BITS);
    private final AtomicLong room;

    DartLists(long bytes) {
        this.room = new AtomicLong(bytes);
    }

    /** The list of a feature below 2 to the power of an exponent, if it is kept. */
    long @Nullable [] at(int feature, int exponent) {
        int place = place(feature, exponent);
        long[] list = lists.getAcquire(place);
        if (!is(list, feature, exponent)) {
            list = lists.getAcquire(place ^ 1);
        }
        return is(list, feature, exponent) ? list : null;
    }

    void keep(int feature, int exponent, long[] list) {
        int place = place(feature, exponent);
        long[] old = lists.getAcquire(place);
        if (old != null && !is(old, feature, exponent)) {
            place ^= 1;
            old = lists.getAcquire(place);
        }
        if (room.get() + bytes(old) >= bytes(list)) {
            room.addAndGet(bytes(lists.getAndSet(place, list)) - bytes(list));
        }
    }

    private static long bytes(long @Nullable [] list) {
        return list == null ? 0 : HEADER + (long) Long.BYTES * list.length;
    }

    private static boolean is(long @Nullable [] list, int feature, int exponent) {
        return list != null && DartList.is(list, feature, exponent);
    }

    /** Four for each feature, side by side. */
    private static int place(int feature, int exponent) {
        return (feature << 2 | exponent & 3) & (1 << BITS) - 1;
    }
}
