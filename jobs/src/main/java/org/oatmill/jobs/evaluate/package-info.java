/**
 * Predictors that tuning has to beat, and how sure one can be that it does: scores of options, metrics
 * with intervals, differences to a baseline on the same rows.
 *
 * <p>Belongs here: whatever gives every test row a score for every class, and what is computed of
 * those. Never: training a language model, choosing rows.
 */
@NullMarked
package org.oatmill.jobs.evaluate;

import org.jspecify.annotations.NullMarked;
