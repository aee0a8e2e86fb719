package org.oatmill.sampling;

import org.oatmill.core.UserException;

/**
 * How many rows to keep: a number, or a share of the population (rounded, at least one row).
 *
 * @param rows 0 where the share decides
 * @param share 0 where the number decides
 */
public record SampleSize(long rows, double share) {

    public SampleSize {
        if (rows < 0) {
            throw new UserException("Cannot sample: size = " + rows + ", expected 1 or more rows");
        }
        if (!(share >= 0 && share <= 1)) {
            throw new UserException("Cannot sample: fraction = " + share + ", expected more than 0, at most 1");
        }
        if ((rows == 0) == (share == 0)) {
            throw new UserException("Cannot sample: size = " + rows + " and fraction = " + share
                    + ", expected one of the two; remove the other");
        }
    }

    public static SampleSize rows(long rows) {
        return new SampleSize(rows, 0);
    }

    public static SampleSize share(double share) {
        return new SampleSize(0, share);
    }

    long of(long population) {
        return rows > 0 ? rows : Math.max(1, Math.round(share * population));
    }
}
