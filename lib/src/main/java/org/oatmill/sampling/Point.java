package org.oatmill.sampling;

import java.io.Serializable;
import org.oatmill.core.Vector;

/**
 * A row for methods that measure angles.
 *
 * @param id identity of the row
 * @param at its vector, of any length
 * @param norm length of the vector
 * @param score what it is ranked by
 * @param facts what is known of it besides
 */
record Point(String id, Vector at, double norm, double score, Facts facts) implements Serializable {

    static Point of(Candidate row, double score) {
        return new Point(row.id(), row.vector(), row.vector().norm(), score, row.facts());
    }

    Point scored(double other) {
        return new Point(id, at, norm, other, facts);
    }

    Ranked ranked() {
        return new Ranked(id, score);
    }

    /** Cosine of the angle, at most 1; rows of zeros are like each other (1) and unlike all else (0). */
    double cosine(Point other) {
        if (norm == 0 || other.norm == 0) {
            return norm == other.norm ? 1 : 0;
        }
        return Math.min(1, dot(at, other.at) / (norm * other.norm));
    }

    /** Inner product; dense vectors in four sums, which the processor adds at once. */
    static double dot(Vector a, Vector b) {
        if (a.isSparse() || b.isSparse()) {
            return a.dot(b);
        }
        float[] x = a.values();
        float[] y = b.values();
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int whole = x.length & ~3;
        for (int i = 0; i < whole; i += 4) {
            s0 += (double) x[i] * y[i];
            s1 += (double) x[i + 1] * y[i + 1];
            s2 += (double) x[i + 2] * y[i + 2];
            s3 += (double) x[i + 3] * y[i + 3];
        }
        for (int i = whole; i < x.length; i++) {
            s0 += (double) x[i] * y[i];
        }
        return s0 + s1 + (s2 + s3);
    }

    SampledRow picked() {
        return SampledRow.picked(new Candidate(id, at, facts), score);
    }
}
