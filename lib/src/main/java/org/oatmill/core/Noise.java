package org.oatmill.core;

/** Noise, version 1: directions and chance, defined to the bit. */
public final class Noise {
    /** Stands in the header of every trajectory. */
    public static final int VERSION = 1;

    private Noise() {}

    /** The distribution of a direction's coordinates; both have mean 0 and variance 1. */
    public enum Law {
        GAUSSIAN,
        RADEMACHER
    }

    /** The stream of a tensor's direction at (step, query). */
    public static Stream stream(long master, long step, long query, String tensor) {
        throw new IllegalStateException("landing with the noise");
    }

    /** A stream of 64-bit blocks, addressed by block number. */
    public record Stream(long k, long gamma) {

        /** Block b, from 0. */
        public long hash(long b) {
            throw new IllegalStateException("landing with the noise");
        }

        /** The coordinate at an offset of the full tensor. */
        public float at(Law law, long offset) {
            throw new IllegalStateException("landing with the noise");
        }

        /** {@code z[from..from+length) = } coordinates from {@code offset} on. */
        public void fill(Law law, long offset, float[] z, int from, int length) {
            throw new IllegalStateException("landing with the noise");
        }

        /** {@code p[from..from+length) += coefficient * z}, z drawn on the way; two roundings, never a fused multiply-add. */
        public void add(Law law, long offset, float coefficient, float[] p, int from, int length) {
            throw new IllegalStateException("landing with the noise");
        }
    }
}
