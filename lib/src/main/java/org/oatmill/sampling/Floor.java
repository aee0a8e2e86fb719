package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.UserException;

/**
 * Rows that are too poor to be kept, whatever their weight: those whose number lies below a bound. They
 * are set apart before anything is counted, so whatever a sample says is said of the floored population.
 *
 * @param column name of the number
 * @param atLeast the bound
 */
public record Floor(String column, double atLeast) implements Serializable {

    public Floor {
        if (Double.isNaN(atLeast)) {
            throw new UserException("Cannot sample: at_least = NaN, expected a number");
        }
    }

    boolean keeps(Candidate row) {
        return row.value(column) >= atLeast;
    }
}
