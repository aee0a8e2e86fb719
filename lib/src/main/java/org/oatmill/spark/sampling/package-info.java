/**
 * Sampling of tables: the plain-Java methods of {@code org.oatmill.sampling} on Spark's rows.
 *
 * <p>Belongs here: what a table adds to a method (columns, checks of ids). Never: how rows are chosen.
 */
@NullMarked
package org.oatmill.spark.sampling;

import org.jspecify.annotations.NullMarked;
