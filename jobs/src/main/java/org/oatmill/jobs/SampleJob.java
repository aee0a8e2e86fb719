package org.oatmill.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Columns;
import org.oatmill.core.Describe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.sampling.DensitySketch;
import org.oatmill.sampling.Draw;
import org.oatmill.sampling.Drawn;
import org.oatmill.sampling.Floor;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampleSize;
import org.oatmill.sampling.Sampler;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.sampling.Strata;
import org.oatmill.sampling.Strata.Quota;
import org.oatmill.sampling.TrainingWeights;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.sampling.SampledTable;
import org.oatmill.spark.sampling.SketchOutlook;

/**
 * Keeps rows that cover the data. Commits the kept rows only; the density of any other row can be read
 * from the file {@code sketch}. Where hashing is dear, what was counted in each file of vectors outlives an
 * interruption ({@link org.oatmill.core.Workspace}, {@code _summaries/}).
 */
public final class SampleJob implements Job<SampleJob.Config> {
    static final String SKETCH = "sketch";
    private static final String LABEL = Columns.LABEL.name();
    private static final double STANDARD_FRACTION = 0.01;
    private static final long ROWS_PER_FILE = 1_000_000;

    /** Whether kept rows get a training weight. */
    public enum Weighting {
        /** None: each kept row counts as before. */
        NONE,
        /** One over the chance of being kept, 1 on average: the sample then stands for the population. */
        INVERSE_PROBABILITY
    }

    /**
     * Parts of the population to draw from apart.
     *
     * @param by label, group, or a field of the input documents
     * @param quota rows of each part
     * @param sizes the same by name
     */
    public record Parts(
            @Nullable @Describe("label, group, or a field of the documents; label where it is left out") String by,
            @Nullable @Describe("rows of each; proportional where neither quota nor sizes is given") Quota quota,
            @Nullable @Describe("rows of each, by name; none of a part that is not named") Map<String, Long> sizes) {

        public Parts {
            strata(quota, sizes);
        }

        String label() {
            return by == null ? Columns.LABEL.name() : by;
        }

        Strata strata() {
            return strata(quota, sizes);
        }

        private static Strata strata(@Nullable Quota quota, @Nullable Map<String, Long> sizes) {
            Quota standard = sizes == null ? Quota.PROPORTIONAL : Quota.SIZES;
            return new Strata(quota == null ? standard : quota, sizes == null ? Map.of() : sizes);
        }
    }

    /**
     * @param method how rows are chosen
     * @param size rows to keep
     * @param fraction share of the rows to keep
     * @param sampler how weights become a sample
     * @param strata parts to draw from apart
     * @param floor what a row must reach
     * @param estimate numbers to compare
     * @param weights training weights
     * @param weightClip the largest of them
     */
    public record Config(
            @Describe("how rows are chosen") SamplingMethod method,
            @Nullable @Describe(value = "how many to keep", unit = "rows") Long size,
            @Nullable @Describe("share of the rows to keep; 0.01 where neither size nor fraction is given")
                    Double fraction,
            @Describe("exactly so many, or each row by itself and so many on average") Sampler sampler,
            @Nullable @Describe("draw from each label, group or field's value apart: { by = label, quota = equal }")
                    Parts strata,
            @Nullable @Describe("keep no row whose number lies below a bound: { column = quality, at_least = 0.5 }")
                    Floor floor,
            @Describe("numbers whose means are told, of sample and population: columns of scores, fields of documents,"
                            + " characters, vector_sum, vector_nonzeros")
                    List<String> estimate,
            @Describe("training weights of the kept rows, which tune multiplies into their own") Weighting weights,
            @Nullable @Describe("the largest training weight, in means; no limit where it is left out")
                    Double weightClip) {

        public Config {
            estimate = List.copyOf(estimate);
            if (size != null && fraction != null) {
                throw new UserException("Cannot sample: size = " + size + " and fraction = " + fraction
                        + ", expected one of the two; remove the other");
            }
            boolean named = strata != null && strata.strata().quota() == Quota.SIZES;
            if (named && (size != null || fraction != null)) {
                throw new UserException("Cannot sample: " + (size != null ? "size = " + size : "fraction = " + fraction)
                        + " and strata have sizes, expected one of the two; remove the other");
            }
            if (weightClip != null && weights == Weighting.NONE) {
                throw new UserException("Cannot sample: weight_clip = " + weightClip
                        + " without weights, expected weights = inverse-probability too");
            }
            String label = strata == null ? LABEL : strata.label();
            if (!label.equals(LABEL) && method.needs().contains(SamplingMethod.LABEL)) {
                throw new UserException(
                        "Cannot sample: strata by = " + label + ", expected label: the method needs that");
            }
            draw(size, fraction, sampler, strata, floor, estimate, weights, weightClip);
        }

        /** The method and how many, nothing else. */
        public Config(SamplingMethod method, @Nullable Long size, @Nullable Double fraction) {
            this(method, size, fraction, Sampler.BOTTOM_K, null, null, List.of(), Weighting.NONE, null);
        }

        Draw draw() {
            return draw(size, fraction, sampler, strata, floor, estimate, weights, weightClip);
        }

        String label() {
            return strata == null ? LABEL : strata.label();
        }

        private static Draw draw(
                @Nullable Long size,
                @Nullable Double fraction,
                Sampler sampler,
                @Nullable Parts parts,
                @Nullable Floor floor,
                List<String> estimate,
                Weighting weights,
                @Nullable Double clip) {
            Optional<Strata> strata = Optional.ofNullable(parts).map(Parts::strata);
            long named = strata.stream()
                    .flatMap(s -> s.sizes().values().stream())
                    .mapToLong(n -> n)
                    .sum();
            SampleSize rows = size != null
                    ? SampleSize.rows(size)
                    : named > 0
                            ? SampleSize.rows(named)
                            : SampleSize.share(fraction != null ? fraction : STANDARD_FRACTION);
            return new Draw(
                    rows,
                    sampler,
                    strata,
                    Optional.ofNullable(floor),
                    estimate,
                    weights == Weighting.NONE
                            ? Optional.empty()
                            : Optional.of(new TrainingWeights(clip == null ? Double.POSITIVE_INFINITY : clip)));
        }
    }

