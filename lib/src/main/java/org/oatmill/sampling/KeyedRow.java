package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.Chance;
import org.oatmill.core.Score;
import org.oatmill.core.UserException;

/**
 * A row with the chance that decides whether it is kept; keys of different rows are ordered by id where they are equal.
 *
 * @param exponential -ln u(seed, "sample", id)
 * @param stratum the part of the population that it stands in; empty where there is one only
 */
record KeyedRow(RowDensity row, double exponential, String stratum) implements Serializable, Comparable<KeyedRow> {

    static Score<RowDensity, KeyedRow> of(long seed, boolean stratified) {
        return row ->
                new KeyedRow(row, -StrictMath.log(Chance.u(seed, "sample", row.id())), stratified ? stratum(row) : "");
    }

    private static String stratum(RowDensity row) {
        String label = row.facts().label();
        if (label == null) {
            throw new UserException("Cannot sample: stratum = null of row id = " + row.id()
                    + ", expected one for every row; give it a label in the stage before");
        }
        return label;
    }

    double weight() {
        return row.worth() / row.density();
    }

    /** Efraimidis and Spirakis (Information Processing Letters 97, 2006): keeping the smallest E_i / w_i, E_i exponential, draws without replacement in proportion to w_i. */
    double key() {
        return exponential * row.density() / row.worth();
    }

    @Override
    public int compareTo(KeyedRow other) {
        int byKey = Double.compare(key(), other.key());
        return byKey != 0 ? byKey : row.id().compareTo(other.row.id());
    }
}
