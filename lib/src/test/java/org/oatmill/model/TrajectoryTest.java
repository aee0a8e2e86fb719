package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;

class TrajectoryTest {

    /** A naive replay, coordinate by coordinate, with the arithmetic of the definition written out. */
    @ParameterizedTest
    @EnumSource
    void replayIsTheDefinitionCoordinateByCoordinate(Noise.Law law) {
        Trajectory run = run(law, 40, 2);
        int size = 2 * Blocks.FLOATS + 100;
        for (String tensor : List.of("decays", "stays")) {
            float[] expected = start(size);
            for (Trajectory.Entry entry : run.entries()) {
                Noise.Stream stream = Noise.stream(9, entry.step(), entry.query(), tensor);
                for (int i = 0; i < size; i++) {
                    float kept = tensor.equals("decays") ? entry.keep() * expected[i] : expected[i];
                    float moved = entry.coefficient() * stream.at(law, i + 3L);
                    expected[i] = kept + moved;
                }
            }
            float[] actual = start(size);
            run.replay(tensor).apply(3, actual, 0, size, 0, 40);
            assertArrayEquals(expected, actual, tensor);
        }
    }

    @Test
    void runsOfEntriesAndPiecesOfATensorMayBeCutAnywhere() {
        Trajectory run = run(Noise.Law.GAUSSIAN, 100, 1);
        int size = Blocks.FLOATS + 500;
        float[] whole = start(size);
        run.replay("decays").apply(0, whole, 0, size, 0, 100);
        float[] cut = start(size);
        for (long[] piece : new long[][] {{0, 1}, {1, 1}, {1, 64}, {64, 100}}) {
            run.replay("decays").apply(0, cut, 0, 701, piece[0], piece[1]);
        }
        run.replay("decays").apply(701, cut, 701, size - 701, 0, 100);

        assertArrayEquals(whole, cut);
    }

    @Test
    void nativeMemoryAndMasksGetTheBitsOfTheHeap() {
        Trajectory run = run(Noise.Law.GAUSSIAN, 20, 1);
        int size = Blocks.FLOATS + 500;
        float[] heap = start(size);
        FloatBuffer memory = ByteBuffer.allocateDirect(4 * size)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        memory.put(0, heap);
        long[] kept = {0, 5, 63, 64, 8191, 8192, 8500};
        float[] packed = new float[kept.length];
        for (int i = 0; i < kept.length; i++) {
            packed[i] = heap[(int) kept[i]];
        }
        run.replay("decays").apply(0, heap, 0, size, 0, 20);
        run.replay("decays").apply(0, memory, 0, size, 0, 20);
        run.replay("decays").apply(kept, packed, 0, 20);

        float[] copy = new float[size];
        memory.get(0, copy);
        assertArrayEquals(heap, copy);
        for (int i = 0; i < kept.length; i++) {
            assertEquals(heap[(int) kept[i]], packed[i]);
        }
    }

    @Test
    void skippedEntryLeavesEveryBit() {
        Trajectory run = new Trajectory(
                run(Noise.Law.GAUSSIAN, 1, 1).header(), List.of(new Trajectory.Entry(0, 0, Float.NaN, 0, 1)));
        float[] theta = {-0f, 0f, Float.MIN_VALUE, -1};
        run.replay("decays").apply(0, theta, 0, 4, 0, 1);

        assertArrayEquals(new float[] {-0f, 0f, Float.MIN_VALUE, -1}, theta);
        assertEquals(1 / -0f, 1 / theta[0]);
    }

    @Test
    void unknownTensorIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> run(Noise.Law.GAUSSIAN, 1, 1)
                .replay("foreign"));
    }

    @Test
    void eightBytesAnEntrySufficeForReplay() {
        Trajectory run = run(Noise.Law.GAUSSIAN, 20_000, 2);
        ByteBuffer bytes = run.bytes();
        int header = run(Noise.Law.GAUSSIAN, 0, 2).bytes().remaining();
        assertEquals(8 * 20_000, bytes.remaining() - header);

        Trajectory read = Trajectory.of(bytes);
        assertEquals(run.header(), read.header());
        float[] expected = start(300);
        float[] actual = start(300);
        run.replay("decays").apply(0, expected, 0, 300, 0, 20_000);
        read.replay("decays").apply(0, actual, 0, 300, 0, 20_000);
        assertArrayEquals(expected, actual);
    }

    @Test
    void seedPoolKeepsItsAddresses() {
        List<Trajectory.Entry> entries = List.of(
                new Trajectory.Entry(0, 4095, Float.NaN, 0.5f, 1),
                new Trajectory.Entry(0, 7, Float.NaN, -0.5f, 1),
                new Trajectory.Entry(0, 4095, Float.NaN, 0.25f, 1));
        Trajectory pool = new Trajectory(run(Noise.Law.RADEMACHER, 0, 1).header(), entries);

        assertEquals(pool, Trajectory.of(pool.bytes()));
    }

    @Test
    void anyFlippedBitAndAnyCutIsFound() {
        byte[] good = bytes(run(Noise.Law.GAUSSIAN, 12, 2));
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThrows(UserException.class, () -> Trajectory.of(ByteBuffer.wrap(bad)), "bit " + bit);
        }
        for (int length = 0; length < good.length; length++) {
            ByteBuffer cut = ByteBuffer.wrap(good, 0, length);
            assertThrows(UserException.class, () -> Trajectory.of(cut), "length " + length);
        }
    }

    @Test
    void laterFormatNamesTheRelease() {
        ByteBuffer later = run(Noise.Law.GAUSSIAN, 3, 1).bytes();
        later.putInt(4, 2);
        UserException refusal = assertThrows(UserException.class, () -> Trajectory.of(later));
        assertTrue(refusal.getMessage().contains("format = 2"), refusal.getMessage());
    }

    private static byte[] bytes(Trajectory run) {
        ByteBuffer buffer = run.bytes();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    private static Trajectory run(Noise.Law law, int entries, int queries) {
        List<Trajectory.Entry> lines = new ArrayList<>();
        for (int e = 0; e < entries; e++) {
            lines.add(new Trajectory.Entry(
                    e / queries,
                    e % queries,
                    (float) Math.cos(e),
                    (float) (1e-2 * Math.cos(e)),
                    e % queries == 0 ? 0.999f : 1));
        }
        return new Trajectory(
                new Trajectory.Header(
                        Trajectory.FORMAT,
                        Noise.VERSION,
                        law,
                        9,
                        "model",
                        "subspace",
                        List.of(
                                new TensorShape("decays", List.of(200, 100)),
                                new TensorShape("stays", List.of(20_000))),
                        List.of("decays"),
                        "sgd",
                        1e-3f,
                        false,
                        queries,
                        "plan",
                        "any"),
                lines);
    }

    private static float[] start(int size) {
        float[] theta = new float[size];
        for (int i = 0; i < size; i++) {
            theta[i] = (float) Math.sin(i);
        }
        return theta;
    }
}