    @Override
    public String name() {
        return "sample";
    }

    @Override
    public String purpose() {
        return "Keeps rows that cover the data, with the chance that each had of being kept.";
    }

    @Override
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    public Config typical() {
        return new Config(SamplingMethod.METHODS.typical("wds"), null, null);
    }

    @Override
    public int resultVersion() {
        return 4;
    }

    @Override
    public List<Role> reads() {
        return List.of(
                new Role("vectors", Tables.VECTORS, true),
                new Role("documents", Tables.DOCUMENTS, false),
                new Role("scores", Role.ANY, false),
                new Role(Skills.LOSSES, Tables.DOCUMENTS, false),
                new Role(Skills.EDGES, Tables.DOCUMENTS, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.SAMPLE);
    }

    /** Methods that go by rank or rule say why they dropped a row; those that draw have no reason to give. */
    @Override
    public List<Table> mayWrite() {
        return List.of(Tables.DROPPED);
    }

    @Override
    public String outlook(Config config, Inputs in, SparkSession spark) {
        long rows = in.artifact("vectors")
                .manifest()
                .table(Tables.VECTORS.name())
                .orElseThrow()
                .rows();
        return config.method()
                .sketches(in.seed())
                .map(family -> SketchOutlook.of(in.table("vectors", Tables.VECTORS), rows, family)
                        .toString())
                .orElse("");
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) throws IOException {
        try (SampledTable sampled = sampled(config, in, out)) {
            Sample sample = sampled.sample();
            out.table(Tables.SAMPLE, sampled.rows().repartition(files(sample.size())));
            sampled.dropped()
                    .ifPresent(rows ->
                            out.table(Tables.DROPPED, rows.repartition(files(sample.population() - sample.size()))));
            out.note("population", sample.population());
            out.note("size", sample.size());
            if (sample.drawn().isPresent()) {
                describe(sample.drawn().get(), out);
            }
            sample.notes().forEach(out::note);
            sample.warnings().forEach(out::warn);
        }
    }

    private static SampledTable sampled(Config config, Inputs in, Output out) {
        SamplingMethod method = Skills.told(config.method(), in);
        Draw how = config.draw();
        Set<String> needs = new TreeSet<>(how.needs());
        needs.addAll(method.needs());
        if (needs.isEmpty() && in.optional("documents").isEmpty()) {
            return SampledTable.of(in.artifact("vectors"), method, how, in.seed(), out.root());
        }
        Candidates candidates = Candidates.of(in, needs, config.label());
        return SampledTable.of(candidates.rows(), candidates.targets(), method, how, in.seed());
    }

    private static int files(long rows) {
        return (int) (1 + rows / ROWS_PER_FILE);
    }

    private static void describe(Drawn drawn, Output out) throws IOException {
        out.note("effective_sample_size", drawn.effectiveShare());
        boolean whole =
                drawn.strata().size() == 1 && drawn.strata().get(0).name().isEmpty();
        if (!whole) {
            out.note("strata", drawn.strata());
        } else if (drawn.sampler() == Sampler.BOTTOM_K) {
            out.note("tau", drawn.strata().get(0).threshold());
        }
        if (drawn.sampler() == Sampler.POISSON) {
            out.note("expected_size", drawn.expected());
        }
        out.note("empty_rows", drawn.densities().emptyRows());
        if (drawn.densities().sketch().isPresent()) {
            DensitySketch sketch = drawn.densities().sketch().get();
            byte[] bytes = sketch.bytes();
            try (OutputStream file = out.file(SKETCH)) {
                file.write(bytes);
            }
            out.note("sketch", sketch.header());
            out.note("sketch_bytes", bytes.length);
            out.note("sharpness", drawn.densities().sharpness().orElseThrow());
        }
    }
}
