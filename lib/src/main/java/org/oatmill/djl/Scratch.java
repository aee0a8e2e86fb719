package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/** Memory in which one measurement forms weights: a slot for each tensor of a block, used again for the next block. */
final class Scratch implements AutoCloseable {
    private final Arena arena = new Arena();
    private final NDManager manager = Torch.manager();
    private final Map<String, Slot> slots = new HashMap<>();

    /** Room for a float32 tensor, as memory and as array. */
    record Slot(FloatBuffer memory, NDArray array) {}

    /** The slot of this name and shape, made where there is none; what stands in it is from an earlier use. */
    Slot slot(String name, Shape shape) {
        return slots.computeIfAbsent(name + shape, key -> {
            ByteBuffer memory = arena.allocate(Math.multiplyExact(shape.size(), Float.BYTES));
            return new Slot(memory.asFloatBuffer(), Torch.over(manager, memory, shape));
        });
    }

    @Override
    public void close() {
        manager.close();
        arena.close();
    }
}
