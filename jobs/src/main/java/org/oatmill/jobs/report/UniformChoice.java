package org.oatmill.jobs.report;

/**
 * How many marked rows a uniform choice without replacement keeps: a hypergeometric count. It is
 * what a sampling stage is measured against.
 *
 * @param population rows to choose from
 * @param marked rows among them that are counted
 * @param drawn rows chosen
 */
record UniformChoice(long population, long marked, long drawn) {

    UniformChoice {
        if (marked < 0 || marked > population || drawn < 0 || drawn > population) {
            throw new IllegalArgumentException("Cannot choose: drawn = " + drawn + ", marked = " + marked
                    + ", expected both within 0 and the population of " + population);
        }
    }

    double expected() {
        return population == 0 ? 0 : (double) marked * drawn / population;
    }

    /** How often the count is kept, against what is expected; NaN where nothing is expected. */
    double ratio(long kept) {
        return expected() == 0 ? Double.NaN : kept / expected();
    }

    /**
     * The interval that holds the count in at least 95 of 100 choices, as few of the others below it as above: from
     * the 2.5 % quantile to the 97.5 % quantile.
     */
    Interval interval() {
        long least = Math.max(0, drawn + marked - population);
        long most = Math.min(drawn, marked);
        // Probabilities relative to that of the most likely count, from there outwards until they vanish.
        long mode =
                Math.max(least, Math.min(most, (long) Math.floor((drawn + 1.0) * (marked + 1.0) / (population + 2.0))));
        long low = mode;
        double below = 0;
        for (double p = 1; low > least; ) {
            p /= up(low - 1);
            if (p < 1e-18) {
                break;
            }
            low--;
            below += p;
        }
        long high = mode;
        double above = 0;
        for (double p = 1; high < most; ) {
            p *= up(high);
            if (p < 1e-18) {
                break;
            }
            high++;
            above += p;
        }
        double all = below + 1 + above;
        return new Interval(
                quantile(mode, below / all, all, 0.025, low, high), quantile(mode, below / all, all, 0.975, low, high));
    }

    /** The smallest count whose probability of not being exceeded is at least a share. */
    private long quantile(long mode, double belowMode, double all, double share, long low, long high) {
        double p = 1 / all;
        double upTo = belowMode + p;
        long count = mode;
        if (upTo >= share) {
            while (count > low && upTo - p >= share) {
                upTo -= p;
                p /= up(count - 1);
                count--;
            }
            return count;
        }
        while (count < high && upTo < share) {
            p *= up(count);
            upTo += p;
            count++;
        }
        return count;
    }

    /** P(count + 1) / P(count). */
    private double up(long count) {
        return (double) (marked - count)
                * (drawn - count)
                / ((count + 1.0) * (population - marked - drawn + count + 1.0));
    }

    /** From low to high, both included. */
    record Interval(long low, long high) {}
}
