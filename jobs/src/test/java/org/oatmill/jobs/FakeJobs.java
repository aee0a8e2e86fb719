package org.oatmill.jobs;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Methods;
import org.oatmill.core.Required;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;

/** Small jobs with every kind of configuration, so that run files can be tested without the real ones. */
final class FakeJobs {
    private FakeJobs() {}

    static final Map<String, Job<?>> JOBS = new LinkedHashMap<>();

    static {
        for (Job<?> job : List.of(new Read(), new Plant(), new Embed(), new Sample(), new Score())) {
            JOBS.put(job.name(), job);
        }
    }

    interface Draw {
        Methods<Draw> METHODS = Methods.of(Draw.class)
                .row("uniform", () -> new Uniform(1f))
                .row("density", () -> new Density(256, 8, Side.BOTH_ENDS));
    }

    @Describe("every row alike")
    record Uniform(@Describe("share of rows") float rate) implements Draw {}

    @Describe("rare rows first")
    record Density(@Describe(value = "tables of the sketch", unit = "tables") int repetitions, int bits, Side side)
            implements Draw {
        Density {
            if (repetitions < 1 || repetitions > 4096) {
                throw new IllegalArgumentException("repetitions = " + repetitions + ", expected 1 to 4096");
            }
        }
    }

    enum Side {
        LEFT,
        BOTH_ENDS
    }

    record ReadConfig(
            @Required int rows, String text, long bytes, boolean fails, List<String> splits, @Nullable Integer limit) {
        ReadConfig {
            if (rows < 0) {
                throw new IllegalArgumentException("rows = " + rows + ", expected 0 or more");
            }
        }
    }

    record PlantConfig(Map<String, Double> shares, Window window) {}

    record Window(int from, int to) {
        Window {
            if (from > to) {
                throw new IllegalArgumentException("from and to: " + from + " comes after " + to);
            }
        }
    }

    record EmbedConfig(int dimensions) {}

    record SampleConfig(
            @Required @Describe(value = "rows to keep", unit = "rows") int size, Draw method, double floor) {}

    record ScoreConfig(@Required Draw method, @Nullable String apiKey) {}

    /** Makes {@code rows} documents. */
    static final class Read implements Job<ReadConfig> {
        @Override
        public String name() {
            return "ingest";
        }

        @Override
        public String purpose() {
            return "Makes documents.";
        }

        @Override
        public ReadConfig typical() {
            return new ReadConfig(10, "word", 1L << 40, false, List.of("pool"), null);
        }

        @Override
        public int resultVersion() {
            return 1;
        }

        @Override
        public List<Role> reads() {
            return List.of();
        }

        @Override
        public List<Table> writes() {
            return List.of(Tables.DOCUMENTS);
        }

        @Override
        public Map<String, String> external(ReadConfig config, SparkSession spark) {
            if (config.text().equals("gone")) {
                throw new UserException("Cannot read rows: text = gone, expected a word that is there");
            }
            return Map.of();
        }

        @Override
        public void run(ReadConfig config, Inputs in, Output out, SparkSession spark) {
            if (config.fails()) {
                throw new UserException("Cannot read rows: 7 of 10 are malformed; raise the share or mend the file");
            }
            if (config.text().equals("bug")) {
                throw new IllegalStateException("a bug");
            }
            out.table(
                    Tables.DOCUMENTS,
                    spark.range(config.rows())
                            .selectExpr(
                                    "cast(id AS STRING) AS id",
                                    "concat('" + config.text() + " ', id, ' " + in.seed() + "') AS text",
                                    "cast(null AS STRING) AS label",
                                    "cast(map() AS MAP<STRING, STRING>) AS fields",
                                    "'pool' AS split",
                                    "cast(id AS STRING) AS `group`",
                                    "cast(1 AS FLOAT) AS weight",
                                    "'fake' AS source",
                                    "cast(null AS STRING) AS parent_id"));
            out.note("rows_asked", config.rows());
            if (config.rows() == 0) {
                out.warn("nothing was read");
            }
        }
    }

