/**
 * Which rows to keep of a data set that is too large: kernels as hash families, the density sketch
 * that counts hashes in one reading and gives every row's density in the next, and exact-size
 * weighted sampling without replacement; and the methods that pick rows without drawing.
 *
 * <p>A {@link org.oatmill.sampling.WeightedMethod} gives every row a density; {@link
 * org.oatmill.sampling.Draw} keeps rows with chances in inverse proportion to it. Any other {@link
 * org.oatmill.sampling.SamplingMethod} makes its {@link org.oatmill.sampling.Sample} itself: by rank
 * (DEITA, GOT-D, farthest point), or by drawing from parts (Skill-it, k-means) or from what a rule
 * leaves (SemDeDup, length fidelity). All is
 * written against {@link org.oatmill.core.Rows}, so they run on a list and on a cluster and give the
 * same rows: summaries hold integers only, and chance is a function of (seed, id).
 *
 * <p>Belongs here: hash families, sketches, samplers, selection methods, in plain Java. Never: Spark,
 * files, text, models.
 */
@NullMarked
package org.oatmill.sampling;

import org.jspecify.annotations.NullMarked;
