package org.oatmill.sampling;

import java.io.Serializable;
import java.util.List;

/**
 * What the second pass reads of some rows: the counters of each, added up.
 *
 * @param ids identities of the rows
 * @param all for each sketch and row, over all rows of the sketch
 * @param first for each sketch and row, over rows number 0, 3, 6 ... of the sketch
 * @param second the same over rows number 1, 4, 7 ...
 * @param facts what is known of the rows besides
 */
record RowTotals(List<String> ids, long[][] all, long[][] first, long[][] second, List<Facts> facts)
        implements Serializable {}
