package org.oatmill.jobs.bench;

import java.util.Locale;

/**
 * One line of {@code bench.tsv}.
 *
 * @param name what was measured, such as {@code noise/gaussian}
 * @param value what it came to
 * @param unit of value and reference
 * @param reference the same quantity of a peer or a limit, measured in the same run; NaN where there is none
 * @param goal a bound on value / reference, such as {@code <=1.20} or {@code >=0.90}; empty where there is none
 */
record Row(String name, double value, String unit, double reference, String goal) {

    static final String HEADER = "name\tvalue\tunit\treference\tratio\tgoal\tmet";

    Row {
        if (!goal.matches("|(<=|>=)[0-9.]+")) {
            throw new IllegalArgumentException(
                    "Cannot compare " + name + ": goal = " + goal + ", expected <= or >= and a number, or nothing");
        }
    }

    double ratio() {
        return value / reference;
    }

    /** Whether the goal is reached; a row without a goal, or whose ratio is NaN, reaches none. */
    boolean met() {
        if (goal.isEmpty()) {
            return false;
        }
        double bound = Double.parseDouble(goal.substring(2));
        return goal.startsWith("<=") ? ratio() <= bound : ratio() >= bound;
    }

    String tsv() {
        return String.join(
                "\t",
                name,
                number(value),
                unit,
                number(reference),
                number(ratio()),
                goal,
                goal.isEmpty() ? "" : met() ? "yes" : "no");
    }

    private static String number(double x) {
        return Double.isNaN(x) ? "" : String.format(Locale.ROOT, "%.4g", x);
    }
}
