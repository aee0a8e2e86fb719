package org.oatmill.sampling;

import java.io.Serializable;

/**
 * What the second pass reads of a row: its counters, added up.
 *
 * @param id identity of the row
 * @param all for each sketch, over all its rows
 * @param even for each sketch, over its rows number 0, 2, 4 ...
 * @param facts what is known of it besides
 */
record RowTotals(String id, long[] all, long[] even, Facts facts) implements Serializable {}
