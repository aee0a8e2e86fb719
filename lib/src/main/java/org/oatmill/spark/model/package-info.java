/**
 * Models as a cluster has them: named in a run file or committed as an artifact, told apart by the
 * digest of their files, fetched once to each node, opened once in each JVM; and data sets cut into
 * the micro-batches that a model measures.
 *
 * <p>Belongs here: where a model's files are, whether they are whole, whether there is memory for
 * them, which rows are measured together. Never: what is measured.
 */
@NullMarked
package org.oatmill.spark.model;

import org.jspecify.annotations.NullMarked;
