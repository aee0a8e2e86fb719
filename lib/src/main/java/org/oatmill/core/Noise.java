package org.oatmill.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Noise, version 1: the directions of every zeroth-order run, and all chance, defined to the bit.
 *
 * <p>A stream belongs to (master seed, step, query, tensor name) and is a counter hash: its 64-bit
 * block b is {@code mix64(k + (b + 1) * gamma)}, with the finalizer and the gamma mixer of SplitMix64
 * (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Every
 * stream has a gamma of its own, so that streams do not overlap even in runs of many millions of
 * them. A coordinate is addressed by its offset in the full tensor, row-major: any thread draws any
 * slice in any order and gets the same bits, and a mask that keeps everything equals the dense run.
 *
 * <p>Gaussian coordinates are four 16-bit fields of a block, each an index into a table of normal
 * quantiles; Rademacher coordinates are its 64 bits. A change of one bit is a new version.
 */
public final class Noise {
    /** Stands in the header of every trajectory. */
    public static final int VERSION = 1;

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Noise() {}

    /** The distribution of a direction's coordinates; both have mean 0 and variance 1. */
    public enum Law {
        /** Quantiles of the normal distribution in 65,536 steps; ends at 4.32 standard deviations. */
        GAUSSIAN,
        /** +1 or -1. */
        RADEMACHER
    }

    /** The stream of a tensor's direction at (step, query), which count from 0; every master seed is valid, 0 too. */
    public static Stream stream(long master, long step, long query, String tensor) {
        return stream(master, step, query, tensorId(tensor));
    }

    /** As {@link #stream(long, long, long, String)}, for callers that draw many streams of one tensor. */
    public static Stream stream(long master, long step, long query, long tensorId) {
        long k = mix64(master + GOLDEN);
        k = mix64(k + GOLDEN * (step + 1));
        k = mix64(k + GOLDEN * (query + 1));
        k = mix64(k + tensorId);
        return new Stream(k, mixGamma(k + GOLDEN));
    }

    /** The first eight bytes of the SHA-256 of a name; no list of names, so adding tensors shifts nothing. */
    public static long tensorId(String tensor) {
        byte[] digest = Digest.sha256().digest(tensor.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong();
    }

    private static long mix64(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static long mixGamma(long z) {
        z = (z ^ (z >>> 33)) * 0xFF51AFD7ED558CCDL;
        z = (z ^ (z >>> 33)) * 0xC4CEB9FE1A85EC53L;
        z = (z ^ (z >>> 33)) | 1;
        return Long.bitCount(z ^ (z >>> 1)) < 24 ? z ^ 0xAAAAAAAAAAAAAAAAL : z;
    }

    /**
     * A stream of 64-bit blocks, addressed by block number.
     *
     * @param k where it starts
     * @param gamma odd step between blocks
     */
    public record Stream(long k, long gamma) {

        /** Block b, from 0. */
        public long hash(long b) {
            return mix64(k + (b + 1) * gamma);
        }

        /** The coordinate at an offset of the full tensor. */
        public float at(Law law, long offset) {
            return switch (law) {
                case GAUSSIAN -> NormalTable.T[(char) (hash(offset >>> 2) >>> (16 * (offset & 3)))];
                case RADEMACHER -> signed(1, (int) (hash(offset >>> 6) >>> (offset & 63)));
            };
        }

        /** {@code z[from..from+length) = } coordinates from {@code offset} on. */
        public void fill(Law law, long offset, float[] z, int from, int length) {
            Arrays.fill(z, from, from + length, 0);
            add(law, offset, 1, z, from, length);
        }

        /** {@code p[from..from+length) += coefficient * z}, z drawn on the way; two roundings, never a fused multiply-add. */
        public void add(Law law, long offset, float coefficient, float[] p, int from, int length) {
            Objects.checkFromIndexSize(from, length, p.length);
            switch (law) {
                case GAUSSIAN -> addGaussian(offset, coefficient, p, from, length);
                case RADEMACHER -> addRademacher(offset, coefficient, p, from, length);
            }
        }

        /** {@code p[from + i] += coefficient * z[offsets[first + i]]}: the coordinates of a mask, packed. */
        public void add(Law law, long[] offsets, int first, float coefficient, float[] p, int from, int length) {
            for (int i = 0; i < length; i++) {
                p[from + i] += coefficient * at(law, offsets[first + i]);
            }
        }

        private void addGaussian(long offset, float coefficient, float[] p, int from, int length) {
            int i = from;
            int end = from + length;
            while (i < end && (offset & 3) != 0) {
                p[i++] += coefficient * at(Law.GAUSSIAN, offset++);
            }
            float[] table = NormalTable.T;
            long counter = k + ((offset >>> 2) + 1) * gamma;
            for (; i < end - 3; i += 4, offset += 4, counter += gamma) {
                long h = mix64(counter);
                p[i] += coefficient * table[(char) h];
                p[i + 1] += coefficient * table[(char) (h >>> 16)];
                p[i + 2] += coefficient * table[(char) (h >>> 32)];
                p[i + 3] += coefficient * table[(char) (h >>> 48)];
            }
            while (i < end) {
                p[i++] += coefficient * at(Law.GAUSSIAN, offset++);
            }
        }

        private void addRademacher(long offset, float coefficient, float[] p, int from, int length) {
            int i = from;
            int end = from + length;
            while (i < end && (offset & 63) != 0) {
                p[i++] += coefficient * at(Law.RADEMACHER, offset++);
            }
            long counter = k + ((offset >>> 6) + 1) * gamma;
            for (; i < end - 63; offset += 64, counter += gamma) {
                long h = mix64(counter);
                // Eight at a time in an int: a third faster than a loop of 64 over the long.
                for (int last = i + 64; i < last; i += 8, h >>>= 8) {
                    int bits = (int) h;
                    p[i] += signed(coefficient, bits);
                    p[i + 1] += signed(coefficient, bits >>> 1);
                    p[i + 2] += signed(coefficient, bits >>> 2);
                    p[i + 3] += signed(coefficient, bits >>> 3);
                    p[i + 4] += signed(coefficient, bits >>> 4);
                    p[i + 5] += signed(coefficient, bits >>> 5);
                    p[i + 6] += signed(coefficient, bits >>> 6);
                    p[i + 7] += signed(coefficient, bits >>> 7);
                }
            }
            while (i < end) {
                p[i++] += coefficient * at(Law.RADEMACHER, offset++);
            }
        }
    }

    /** x where the lowest bit is set, else -x. */
    private static float signed(float x, int bits) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(x) ^ (~bits << 31));
    }
}
