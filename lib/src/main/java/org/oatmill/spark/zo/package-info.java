/**
 * Zeroth-order tuning on a cluster: whole runs as tasks, or the probes of one run as tasks, with the
 * same bytes in the end; and what a tuned model says of rows.
 *
 * <p>Belongs here: where probes are measured and how an executor catches up with a run. Never: an
 * estimator or the loop, which are plain Java.
 */
@NullMarked
package org.oatmill.spark.zo;

import org.jspecify.annotations.NullMarked;
