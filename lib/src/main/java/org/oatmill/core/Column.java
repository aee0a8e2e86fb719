package org.oatmill.core;

/**
 * A column of an artifact's table.
 *
 * @param name its name in Parquet
 * @param type its type, as Spark SQL's DDL writes it
 * @param nullable whether a value may be missing
 * @param unit the unit of its values, or what they are
 */
public record Column(String name, String type, boolean nullable, String unit) {}
