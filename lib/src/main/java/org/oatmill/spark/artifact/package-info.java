/**
 * Artifacts as Spark sees them: tables in, tables out, one commit. The store over Hadoop's
 * FileSystem and the content digest live here.
 *
 * <p>Belongs here: everything that reads or writes an artifact. Never: what a column means, or an
 * algorithm.
 */
@NullMarked
package org.oatmill.spark.artifact;

import org.jspecify.annotations.NullMarked;
