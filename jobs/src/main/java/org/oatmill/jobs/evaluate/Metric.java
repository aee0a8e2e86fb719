package org.oatmill.jobs.evaluate;

/**
 * A number about a predictor.
 *
 * @param low lower end of its 95 % interval
 * @param high upper end
 * @param n rows counted
 */
public record Metric(String name, double value, double low, double high, long n) {}
