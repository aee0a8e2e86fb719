/**
 * Training rows in other words: what rewrites a passage, and what a rewrite must pass before anything
 * learns from it.
 *
 * <p>A {@link org.oatmill.rephrase.Rewriter} proposes, the {@link org.oatmill.rephrase.Gate}s dispose: a
 * rewrite is used only where every gate has measured it and accepts it, and the original stays
 * otherwise. {@link org.oatmill.rephrase.Rephrasing} is the two together, over the copies of a row;
 * every draw is a function of (seed, row, copy).
 *
 * <p>Belongs here: rewriters, gates, judges and the metrics of rewrites, in plain Java. Never: Spark,
 * files, the network (that is the room {@code llm}).
 */
@NullMarked
package org.oatmill.rephrase;

import org.jspecify.annotations.NullMarked;
