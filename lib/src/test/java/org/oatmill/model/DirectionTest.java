package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Noise;
import org.oatmill.model.Direction.Combination;
import org.oatmill.model.Direction.Seed;
import org.oatmill.model.Direction.Stored;
import org.oatmill.model.Direction.Term;

class DirectionTest {

    /** Three blocks and a bit, so that blocks end inside a range. */
    private static final int SIZE = 3 * Blocks.FLOATS + 77;

    static Stream<Direction> every() {
        Seed gaussian = new Seed(Noise.Law.GAUSSIAN, 0, 3, 1);
        Seed rademacher = new Seed(Noise.Law.RADEMACHER, -7, 0, 0);
        float[] stored = new float[SIZE];
        gaussian.of("other").add(0, 0.3f, stored, 0, SIZE);
        return Stream.of(
                gaussian,
                rademacher,
                new Stored(Map.of("w", stored)),
                new Combination(List.of(new Term(gaussian, 0.7f), new Term(rademacher, -0.2f), new Term(gaussian, 1))));
    }

    @ParameterizedTest
    @MethodSource("every")
    void anyCutGivesTheBitsOfTheWhole(Direction direction) {
        float[] whole = start();
        direction.of("w").add(0, 0.01f, whole, 0, SIZE);
        for (int piece : new int[] {1, 63, 1000, Blocks.FLOATS, 20_000}) {
            float[] cut = start();
            for (int from = 0; from < SIZE; from += piece) {
                direction.of("w").add(from, 0.01f, cut, from, Math.min(piece, SIZE - from));
            }
            assertArrayEquals(whole, cut, "pieces of " + piece);
        }
    }

    @ParameterizedTest
    @MethodSource("every")
    void packedCoordinatesAreThoseOfTheWhole(Direction direction) {
        float[] whole = start();
        direction.of("w").add(0, 0.01f, whole, 0, SIZE);
        long[] kept =
                LongStream.range(0, SIZE).filter(i -> i % 7 == 3 || i % 64 == 0).toArray();
        float[] packed = new float[kept.length];
        float[] expected = new float[kept.length];
        float[] all = start();
        for (int i = 0; i < kept.length; i++) {
            packed[i] = all[(int) kept[i]];
            expected[i] = whole[(int) kept[i]];
        }
        direction.of("w").add(kept, 0, 0.01f, packed, 0, 100);
        direction.of("w").add(kept, 100, 0.01f, packed, 100, kept.length - 100);

        assertArrayEquals(expected, packed);
    }

    @ParameterizedTest
    @MethodSource("every")
    void nativeMemoryGetsTheBitsOfTheHeap(Direction direction) {
        float[] heap = start();
        FloatBuffer memory = ByteBuffer.allocateDirect(4 * SIZE)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        memory.put(0, heap);
        direction.of("w").add(13, -2.5f, heap, 5, SIZE - 20);
        direction.of("w").add(13, -2.5f, memory, 5, SIZE - 20);
        float[] copy = new float[SIZE];
        memory.get(0, copy);

        assertArrayEquals(heap, copy);
        assertEquals(0, memory.position());
    }

    @ParameterizedTest
    @MethodSource("every")
    void travelsWithItsBits(Direction direction) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(direction);
        }
        Direction arrived;
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            arrived = (Direction) in.readObject();
        }
        float[] here = start();
        float[] there = start();
        direction.of("w").add(0, 0.01f, here, 0, SIZE);
        arrived.of("w").add(0, 0.01f, there, 0, SIZE);

        assertArrayEquals(here, there);
    }

    @Test
    void combinationAddsItsTermsOneAfterAnother() {
        Seed first = new Seed(Noise.Law.GAUSSIAN, 1, 0, 0);
        Seed second = new Seed(Noise.Law.GAUSSIAN, 1, 0, 1);
        float[] expected = start();
        first.of("w").add(0, 0.01f * 0.7f, expected, 0, SIZE);
        second.of("w").add(0, 0.01f * -3, expected, 0, SIZE);
        float[] actual = start();
        new Combination(List.of(new Term(first, 0.7f), new Term(second, -3)))
                .of("w")
                .add(0, 0.01f, actual, 0, SIZE);

        assertArrayEquals(expected, actual);
    }

    @Test
    void duplicateSeedsCountTwice() {
        Seed seed = new Seed(Noise.Law.GAUSSIAN, 1, 0, 0);
        float[] twice = new float[100];
        new Combination(List.of(new Term(seed, 1), new Term(seed, 1))).of("w").add(0, 1, twice, 0, 100);
        float[] once = new float[100];
        seed.of("w").add(0, 1, once, 0, 100);

        for (int i = 0; i < 100; i++) {
            assertEquals(2 * once[i], twice[i]);
        }
    }

    @Test
    void storedDirectionIsZeroWhereItKnowsNothing() {
        float[] p = start();
        new Stored(Map.of("v", new float[] {1, 2})).of("w").add(0, 1, p, 0, SIZE);
        assertArrayEquals(start(), p);
    }

    @Test
    void tensorsHaveDirectionsOfTheirOwn() {
        Seed seed = new Seed(Noise.Law.GAUSSIAN, 0, 0, 0);
        float[] a = new float[100];
        float[] b = new float[100];
        seed.of("a").add(0, 1, a, 0, 100);
        seed.of("b").add(0, 1, b, 0, 100);
        assertFalse(Arrays.equals(a, b));
    }

    private static float[] start() {
        float[] p = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            p[i] = (float) Math.sin(i);
        }
        return p;
    }
}
