package org.oatmill.report;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/** How numbers are written, in every page alike. */
public final class Numbers {
    private Numbers() {}

    /** {@code 12,345}. */
    public static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }

    /** {@code 12.3%}; {@code 0.04%} where one digit would say nothing. */
    public static String share(double share) {
        if (!Double.isFinite(share)) {
            return "–";
        }
        return String.format(Locale.ROOT, share != 0 && Math.abs(share) < 0.001 ? "%.2f%%" : "%.1f%%", 100 * share);
    }

    /** {@code 0.42×}, {@code 12×}. */
    public static String ratio(double ratio) {
        if (!Double.isFinite(ratio)) {
            return "–";
        }
        if (ratio == 0) {
            return "0×";
        }
        return String.format(Locale.ROOT, ratio < 9.995 ? "%.2f×" : ratio < 99.95 ? "%.1f×" : "%,.0f×", ratio);
    }

    /** Three significant digits or all digits of the whole part: {@code 0.0731}, {@code 4.13}, {@code 1,024}. */
    public static String decimal(double value) {
        if (!Double.isFinite(value)) {
            return "–";
        }
        double size = Math.abs(value);
        if (value == Math.rint(value) && size < 1e15) {
            return count((long) value);
        }
        if (size < 1e-4) {
            return String.format(Locale.ROOT, "%.2e", value);
        }
        int digits = Math.max(0, 2 - (int) Math.floor(Math.log10(size)));
        return String.format(Locale.ROOT, "%,." + digits + "f", value);
    }

    /** The shortest way to write a round number: {@code 0.25}, {@code 1,500}. */
    public static String tick(double value) {
        return new DecimalFormat("#,##0.######", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(value);
    }

    /** {@code 0.8 s}, {@code 12 s}, {@code 1 min 05 s}, {@code 2 h 03 min}. */
    public static String duration(double seconds) {
        if (seconds < 9.95) {
            return String.format(Locale.ROOT, "%.1f s", seconds);
        }
        long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60)
                : String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }

    /** {@code 14–29}. */
    public static String interval(long low, long high) {
        return low == high ? count(low) : count(low) + "–" + count(high);
    }
}
