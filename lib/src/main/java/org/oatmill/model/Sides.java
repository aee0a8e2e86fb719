package org.oatmill.model;

import java.io.Serializable;

/**
 * Both sides of a probe.
 *
 * @param plus losses at theta + epsilon z: [row][option], nats per scored token
 * @param minus losses at theta - epsilon z
 * @param entry trajectory entries applied when it was measured
 */
public record Sides(float[][] plus, float[][] minus, long entry) implements Serializable {}
