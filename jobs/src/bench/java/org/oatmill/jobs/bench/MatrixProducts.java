package org.oatmill.jobs.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.HashMap;
import java.util.Map;

/** The matrix products of one forward pass and nothing else: the limit that a forward is compared with. */
final class MatrixProducts implements AutoCloseable {
    private final NDManager manager = NDManager.newBaseManager("PyTorch");
    private final RandomLlama model;
    private final Map<String, NDArray> transposed = new HashMap<>();
    private final NDArray narrow;
    private final NDArray wide;
    private final NDArray queries;
    private final NDArray keys;
    private final NDArray scores;

    MatrixProducts(RandomLlama model, int rows, int length) {
        this.model = model;
        model.tensors().forEach((name, shape) -> {
            if (shape.length == 2 && !name.equals("model.embed_tokens.weight")) {
                // As a linear layer uses it: stored [out, in], multiplied from the right as its transpose.
                transposed.put(
                        name,
                        manager.randomNormal(new Shape(shape[0], shape[1])).transpose());
            }
        });
        narrow = manager.randomNormal(new Shape((long) rows * length, model.hidden()));
        wide = manager.randomNormal(new Shape((long) rows * length, model.intermediate()));
        queries = manager.randomNormal(new Shape((long) rows * model.heads(), length, model.headDim()));
        keys = manager.randomNormal(new Shape((long) rows * model.heads(), model.headDim(), length));
        scores = manager.randomNormal(new Shape((long) rows * model.heads(), length, length));
    }

    /** All products once. */
    void run() {
        transposed.forEach((name, weight) -> {
            NDArray x = name.endsWith("down_proj.weight") ? wide : narrow;
            x.matMul(weight).close();
        });
        for (int layer = 0; layer < model.layers(); layer++) {
            queries.matMul(keys).close();
            scores.matMul(queries).close();
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
