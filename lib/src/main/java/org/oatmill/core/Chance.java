package org.oatmill.core;

/**
 * Chance as a function of (seed, purpose, id): equal under any partitioning, order, thread or
 * retry. All of it comes from the streams of {@link Noise}.
 */
public final class Chance {
    private Chance() {}

    /** A number in (0, 1), never 0 and never 1: the 53 high bits of block 0 of stream (seed, 0, 0, purpose U+0000 id), plus a half. */
    public static double u(long seed, String purpose, String id) {
        long bits = Noise.stream(seed, 0, 0, purpose + '\0' + id).hash(0);
        return ((bits >>> 11) + 0.5) * 0x1p-53;
    }

    /** A stage's seed: block 0 of stream (run seed, 0, 0, stage name). */
    public static long stageSeed(long runSeed, String stageName) {
        return Noise.stream(runSeed, 0, 0, stageName).hash(0);
    }
}
