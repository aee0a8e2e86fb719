/**
 * What is wrong with the rows of somebody's own file, by methods that ask no LLM and tune nothing:
 * {@link org.oatmill.jobs.audit.Audit} reads the file, looks for each kind of trouble and ranks what it
 * found; {@link org.oatmill.jobs.audit.AuditFiles} writes it down.
 *
 * <p>Belongs here: kinds of trouble in rows, each with the evidence for it. Never: options of the command
 * line, a method that needs a target set or a language model's opinion of a label.
 */
@NullMarked
package org.oatmill.jobs.audit;

import org.jspecify.annotations.NullMarked;
