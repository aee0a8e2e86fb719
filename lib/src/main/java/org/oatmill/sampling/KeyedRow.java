package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.Chance;
import org.oatmill.core.Score;

/** A row with the key that decides whether it is kept; keys of different rows are ordered by id where they are equal. */
record KeyedRow(String id, double density, long total, double key, Facts facts)
        implements Serializable, Comparable<KeyedRow> {

    /** Efraimidis and Spirakis (Information Processing Letters 97, 2006): keeping the smallest E_i / w_i, E_i exponential, draws without replacement in proportion to w_i. */
    static Score<RowDensity, KeyedRow> keys(long seed) {
        return row -> new KeyedRow(
                row.id(),
                row.density(),
                row.total(),
                -StrictMath.log(Chance.u(seed, "sample", row.id())) * row.density(),
                row.facts());
    }

    @Override
    public int compareTo(KeyedRow other) {
        int byKey = Double.compare(key, other.key);
        return byKey != 0 ? byKey : id.compareTo(other.id);
    }
}
