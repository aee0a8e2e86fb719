package org.oatmill.influence;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.oatmill.model.Subspace;

/**
 * Where a model stands.
 *
 * @param name digest of the base model and trajectory entry: {@code <digest>@<entry>}
 * @param parts coordinates that may move
 * @param norm Euclidean length of those coordinates, as they are now
 */
record Checkpoint(String name, List<Subspace.Part> parts, double norm) implements Serializable {

    static Checkpoint of(Measuring measuring) {
        return measuring
                .each(List.of(0), (model, nothing) -> {
                    double squares = 0;
                    for (Subspace.Part part : model.trainable()) {
                        for (float value : model.coordinates(part.name())) {
                            squares += (double) value * value;
                        }
                    }
                    String name = model.digest() + "@" + model.entry();
                    return new Checkpoint(name, new ArrayList<>(model.trainable()), Math.sqrt(squares));
                })
                .get(0);
    }
}
