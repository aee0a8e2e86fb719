package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.sampling.KeyHistogram.Place;

/**
 * A sample of exact size, drawn without replacement and without sorting: the k rows with the smallest
 * keys, ties ordered by id. A row's key is exponential with rate w = 1 / density, so rows are drawn
 * one after the other in proportion to w (Efraimidis and Spirakis 2006), and a larger sample of the
 * same seed contains a smaller one.
 *
 * <p>With tau the (k+1)-th smallest key, a row is kept with probability 1 - exp(-w tau), given the
 * keys of all others (rank conditioning: Cohen and Kaplan, PODC 2007): sums of y / probability over
 * the sample are unbiased for sums of y over the population.
 *
 * @param rows what was kept
 * @param population rows there were
 * @param size rows kept: the number asked for, or the population where that is smaller
 * @param effectiveShare effective sample size of the weights over the population, (sum of w)^2 / (n sum of w^2)
 * @param tau the first key that was not kept; infinite where all rows were kept
 * @param warnings what the operator should know
 * @param densities what it was drawn from
 */
public record Sample(
        Rows<SampledRow> rows,
        long population,
        long size,
        double effectiveShare,
        double tau,
        List<String> warnings,
        Densities densities) {

    /** Rows few enough to be ordered in one place. */
    private static final long FEW = 4096;

    /** Draws a sample. What it reads of a row depends on the seed and the row's id only. */
    public static Sample draw(Rows<VectorRow> rows, SamplingMethod method, SampleSize size, long seed) {
        Densities densities = method.densities(rows, seed);
        try {
            return draw(densities, size, seed);
        } catch (RuntimeException e) {
            densities.release();
            throw e;
        }
    }

    /** Lets go of what was held for the draw; {@link #rows} should have been read by then. */
    public void release() {
        densities.release();
    }

    static Sample draw(Densities densities, SampleSize size, long seed) {
        Rows<KeyedRow> keyed = densities.rows().map(KeyedRow.keys(seed));
        KeyCensus census = keyed.fold(KeyCensus::new);
        densities.sketch().ifPresent(sketch -> requireUnchanged(sketch, census));
        if (census.rows() == 0) {
            throw new UserException("Cannot sample: population = 0 rows, expected at least one; look at the filters of"
                    + " the stages before");
        }
        long asked = size.of(census.rows());
        List<String> warnings = new ArrayList<>();
        if (asked > census.rows()) {
            warnings.add(
                    "size = " + asked + " is more than the population of " + census.rows() + ": all rows are kept");
        }
        if (densities.emptyRows() > 0) {
            warnings.add(densities.emptyRows() + " of " + census.rows()
                    + " rows have no value but zero; they count as equal to one another and unlike all else");
        }
        densities.sharpness().flatMap(SharpnessChoice::warning).ifPresent(warnings::add);
        if (densities.sketch().isPresent()) {
            warning(census.effectiveShare()).ifPresent(warnings::add);
        }
        Optional<KeyedRow> first = asked < census.rows() ? Optional.of(ranked(keyed, census, asked)) : Optional.empty();
        double tau = first.map(KeyedRow::key).orElse(Double.POSITIVE_INFINITY);
        Rows<KeyedRow> kept =
                first.map(end -> keyed.where(row -> row.compareTo(end) < 0)).orElse(keyed);
        return new Sample(
                kept.map(row -> sampled(row, tau)),
                census.rows(),
                Math.min(asked, census.rows()),
                census.effectiveShare(),
                tau,
                List.copyOf(warnings),
                densities);
    }

    private static SampledRow sampled(KeyedRow row, double tau) {
        double weight = 1 / row.density();
        return new SampledRow(row.id(), row.density(), weight, row.key(), -StrictMath.expm1(-weight * tau));
    }

    private static void requireUnchanged(DensitySketch sketch, KeyCensus census) {
        if (census.rows() != sketch.rows() || census.total() != sketch.totalOfAll()) {
            throw new UserException("Cannot sample: rows = " + census.rows() + " in the second pass, expected the "
                    + sketch.rows() + " of the first, unchanged; sample from a committed artifact or an immutable"
                    + " snapshot");
        }
    }

    /** The row of a rank, from 0, by key and id: bits of its key from histograms, then the few rows that share them. */
    static KeyedRow ranked(Rows<KeyedRow> keyed, KeyCensus census, long rank) {
        Place place = census.histogram().place(rank);
        while (place.rows() > FEW && !place.prefix().whole()) {
            Place wider = place;
            place = keyed.fold(() -> new KeyHistogram(wider.prefix())).place(wider.rank());
        }
        Place last = place;
        List<KeyedRow> few = keyed.where(row -> last.prefix().of(row)).collect();
        return few.stream().sorted().skip(last.rank()).findFirst().orElseThrow();
    }

    /** What an effective share says of the weights, if it says that they do not do what they are for. */
    static Optional<String> warning(double effectiveShare) {
        String share = String.format(Locale.ROOT, "effective sample size = %.3f of the rows", effectiveShare);
        if (effectiveShare < 0.05) {
            return Optional.of(
                    share + ", below 0.05: this collects outliers. Raise sharpness, or embed the rows so that"
                            + " they have neighbours");
        }
        if (effectiveShare > 0.95) {
            return Optional.of(share + ", above 0.95: this is uniform sampling. Lower sharpness, or embed the rows so"
                    + " that some are dense");
        }
        return Optional.empty();
    }
}
