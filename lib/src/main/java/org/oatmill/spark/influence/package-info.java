/**
 * Influence on tables: rows of documents as {@link org.oatmill.influence.Evidence}, and models that
 * measure them on the executors of a cluster.
 *
 * <p>Belongs here: what a cluster adds to a method of {@code org.oatmill.influence}. Never: how a row is
 * scored or chosen.
 */
@NullMarked
package org.oatmill.spark.influence;

import org.jspecify.annotations.NullMarked;
