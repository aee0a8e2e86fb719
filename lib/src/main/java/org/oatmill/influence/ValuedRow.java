package org.oatmill.influence;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A row that may be chosen.
 *
 * @param id identity of the row
 * @param worth its score, turned so that high is good
 * @param label its class; null where the rows have none or nobody asks
 */
public record ValuedRow(String id, double worth, @Nullable String label) implements Serializable {}
