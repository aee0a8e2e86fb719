package org.oatmill.model;

import java.io.Serializable;
import java.util.List;

/**
 * A tensor of a model.
 *
 * @param name the checkpoint's own name; PEFT's for adapters; {@code prefix.<layer>.key|value} for prefixes
 * @param shape lengths of its axes, outermost first
 */
public record TensorShape(String name, List<Integer> shape) implements Serializable {
    public TensorShape {
        shape = List.copyOf(shape);
    }

    /** Number of coordinates. */
    public long size() {
        return shape.stream().mapToLong(Integer::longValue).reduce(1, Math::multiplyExact);
    }
}
