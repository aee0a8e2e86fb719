package org.oatmill.sampling;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.sampling.KeyHistogram.Place;

/**
 * How rows are drawn, given a weight of each: a number exactly, without replacement and without
 * sorting; the k rows with the smallest keys, ties ordered by id. A row's key is exponential with
 * rate w = 1 / density, so rows are drawn one after the other in proportion to w (Efraimidis and
 * Spirakis 2006), and a larger sample of the same seed contains a smaller one.
 *
 * <p>With tau the (k+1)-th smallest key, a row is kept with probability 1 - exp(-w tau), given the
 * keys of all others (rank conditioning: Cohen and Kaplan, PODC 2007): sums of y / probability over
 * the sample are unbiased for sums of y over the population.
 *
 * @param size how many rows
 */
public record Draw(SampleSize size) implements Serializable {

    /** Rows few enough to be ordered in one place. */
    private static final long FEW = 4096;

    /** So many rows, and nothing else asked. */
    public static Draw of(SampleSize size) {
        return new Draw(size);
    }

    Sample from(Densities densities, long seed) {
        Rows<KeyedRow> keyed = densities.rows().map(KeyedRow.keys(seed));
        KeyCensus census = keyed.fold(KeyCensus::new);
        densities.sketch().ifPresent(sketch -> requireUnchanged(sketch, census));
        if (census.rows() == 0) {
            throw new UserException("Cannot sample: population = 0 rows, expected at least one; look at the filters of"
                    + " the stages before");
        }
        long asked = size.of(census.rows());
        List<String> warnings = warnings(densities, census, asked);
        Optional<KeyedRow> first = asked < census.rows() ? Optional.of(ranked(keyed, census, asked)) : Optional.empty();
        double tau = first.map(KeyedRow::key).orElse(Double.POSITIVE_INFINITY);
        Rows<KeyedRow> kept =
                first.map(end -> keyed.where(row -> row.compareTo(end) < 0)).orElse(keyed);
        return new Sample(
                kept.map(row -> sampled(row, tau)),
                Optional.empty(),
                census.rows(),
                Math.min(asked, census.rows()),
                Optional.of(new Drawn(densities, census.effectiveShare(), tau)),
                Map.of(),
                warnings,
                densities.held());
    }

    private static List<String> warnings(Densities densities, KeyCensus census, long asked) {
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
        return List.copyOf(warnings);
    }

    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    private static SampledRow sampled(KeyedRow row, double tau) {
        double weight = 1 / row.density();
        double chance = -StrictMath.expm1(-weight * tau);
        return new SampledRow(row.id(), row.density(), weight, row.key(), chance, null, null, row.facts());
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
