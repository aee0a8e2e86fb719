/**
 * Rows of text as vectors. An {@link org.oatmill.spark.embed.Embedder} learns from texts once; what it
 * learned is JSON, and any text is embedded from that alone.
 *
 * <p>Belongs here: embedders, on Spark MLlib or a model. Never: what vectors are for.
 */
@NullMarked
package org.oatmill.spark.embed;

import org.jspecify.annotations.NullMarked;
