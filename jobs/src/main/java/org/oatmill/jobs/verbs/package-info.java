/**
 * What can be typed after {@code oatmill}: one class for each verb.
 *
 * <p>Belongs here: options, messages, tables for people, exit codes. Never: what a verb computes.
 */
@NullMarked
package org.oatmill.jobs.verbs;

import org.jspecify.annotations.NullMarked;
