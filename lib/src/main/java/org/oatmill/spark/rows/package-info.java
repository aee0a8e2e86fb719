/**
 * Rows of Spark tables as rows of {@code core}: the two ways to read them (fold and map) over an RDD,
 * and the codec between a column and a vector.
 *
 * <p>Belongs here: crossing between Spark's rows and plain Java. Never: an algorithm, a file.
 */
@NullMarked
package org.oatmill.spark.rows;

import org.jspecify.annotations.NullMarked;
