package org.oatmill.djl;

/** Sixteen-bit floating point, bit by bit: IEEE binary16 (F16) and the high half of binary32 (BF16). */
final class Halves {
    private Halves() {}

    static float fromBf16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    static float fromF16(short bits) {
        int magnitude = (bits & 0x7fff) << 13;
        // The product moves the exponent's bias and makes subnormals normal, exactly; infinities and NaN need their own
        // exponent.
        int value = magnitude < 0x7c00 << 13
                ? Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * 0x1p112f)
                : magnitude | 0x7f800000;
        return Float.intBitsToFloat(value | (bits & 0x8000) << 16);
    }

    /** To nearest, ties to even. */
    static short toBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    /** To nearest, ties to even; beyond the largest, infinity. */
    static short toF16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        float magnitude = Math.abs(value);
        if (Float.isNaN(value)) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 65520) {
            return (short) (sign | 0x7c00);
        }
        if (magnitude < 0x1p-14f) {
            // Multiples of 2^-24: the sum with a number whose last bit is 2^-24 rounds as wanted.
            return (short) (sign | (Float.floatToRawIntBits(magnitude + 0.5f) - Float.floatToRawIntBits(0.5f)));
        }
        int rounded = Float.floatToRawIntBits(magnitude) + 0xfff + (bits >>> 13 & 1);
        return (short) (sign | (rounded >>> 13) - (112 << 10));
    }
}
