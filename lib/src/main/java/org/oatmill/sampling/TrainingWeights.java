package org.oatmill.sampling;

import java.io.Serializable;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * Training weights that undo the choice: one over the inclusion probability, divided by its mean over
 * the sample, so that a weighted mean over the sample estimates that over the population. Weights above
 * the clip are cut to it and all are divided by their mean again: less variance for some bias.
 *
 * @param clip the largest weight, in means; infinite for none
 */
public record TrainingWeights(double clip) implements Serializable {

    public TrainingWeights {
        if (!(clip >= 1)) {
            throw new UserException("Cannot sample: weight_clip = " + clip + ", expected 1 or more");
        }
    }

    /** The sample with weights, and notes of them. */
    Sample of(Sample sample) {
        Rows<SampledRow> rows = sample.rows();
        double mean = rows.fold(() -> new Mean(1, Double.POSITIVE_INFINITY)).value();
        Mean clipped = rows.fold(() -> new Mean(mean, clip));
        double scale = clipped.value();
        Map<String, Object> notes = new TreeMap<>(sample.notes());
        notes.put("weights", "inverse-probability");
        notes.put("weight_clip", Double.isInfinite(clip) ? "none" : clip);
        notes.put("weights_clipped", clipped.clipped);
        notes.put("weights_effective_share", clipped.effectiveShare());
        return sample.with(
                rows.map(row -> row.weighted((float) (clipped(row, mean, clip) / scale))), notes, sample.warnings());
    }

    private static double inverse(SampledRow row) {
        return 1 / Objects.requireNonNull(row.inclusionProb());
    }

    private static double clipped(SampledRow row, double mean, double clip) {
        return Math.min(clip, inverse(row) / mean);
    }

    private static final class Mean implements Summary<SampledRow, Mean> {
        private static final long serialVersionUID = 1L;

        private final double unit;
        private final double clip;
        private final ExactSum sum = new ExactSum();
        private final ExactSum squares = new ExactSum();
        private long rows;
        private long clipped;

        Mean(double unit, double clip) {
            this.unit = unit;
            this.clip = clip;
        }

        @Override
        public void add(SampledRow row) {
            double weight = clipped(row, unit, clip);
            sum.add(weight);
            squares.add(weight * weight);
            rows++;
            clipped += inverse(row) / unit > clip ? 1 : 0;
        }

        @Override
        public void merge(Mean other) {
            sum.add(other.sum);
            squares.add(other.squares);
            rows += other.rows;
            clipped += other.clipped;
        }

        double value() {
            return rows == 0 ? 1 : sum.value() / rows;
        }

        double effectiveShare() {
            return rows == 0 ? 1 : sum.value() * sum.value() / (rows * squares.value());
        }
    }
}
