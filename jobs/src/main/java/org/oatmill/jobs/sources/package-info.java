/**
 * Where {@code ingest} reads: one record per source, each with what it takes to find the rows and
 * to name their columns.
 *
 * <p>A source says by content what it reads, numbers its records, and hands every record over as a
 * document or with the reason why it is none. Belongs here: formats and places. Never: what
 * becomes of the rows, or a decision to stop.
 */
@NullMarked
package org.oatmill.jobs.sources;

import org.jspecify.annotations.NullMarked;
