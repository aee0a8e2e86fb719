package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

/**
 * A row that may be kept, as a method sees it.
 *
 * @param id identity of the row
 * @param vector where it lies
 * @param facts what else is known of it: what the method {@link SamplingMethod#needs needs}, if it needs any
 */
public record Candidate(String id, Vector vector, Facts facts) implements Serializable {

    public Candidate(String id, Vector vector) {
        this(id, vector, Facts.NONE);
    }

    /** Its stratum, skill or class. */
    public String label() {
        String label = facts.label();
        if (label == null) {
            throw new UserException("Cannot sample: label = null of row id = " + id
                    + ", expected one for every row; name the documents as an input");
        }
        return label;
    }

    /** This row, refused where the number is not known of it. */
    Candidate having(String name) {
        value(name);
        return this;
    }

    /** A number that is known of it. */
    public double value(String name) {
        Double value = facts.values().get(name);
        if (value == null || !Double.isFinite(value)) {
            throw new UserException("Cannot sample: " + name + " = " + value + " of row id = " + id
                    + ", expected a finite number for every row; name an input that holds it");
        }
        return value;
    }
}
