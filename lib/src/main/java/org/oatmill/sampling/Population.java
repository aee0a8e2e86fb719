package org.oatmill.sampling;

import java.util.Optional;
import org.oatmill.core.Rows;

/**
 * What a sample is taken from.
 *
 * @param rows that may be kept
 * @param targets rows that are never kept: what the kept ones should be good for; empty where none were given
 */
public record Population(Rows<Candidate> rows, Optional<Rows<Candidate>> targets) {

    public static Population of(Rows<Candidate> rows) {
        return new Population(rows, Optional.empty());
    }
}
