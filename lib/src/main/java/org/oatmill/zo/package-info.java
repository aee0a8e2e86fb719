/**
 * Zeroth-order tuning: learning from forward passes alone. A {@link org.oatmill.zo.Tuner} orders
 * rows, asks a {@link org.oatmill.zo.Prober} for losses along random directions, lets an {@link
 * org.oatmill.zo.Estimator} turn them into projected gradients, and writes them down as a {@link
 * org.oatmill.model.Trajectory}, which is the whole result (MeZO, arXiv 2305.17333, is the plain
 * case).
 *
 * <p>Belongs here: estimators, schedules, update laws, the loop. Never: where a measurement runs,
 * an engine, a back-propagated gradient.
 */
@NullMarked
package org.oatmill.zo;

import org.jspecify.annotations.NullMarked;
