package org.oatmill.sampling;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * A row that was kept. What a method does not know of it is null.
 *
 * @param id identity of the row
 * @param density estimated sum of kernel values to all rows, itself included
 * @param samplingWeight relative chance of being drawn
 * @param key -ln u(seed, "sample", id) over the weight; the smallest keys are kept
 * @param inclusionProb the chance of being kept; values divided by it add up, in expectation, to the
 *     population's total
 * @param score what a method that draws nothing ranked it by
 * @param stratum the part of the population that it stands for, where the parts were drawn from apart
 * @param weight what multiplies its training weight; 1 on average over the sample
 * @param facts what is known of it besides
 */
public record SampledRow(
        String id,
        @Nullable Double density,
        @Nullable Double samplingWeight,
        @Nullable Double key,
        @Nullable Double inclusionProb,
        @Nullable Double score,
        @Nullable String stratum,
        @Nullable Float weight,
        Facts facts)
        implements Serializable {

    /** A row that a method picked: by a score, not by chance. */
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    public static SampledRow picked(Candidate row, double score) {
        return new SampledRow(row.id(), null, null, null, null, score, null, null, row.facts());
    }

    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    SampledRow weighted(float weight) {
        return new SampledRow(id, density, samplingWeight, key, inclusionProb, score, stratum, (Float) weight, facts);
    }
}
