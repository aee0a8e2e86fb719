/**
 * What every other room stands on: vectors, summaries folded over rows, tables of methods, chance
 * as a function of (seed, id), storage, manifests and errors.
 *
 * <p>Belongs here: plain Java that knows neither Spark nor DJL. Never: a file system, a model, an
 * algorithm of one pillar.
 */
@NullMarked
package org.oatmill.core;

import org.jspecify.annotations.NullMarked;
