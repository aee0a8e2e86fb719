package org.oatmill.core;

/**
 * Chance as a function of (seed, purpose, id): equal under any partitioning, order, thread or
 * retry. All of it comes from the streams of {@link Noise}.
 */
public final class Chance {
    private Chance() {}

    /** A number in (0, 1), never 0 and never 1: the 53 high bits of block 0 of stream (seed, 0, 0, purpose U+0000 id), plus a half. */
    public static double u(long seed, String purpose, String id) {
        return unit(Noise.stream(seed, 0, 0, purpose + '\0' + id).hash(0));
    }

    /**
     * A block of noise as a number in (0, 1): its 53 high bits plus a half, times 2^-53.
     *
     * <p>The sum needs 54 bits in the upper half of the interval and is rounded to even there; what
     * would become 1 is the number before 1, so that a logarithm of u or of 1 - u is finite.
     */
    public static double unit(long bits) {
        return Math.min(((bits >>> 11) + 0.5) * 0x1p-53, 1 - 0x1p-53);
    }

    /** A stage's seed: block 0 of stream (run seed, 0, 0, stage name). */
    public static long stageSeed(long runSeed, String stageName) {
        return Noise.stream(runSeed, 0, 0, stageName).hash(0);
    }
}
