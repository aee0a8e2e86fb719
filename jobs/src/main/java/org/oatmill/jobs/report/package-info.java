/**
 * What the report of a run says: {@link org.oatmill.jobs.report.RunReport} puts it together, and
 * each other class answers one question of it. All of it is read from the run's results, the
 * manifests and the tables of its artifacts; nothing is computed that a stage could have committed.
 *
 * <p>Belongs here: which numbers are shown, and beside what. Never: how a page looks, which is the
 * room {@code report} of the library.
 */
@NullMarked
package org.oatmill.jobs.report;

import org.jspecify.annotations.NullMarked;
