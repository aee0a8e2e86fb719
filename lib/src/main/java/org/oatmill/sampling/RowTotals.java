package org.oatmill.sampling;

import java.io.Serializable;
import java.util.List;

/**
 * What the second pass reads of some rows: the counters of each, added up.
 *
 * @param ids identities of the rows
 * @param all for each sketch and row, over all rows of the sketch
 * @param even for each sketch and row, over rows number 0, 2, 4 ... of the sketch
 * @param facts what is known of the rows besides
 */
record RowTotals(List<String> ids, long[][] all, long[][] even, List<Facts> facts) implements Serializable {}
