package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class VectorTest {

    @Test
    void unitPointsTheSameWayAndZerosStay() {
        Vector sparse = Vector.sparse(9, new int[] {2, 7}, new float[] {3, -4});
        assertEquals(Vector.sparse(9, new int[] {2, 7}, new float[] {0.6f, -0.8f}), sparse.unit());
        assertArrayEquals(new float[] {3, -4}, sparse.values());
        assertEquals(Vector.dense(0, 0), Vector.dense(0, 0).unit());
    }
}
