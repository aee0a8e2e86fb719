/**
 * Causal language models of Hugging Face directories, on PyTorch through DJL. {@link
 * org.oatmill.djl.DjlLm} opens a directory as it lies on disk and is a {@link
 * org.oatmill.model.CausalLm}: frozen weights stay in the file's type in native memory, shared by
 * every thread and fork; what a fork may move is float32 and its own; a probe forms weights layer
 * by layer in scratch.
 *
 * <p>The forward pass is TorchScript, written from the model's configuration and run one layer at a
 * time, so that weights are arguments and no tensor crosses into Java that need not.
 *
 * <p>Belongs here: what touches native tensors, the checkpoint's files and its tokenizer. Never:
 * how directions are chosen, what a task is, Spark.
 */
@NullMarked
package org.oatmill.djl;

import org.jspecify.annotations.NullMarked;
