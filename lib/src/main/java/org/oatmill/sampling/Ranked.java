package org.oatmill.sampling;

import java.io.Serializable;

/**
 * Where a row stands among all: the higher the score, the earlier, rows of one score in the order of
 * their ids.
 */
record Ranked(String id, double score) implements Serializable, Comparable<Ranked> {

    @Override
    public int compareTo(Ranked other) {
        int byScore = Double.compare(other.score, score);
        return byScore != 0 ? byScore : id.compareTo(other.id);
    }
}
