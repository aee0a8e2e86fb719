package org.oatmill.jobs.bench;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.oatmill.core.Noise;
import org.oatmill.model.Direction;
import org.oatmill.model.TensorShape;
import org.oatmill.model.Trajectory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.RunnerException;
import sun.misc.Unsafe;

/** Noise, fused with the multiply-add, against a plain sweep over the same memory; nanoseconds per coordinate. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NoiseBench {

    /** 100 MB, so that memory is part of what is measured, as it is for the weights of a model. */
    private static final int COORDINATES = 25_000_000;

    private static final float COEFFICIENT = 1e-3f;
    private static final int ENTRIES = 16;

    private final float[] heap = new float[COORDINATES];
    private final FloatBuffer direct = ByteBuffer.allocateDirect(4 * COORDINATES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    private final Unsafe unsafe = unsafe();
    private final long raw = unsafe.allocateMemory(4L * COORDINATES);
    private final Noise.Stream stream = Noise.stream(7, 0, 0, "bench");
    private final Direction.Coordinates gaussian = new Direction.Seed(Noise.Law.GAUSSIAN, 7, 0, 0).of("bench");
    private final Direction.Coordinates rademacher = new Direction.Seed(Noise.Law.RADEMACHER, 7, 0, 0).of("bench");

    private final Trajectory.Replay replay = replay();

    static List<Row> rows() throws RunnerException {
        Map<String, Double> ns = Bench.jmh(NoiseBench.class);
        double plain = ns.get("sweepUnsafe");
        double vectorized = ns.get("sweepHeap");
        return List.of(
                // The limits were set where this sweep took 0.78 ns. A compiler that vectorizes it, as 17.0.15 does on
                // AVX2, needs 0.2 ns, and scalar code that hashes for every four coordinates cannot follow.
                new Row("noise/gaussian", ns.get("gaussianHeap"), "ns", plain, "<=2.30"),
                new Row("noise/rademacher", ns.get("rademacherHeap"), "ns", plain, "<=1.80"),
                new Row("noise/gaussian/direct", ns.get("gaussianDirect"), "ns", plain, ""),
                new Row("noise/rademacher/direct", ns.get("rademacherDirect"), "ns", plain, ""),
                // Catching up with a run: a block passes the first cache once for all its entries.
                new Row("noise/gaussian/replay-direct", ns.get("replayDirect"), "ns", plain, "<=2.30"),
                // What no table look-up reaches: the speed of memory.
                new Row("noise/gaussian/vectorized-sweep", ns.get("gaussianHeap"), "ns", vectorized, ""),
                new Row("noise/rademacher/vectorized-sweep", ns.get("rademacherHeap"), "ns", vectorized, ""));
    }

    @Benchmark
    @OperationsPerInvocation(COORDINATES)
    public Object sweepHeap() {
        float[] p = heap;
        for (int i = 0; i < p.length; i++) {
            p[i] += COEFFICIENT;
        }
        return p;
    }

    @Benchmark
    @OperationsPerInvocation(COORDINATES)
    public Object sweepUnsafe() {
        for (long at = raw, end = raw + 4L * COORDINATES; at < end; at += 4) {
            unsafe.putFloat(at, unsafe.getFloat(at) + COEFFICIENT);
        }
        return unsafe;
    }

    @Benchmark
    @OperationsPerInvocation(COORDINATES)
    public Object gaussianHeap() {
        stream.add(Noise.Law.GAUSSIAN, 0, COEFFICIENT, heap, 0, COORDINATES);
        return heap;
    }

    @Benchmark
    @OperationsPerInvocation(COORDINATES)
    public Object gaussianDirect() {
        gaussian.add(0, COEFFICIENT, direct, 0, COORDINATES);
        return direct;
    }

    @Benchmark
    @OperationsPerInvocation(COORDINATES)
    public Object rademacherHeap() {
        stream.add(Noise.Law.RADEMACHER, 0, COEFFICIENT, heap, 0, COORDINATES);
        return heap;
    }

    @Benchmark
    @OperationsPerInvocation(COORDINATES)
    public Object rademacherDirect() {
        rademacher.add(0, COEFFICIENT, direct, 0, COORDINATES);
        return direct;
    }

    @Benchmark
    @OperationsPerInvocation(ENTRIES * COORDINATES)
    public Object replayDirect() {
        replay.apply(0, direct, 0, COORDINATES, 0, ENTRIES);
        return direct;
    }

    private static Trajectory.Replay replay() {
        List<Trajectory.Entry> entries = IntStream.range(0, ENTRIES)
                .mapToObj(step -> new Trajectory.Entry(step, 0, 1, COEFFICIENT, 1))
                .toList();
        TensorShape tensor = new TensorShape("bench", List.of(COORDINATES));
        Trajectory.Header header = new Trajectory.Header(
                Trajectory.FORMAT,
                Noise.VERSION,
                Noise.Law.GAUSSIAN,
                7,
                "",
                "",
                List.of(tensor),
                List.of(),
                "sgd",
                1e-3f,
                false,
                1,
                "",
                "");
        return new Trajectory(header, entries).replay("bench");
    }

    private static Unsafe unsafe() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("sun.misc.Unsafe", e);
        }
    }
}
