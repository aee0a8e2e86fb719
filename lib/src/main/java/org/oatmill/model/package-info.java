/**
 * What a causal language model can be asked, and what a zeroth-order run is. {@link
 * org.oatmill.model.CausalLm} measures and never changes while it does; {@link
 * org.oatmill.model.Trajectory} alone moves weights. {@link org.oatmill.model.BigramLm} is a whole
 * small model in plain Java, for tests in milliseconds.
 *
 * <p>Belongs here: types that the optimizer, influence and the engine share. Never: an engine, a
 * file format, an update law.
 */
@NullMarked
package org.oatmill.model;

import org.jspecify.annotations.NullMarked;
