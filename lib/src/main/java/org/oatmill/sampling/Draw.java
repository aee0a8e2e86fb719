package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Rows;
import org.oatmill.core.Score;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * How rows are drawn, given a weight of each: by default a number exactly, without replacement and
 * without sorting; the k rows with the smallest keys, ties ordered by id. A row's key is exponential
 * with rate w = worth / density, so rows are drawn one after the other in proportion to w (Efraimidis
 * and Spirakis 2006), and a larger sample of the same seed contains a smaller one.
 *
 * <p>With tau the (k+1)-th smallest key, a row is kept with probability 1 - exp(-w tau), given the
 * keys of all others (rank conditioning: Cohen and Kaplan, PODC 2007): sums of y / probability over
 * the sample are unbiased for sums of y over the population. In strata, each has a k and a tau of its
 * own.
 *
 * @param size how many rows
 * @param sampler how weights become a sample
 * @param strata parts of the population to draw from apart
 * @param floor which rows cannot be kept
 * @param estimate numbers whose means are to be told, of the sample and of what it was drawn from
 * @param weights training weights to give
 */
public record Draw(
        SampleSize size,
        Sampler sampler,
        Optional<Strata> strata,
        Optional<Floor> floor,
        List<String> estimate,
        Optional<TrainingWeights> weights) {

    /** So many rows, exactly, and nothing else asked. */
    public static Draw of(SampleSize size) {
        return new Draw(size, Sampler.BOTTOM_K, Optional.empty(), Optional.empty(), List.of(), Optional.empty());
    }

    Draw sized(SampleSize other) {
        return new Draw(other, sampler, strata, floor, estimate, weights);
    }

    public Draw by(Sampler other) {
        return new Draw(size, other, strata, floor, estimate, weights);
    }

    public Draw within(Strata parts) {
        return new Draw(size, sampler, Optional.of(parts), floor, estimate, weights);
    }

    /** What must be known of every row, in the words of {@link SamplingMethod#needs}. */
    public Set<String> needs() {
        Set<String> needs = new TreeSet<>(estimated());
        strata.ifPresent(parts -> needs.add(SamplingMethod.LABEL));
        return needs;
    }

    /** Numbers whose means are told: those named, and the floor's. */
    List<String> estimated() {
        Set<String> columns = new TreeSet<>(estimate);
        floor.ifPresent(f -> columns.add(f.column()));
        return List.copyOf(columns);
    }

    boolean asksForChance() {
        return sampler != Sampler.BOTTOM_K || strata.isPresent() || weights.isPresent();
    }

    /** Draws from rows with weights. */
    Sample from(Densities densities, long seed) {
        Rows<KeyedRow> rows = densities.rows().map(KeyedRow.of(seed, strata.isPresent()));
        Score<KeyedRow, Double> number = sampler == Sampler.POISSON ? KeyedRow::weight : KeyedRow::key;
        DrawCensus census = rows.fold(() -> new DrawCensus(number));
        densities.sketch().ifPresent(sketch -> requireUnchanged(sketch, census));
        if (census.rows() == 0) {
            throw new UserException("Cannot sample: population = 0 rows, expected at least one; look at the filters of"
                    + " the stages before"
                    + floor.map(f -> ", and at the floor").orElse(""));
        }
        long asked = size.of(census.rows());
        SortedMap<String, Long> sizes = census.sizes();
        Map<String, Long> quotas = strata.map(parts -> parts.quotas(sizes, asked))
                .orElseGet(() -> new TreeMap<>(Map.of("", Math.min(asked, census.rows()))));
        List<String> warnings = warnings(densities, census, asked);
        List<Stratum> parts = new ArrayList<>();
        Rows<SampledRow> kept =
                switch (sampler) {
                    case BOTTOM_K -> {
                        SortedMap<String, KeyedRow> ends = Thresholds.of(rows, census, quotas);
                        sizes.forEach((name, n) -> parts.add(new Stratum(
                                name,
                                n,
                                quotas.getOrDefault(name, 0L),
                                quotas.getOrDefault(name, 0L),
                                ends.containsKey(name) ? ends.get(name).key() : Double.POSITIVE_INFINITY)));
                        yield rows.where(row -> isBefore(row, ends.get(row.stratum())))
                                .map(row -> sampled(row, chance(row, ends.get(row.stratum()))));
                    }
                    case POISSON -> {
                        Map<String, Double> rates = PoissonRate.of(rows, census, quotas);
                        Rows<KeyedRow> drawn =
                                rows.where(row -> row.exponential() < -StrictMath.log1p(-chance(row, rates)));
                        Map<String, Long> counts = drawn.fold(Tally::new).rows;
                        sizes.forEach((name, n) -> parts.add(new Stratum(
                                name,
                                n,
                                quotas.getOrDefault(name, 0L),
                                counts.getOrDefault(name, 0L),
                                rates.getOrDefault(name, 0.0))));
                        yield drawn.map(row -> sampled(row, chance(row, rates)));
                    }
                };
        return new Sample(
                kept,
                Optional.empty(),
                census.rows(),
                parts.stream().mapToLong(Stratum::size).sum(),
                Optional.of(new Drawn(densities, sampler, census.effectiveShare(), List.copyOf(parts))),
                Map.of(),
                warnings,
                densities.held());
    }

    private static boolean isBefore(KeyedRow row, @Nullable KeyedRow end) {
        return end == null || row.compareTo(end) < 0;
    }

    private static double chance(KeyedRow row, @Nullable KeyedRow end) {
        return end == null ? 1 : -StrictMath.expm1(-row.weight() * end.key());
    }

    private static double chance(KeyedRow row, Map<String, Double> rates) {
        return Math.min(1, rates.getOrDefault(row.stratum(), 0.0) * row.weight());
    }

    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    private static SampledRow sampled(KeyedRow row, double chance) {
        String stratum = row.stratum().isEmpty() ? null : row.stratum();
        RowDensity of = row.row();
        return new SampledRow(of.id(), of.density(), row.weight(), row.key(), chance, null, stratum, null, of.facts());
    }

    private static final class Tally implements Summary<KeyedRow, Tally> {
        private static final long serialVersionUID = 1L;

        private final TreeMap<String, Long> rows = new TreeMap<>();

        @Override
        public void add(KeyedRow row) {
            rows.merge(row.stratum(), 1L, Long::sum);
        }

        @Override
        public void merge(Tally other) {
            other.rows.forEach((stratum, n) -> rows.merge(stratum, n, Long::sum));
        }
    }

    private List<String> warnings(Densities densities, DrawCensus census, long asked) {
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

    private static void requireUnchanged(DensitySketch sketch, DrawCensus census) {
        if (census.rows() != sketch.rows() || census.total() != sketch.totalOfAll()) {
            throw new UserException("Cannot sample: rows = " + census.rows() + " in the second pass, expected the "
                    + sketch.rows() + " of the first, unchanged; sample from a committed artifact or an immutable"
                    + " snapshot");
        }
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
