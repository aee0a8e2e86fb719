/**
 * What {@code spark-submit} runs: the command line, run files, and one class per job. A job is a
 * thin user of {@code lib}; what it computes lives there.
 */
@NullMarked
package org.oatmill.jobs;

import org.jspecify.annotations.NullMarked;
