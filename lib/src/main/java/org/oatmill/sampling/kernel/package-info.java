/**
 * How alike two rows are, as families of hash functions whose collision probability is the kernel's
 * value: Min-Max by consistent weighted sampling or darts, angular and Euclidean by projections.
 *
 * <p>Each fast family stands beside the slow one that it must agree with. Parameters are drawn from
 * counter-based noise, so a hash is a function of (seed, its number, row) on every machine.
 *
 * <p>Belongs here: a {@link org.oatmill.sampling.kernel.Kernel}, its exact value and its hashes. Never:
 * counts, sketches, choices of rows.
 */
@NullMarked
package org.oatmill.sampling.kernel;

import org.jspecify.annotations.NullMarked;
