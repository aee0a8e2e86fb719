package org.oatmill.influence;

import java.io.Serializable;

/**
 * A row that was chosen.
 *
 * @param id identity of the row
 * @param density of its neighbourhood
 * @param samplingWeight relative chance of being drawn; 1 where nothing is drawn
 * @param key the smallest keys are kept
 * @param inclusionProb chance of being chosen, given the keys of all others; 1 where nothing is drawn
 */
public record SelectedRow(String id, double density, double samplingWeight, double key, double inclusionProb)
        implements Serializable {}
