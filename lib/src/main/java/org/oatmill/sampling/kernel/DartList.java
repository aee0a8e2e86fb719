package org.oatmill.sampling.kernel;

import java.util.Arrays;

/**
 * The darts of a feature whose rank lies below a power of two, the limit, and whose weight below another, as rows look
 * at them: an array of longs, because each row looks at many. First the {@link #key}, then the darts by weight.
 *
 * <p>A dart is, from its lowest bit on: the number of its hash; its rank, from 2^-64 times the limit on, by its power
 * of two and 27 digits; its weight without the last digits, from fifteen octaves below the end on.
 */
final class DartList {
    static final int SLOT_BITS = 12;
    static final int RANK_DIGITS = 27;
    private static final int RANK_OCTAVES = 64;
    private static final int WEIGHT_AT = SLOT_BITS + RANK_DIGITS + 6;
    private static final int WEIGHT_OCTAVES = 15;

    /** Octaves of weights are so wide, in units of which it is told where a weight lies: as many as floats are in one. */
    static final int WIDTH_BITS = 23;

    private static final int LAST_DIGITS = 9;

    private static final long WITHOUT_WEIGHT = (1L << WEIGHT_AT) - 1;

    /** Above all darts, once their weight is taken off. */
    static final long NONE = Long.MAX_VALUE;

    private DartList() {}

    /** What a list starts with. */
    static long key(int feature, int exponent, int top) {
        return key(feature, exponent) | (top << Character.SIZE);
    }

    private static long key(int feature, int exponent) {
        return ((long) feature << 32) | (exponent & 0xffff);
    }

    /** Whether it is the one of this feature and limit. */
    static boolean is(long[] list, int feature, int exponent) {
        return (list[0] & ~0xffff_0000L) == key(feature, exponent);
    }

    /** The octave of its largest weights. */
    static int top(long[] list) {
        return (char) (list[0] >>> Character.SIZE);
    }

    /**
     * A dart.
     *
     * @param rank as a share of the limit
     * @param place of its weight
     * @param top octave of the list's largest weights
     */
    static long dart(int slot, double rank, long place, int top) {
        long digits = Math.max(0, Double.doubleToRawLongBits(rank) - ((1023L - RANK_OCTAVES) << 52));
        long weight = Math.max(0, place - lowest(top)) >>> LAST_DIGITS;
        return weight << WEIGHT_AT | digits >>> (52 - RANK_DIGITS) << SLOT_BITS | slot;
    }

    /** The rank of a dart, under the limit 2^exponent, as numbers that do not depend on it; two share one with probability 2^-27. */
    static long value(long dart, int exponent) {
        return ((dart & WITHOUT_WEIGHT) >>> SLOT_BITS) + ((long) exponent << RANK_DIGITS);
    }

    /** Where the weights begin that a list tells from smaller ones. */
    private static long lowest(int top) {
        return (long) (top + 1 - WEIGHT_OCTAVES) << WIDTH_BITS;
    }

    /** A list of the first n darts of these. */
    static long[] of(long key, long[] darts, int n) {
        long[] list = new long[1 + n];
        System.arraycopy(darts, 0, list, 1, n);
        Arrays.sort(list, 1, list.length);
        list[0] = key;
        return list;
    }

    /**
     * Takes for every hash the smaller of what it has and of the darts below a weight.
     *
     * @return false where the list does not tell of all darts whether they lie below
     */
    static boolean least(long[] list, long weight, long[] least) {
        long from = weight - lowest(top(list));
        if (from <= 0 || from > (long) WEIGHT_OCTAVES << WIDTH_BITS) {
            return false;
        }
        long end = from >>> LAST_DIGITS << WEIGHT_AT;
        for (int i = 1; i < list.length; i++) {
            long dart = list[i];
            if (dart >= end) {
                return tells(dart, end, from);
            }
            least(dart, least);
        }
        return true;
    }

    /** Whether a dart that is not told to lie below a weight does not lie there. */
    private static boolean tells(long dart, long end, long from) {
        return dart >>> WEIGHT_AT != end >>> WEIGHT_AT || (from & (1 << LAST_DIGITS) - 1) == 0;
    }

    /** Takes the smaller of what a dart's hash has and of the dart; without a branch, because nobody can predict it. */
    static void least(long dart, long[] least) {
        int slot = (int) dart & (1 << SLOT_BITS) - 1;
        long old = least[slot];
        long less = (dart & WITHOUT_WEIGHT) - old;
        least[slot] = old + (less & less >> Long.SIZE - 1);
    }
}
