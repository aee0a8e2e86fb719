package org.oatmill.sampling;

import java.io.Serializable;
import java.math.BigDecimal;

/**
 * A sum of non-negative doubles without rounding, so that it is the same in any order: one pair of
 * integers for each exponent of two. Rounded once, when it is read.
 */
final class ExactSum implements Serializable {
    private static final long serialVersionUID = 1L;

    // Significands (53 bits) in halves, so that 2^31 rows of one exponent fit.
    private final long[] low = new long[2048];
    private final long[] high = new long[2048];

    void add(double value) {
        if (!(value >= 0 && value <= Double.MAX_VALUE)) {
            throw new IllegalArgumentException("Cannot add " + value + ", expected a finite number, 0 or more");
        }
        long bits = Double.doubleToRawLongBits(value);
        int exponent = (int) (bits >>> 52) & 0x7ff;
        long significand = (bits & 0xf_ffff_ffff_ffffL) | (exponent == 0 ? 0 : 1L << 52);
        low[Math.max(1, exponent)] += significand & 0xffff_ffffL;
        high[Math.max(1, exponent)] += significand >>> 32;
    }

    void add(ExactSum other) {
        for (int e = 0; e < low.length; e++) {
            low[e] += other.low[e];
            high[e] += other.high[e];
        }
    }

    double value() {
        BigDecimal sum = BigDecimal.ZERO;
        for (int e = 1; e < low.length; e++) {
            if (low[e] != 0 || high[e] != 0) {
                BigDecimal significands = BigDecimal.valueOf(high[e])
                        .multiply(BigDecimal.valueOf(1L << 32))
                        .add(BigDecimal.valueOf(low[e]));
                sum = sum.add(significands.multiply(new BigDecimal(Math.scalb(1.0, e - 1075))));
            }
        }
        return sum.doubleValue();
    }
}