    /** Reads documents, writes documents: chains and cycles can be made of it. */
    static final class Plant implements Job<PlantConfig> {
        @Override
        public String name() {
            return "plant";
        }

        @Override
        public String purpose() {
            return "Copies what it reads.";
        }

        @Override
        public PlantConfig typical() {
            return new PlantConfig(Map.of("flipped", 0.1, "near duplicates", 0.25), new Window(1, 5));
        }

        @Override
        public int resultVersion() {
            return 1;
        }

        @Override
        public List<Role> reads() {
            return List.of(new Role("documents", Tables.DOCUMENTS, true));
        }

        @Override
        public List<Table> writes() {
            return List.of(Tables.DOCUMENTS);
        }

        @Override
        public void run(PlantConfig config, Inputs in, Output out, SparkSession spark) {
            out.table(Tables.DOCUMENTS, in.table("documents", Tables.DOCUMENTS));
        }
    }

    /** Reads documents, writes vectors. */
    static final class Embed implements Job<EmbedConfig> {
        @Override
        public String name() {
            return "embed";
        }

        @Override
        public String purpose() {
            return "Holds vectors.";
        }

        @Override
        public EmbedConfig typical() {
            return new EmbedConfig(64);
        }

        @Override
        public int resultVersion() {
            return 1;
        }

        @Override
        public List<Role> reads() {
            return List.of(new Role("documents", Tables.DOCUMENTS, true));
        }

        @Override
        public List<Table> writes() {
            return List.of(Tables.VECTORS);
        }

        @Override
        public void run(EmbedConfig config, Inputs in, Output out, SparkSession spark) {
            out.table(
                    Tables.VECTORS,
                    in.table("documents", Tables.DOCUMENTS)
                            .selectExpr(
                                    "id",
                                    "named_struct('size', " + config.dimensions()
                                            + ", 'indices', cast(null AS ARRAY<INT>), 'values',"
                                            + " array(cast(length(text) AS FLOAT))) AS vector"));
        }
    }

    /** Reads what {@link Embed} writes. */
    static final class Sample implements Job<SampleConfig> {
        @Override
        public String name() {
            return "sample";
        }

        @Override
        public String purpose() {
            return "Keeps some.";
        }

        @Override
        public SampleConfig typical() {
            return new SampleConfig(2000, new Density(512, 4, Side.LEFT), 1e-3);
        }

        @Override
        public int resultVersion() {
            return 1;
        }

        @Override
        public List<Role> reads() {
            return List.of(new Role("vectors", Tables.VECTORS, true), new Role("documents", Tables.DOCUMENTS, false));
        }

        @Override
        public List<Table> writes() {
            return List.of(Tables.VECTORS);
        }

        @Override
        public void run(SampleConfig config, Inputs in, Output out, SparkSession spark) {
            out.table(Tables.VECTORS, in.table("vectors", Tables.VECTORS));
        }
    }

    /** Has a method without default, and a secret. */
    static final class Score implements Job<ScoreConfig> {
        @Override
        public String name() {
            return "score";
        }

        @Override
        public String purpose() {
            return "Scores.";
        }

        @Override
        public ScoreConfig typical() {
            return new ScoreConfig(new Uniform(0.1f), null);
        }

        @Override
        public int resultVersion() {
            return 1;
        }

        @Override
        public List<Role> reads() {
            return List.of(new Role("documents", Tables.DOCUMENTS, true));
        }

        @Override
        public List<Table> writes() {
            return List.of(Tables.DOCUMENTS);
        }

        @Override
        public void run(ScoreConfig config, Inputs in, Output out, SparkSession spark) {
            out.table(Tables.DOCUMENTS, in.table("documents", Tables.DOCUMENTS));
        }
    }
}
