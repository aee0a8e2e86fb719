package org.oatmill.sampling;

import java.io.Serializable;

/** Counts by number, of which only a range around those that were counted is held. */
final class Counts implements Serializable {
    private static final long serialVersionUID = 1L;
    private static final int SLACK = 16;

    private long[] counts = new long[0];
    private int first;

    void add(int at, long count) {
        if (at < first || at >= first + counts.length) {
            cover(at, at + 1);
        }
        counts[at - first] += count;
    }

    void add(Counts other) {
        if (other.counts.length > 0) {
            cover(other.first, other.first + other.counts.length);
            for (int k = 0; k < other.counts.length; k++) {
                counts[other.first - first + k] += other.counts[k];
            }
        }
    }

    private void cover(int from, int to) {
        int least = counts.length == 0 ? from : Math.min(first, from);
        int end = counts.length == 0 ? to : Math.max(first + counts.length, to);
        if (end - least > counts.length) {
            int start = Math.max(0, least - SLACK);
            long[] wider = new long[end + SLACK - start];
            System.arraycopy(counts, 0, wider, counts.length == 0 ? 0 : first - start, counts.length);
            counts = wider;
            first = start;
        }
    }

    long at(int at) {
        return at < first || at >= end() ? 0 : counts[at - first];
    }

    /** No count below this number, and none from {@link #end} up, differs from 0. */
    int first() {
        return first;
    }

    int end() {
        return first + counts.length;
    }
}
