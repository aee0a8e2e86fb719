package org.oatmill.jobs;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.sampling.DensitySketch;
import org.oatmill.sampling.Draw;
import org.oatmill.sampling.Drawn;
import org.oatmill.sampling.Sample;
import org.oatmill.sampling.SampleSize;
import org.oatmill.sampling.SamplingMethod;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;
import org.oatmill.spark.sampling.SampledTable;

/**
 * Keeps rows that cover the data. Commits the kept rows only; the density of any other row can be read
 * from the file {@code sketch}.
 */
public final class SampleJob implements Job<SampleJob.Config> {
    static final String SKETCH = "sketch";
    private static final double STANDARD_FRACTION = 0.01;
    private static final long ROWS_PER_FILE = 1_000_000;

    /**
     * @param method how rows are chosen
     * @param size rows to keep
     * @param fraction share of the rows to keep
     */
    public record Config(
            @Describe("how rows are chosen") SamplingMethod method,
            @Nullable @Describe(value = "how many to keep", unit = "rows") Long size,
            @Nullable @Describe("share of the rows to keep; 0.01 where neither size nor fraction is given")
                    Double fraction) {

        public Config {
            if (size != null && fraction != null) {
                throw new UserException("Cannot sample: size = " + size + " and fraction = " + fraction
                        + ", expected one of the two; remove the other");
            }
            sampleSize(size, fraction);
        }

        SampleSize sampleSize() {
            return sampleSize(size, fraction);
        }

        private static SampleSize sampleSize(@Nullable Long size, @Nullable Double fraction) {
            return size != null
                    ? SampleSize.rows(size)
                    : SampleSize.share(fraction != null ? fraction : STANDARD_FRACTION);
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
        return 3;
    }

    @Override
    public List<Role> reads() {
        return List.of(
                new Role("vectors", Tables.VECTORS, true),
                new Role("documents", Tables.DOCUMENTS, false),
                new Role("scores", Role.ANY, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.SAMPLE);
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) throws IOException {
        try (SampledTable sampled = sampled(config.method(), Draw.of(config.sampleSize()), in, out)) {
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

    private static SampledTable sampled(SamplingMethod method, Draw how, Inputs in, Output out) {
        if (method.needs().isEmpty() && in.optional("documents").isEmpty()) {
            return SampledTable.of(in.artifact("vectors"), method, how, in.seed(), out.root());
        }
        Candidates candidates = Candidates.of(in, method.needs());
        return SampledTable.of(candidates.rows(), candidates.targets(), method, how, in.seed());
    }

    private static int files(long rows) {
        return (int) (1 + rows / ROWS_PER_FILE);
    }

    private static void describe(Drawn drawn, Output out) throws IOException {
        out.note("effective_sample_size", drawn.effectiveShare());
        out.note("tau", drawn.tau());
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
