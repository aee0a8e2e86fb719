package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;

/**
 * What a rule leaves of a population, to draw from with equal chances.
 *
 * @param rows that are left
 * @param size how many
 * @param dropped the others
 * @param population all of them
 */
record Remainder(Rows<RowDensity> rows, long size, Rows<DroppedRow> dropped, long population) {

    /**
     * As many rows as asked for of the whole population, or all that are left.
     *
     * @param what the rows are, in words that follow "rows"
     * @param notes of the rule
     * @param before what the operator should know already
     * @param held for the reading of the rows
     */
    Sample draw(Draw how, long seed, String what, Map<String, Object> notes, List<String> before, List<Rows<?>> held) {
        if (size == 0) {
            throw new UserException("Cannot sample: of " + population + " rows none is one " + what
                    + ", expected some; look at what the method asks of a row");
        }
        long asked = how.size().of(population);
        Sample drawn = how.sized(SampleSize.rows(Math.min(asked, size)))
                .from(new Densities(rows, Optional.empty(), 0, held), seed);
        List<String> warnings = new ArrayList<>(before);
        warnings.addAll(drawn.warnings());
        if (asked > size) {
            warnings.add("size = " + asked + " is more than the " + size + " of " + population + " rows " + what
                    + ": those are kept");
        }
        return new Sample(
                drawn.rows(),
                Optional.of(dropped),
                population,
                drawn.size(),
                drawn.drawn(),
                notes,
                List.copyOf(warnings),
                held);
    }
}
