/**
 * Models of any DJL engine as Spark ML transformers, with Params that read as those of DJL's own
 * Spark extension: {@code setInputCol}, {@code setOutputCol}, {@code setModelUrl}, {@code
 * setEngine}, {@code setBatchSize}, {@code setDevice}.
 *
 * <p>Differs from that extension: a model is opened once in an executor's JVM, not once a task, and
 * closed when nobody uses it; files come from anywhere Hadoop reaches; columns are found by name
 * whenever rows are; transformers can be saved and read with the pipelines that hold them; tokenizers
 * are local files.
 *
 * <p>Also where vectors of {@code core} cross to MLlib's, and a classifier is fitted on them: {@link
 * org.oatmill.spark.ml.OutOfSample}.
 *
 * <p>And densities as an Estimator: {@link org.oatmill.spark.ml.DensitySketch}.
 *
 * <p>Belongs here: Params, schemas, batches of rows. Never: an engine, a tensor.
 */
@NullMarked
package org.oatmill.spark.ml;

import org.jspecify.annotations.NullMarked;
