package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;

/**
 * Plants known troubles in the pool, so that whatever looks for trouble can be scored against the
 * truth in {@code planted}. All other splits pass through.
 *
 * <p>Of a pool of n rows, a share s of a kind is exactly ⌈s·n⌉ rows, those with the smallest
 * u(stage seed, "plant " + kind, id); a row has one kind at most.
 *
 * <ul>
 *   <li><b>flipped-label</b>: the row gets another class of the pool. {@code true_label} is the old
 *       one.
 *   <li><b>fragment</b>: of a row of four words or more, one to three consecutive words are left;
 *       its class is drawn at random and may be the old one.
 *   <li><b>near-duplicate</b>: a row is copied as {@code <id>#1} with one word dropped, two words
 *       swapped or one letter doubled; the copy keeps label and group and names its parent. The
 *       original is none of the above.
 *   <li><b>off-domain</b>: rows of the input {@code off_domain}, of its split pool, are added with
 *       their ids and texts; their class is drawn at random from the pool's.
 * </ul>
 *
 * <p>Rows with prompt, completion or messages in {@code fields} can be flipped only: their text is
 * not what a model would read.
 */
public final class PlantJob implements Job<PlantJob.Config> {

    /**
     * @param flippedLabel share of the pool's rows
     * @param nearDuplicate share of the pool's rows
     * @param offDomain share of the pool's rows
     * @param fragment share of the pool's rows
     */
    public record Config(
            @Describe("rows that get a wrong class, as a share of the pool") double flippedLabel,
            @Describe("slightly edited copies to add, as a share of the pool") double nearDuplicate,
            @Describe("rows of the input off_domain to add, as a share of the pool") double offDomain,
            @Describe("rows cut to one to three words, as a share of the pool") double fragment) {
        public Config {
            for (double share : new double[] {flippedLabel, nearDuplicate, offDomain, fragment}) {
                if (!(share >= 0 && share <= 1)) {
                    throw new UserException("Cannot plant: share = " + share + ", expected 0 to 1");
                }
            }
        }
    }

    static final String FLIPPED_LABEL = "flipped-label";
    static final String NEAR_DUPLICATE = "near-duplicate";
    static final String OFF_DOMAIN = "off-domain";
    static final String FRAGMENT = "fragment";

    private static final String POOL = "pool";
    private static final int MOST_CLASSES = 10_000;

    @Override
    public String name() {
        return "plant";
    }

    @Override
    public String purpose() {
        return "Plants known troubles in the pool and records them, so that a pipeline can be scored against truth.";
    }

    @Override
    public Config typical() {
        return new Config(0.05, 0.05, 0, 0.05);
    }

    @Override
    public int resultVersion() {
        return 1;
    }

    @Override
    public List<Role> reads() {
        return List.of(new Role("documents", Tables.DOCUMENTS, true), new Role("off_domain", Tables.DOCUMENTS, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.DOCUMENTS, Tables.PLANTED);
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) {
        Dataset<Row> documents = in.table("documents", Tables.DOCUMENTS);
        Dataset<Row> pool = documents.filter(col("split").equalTo(POOL));
        long n = pool.count();
        if (n == 0) {
            throw new UserException("Cannot plant: the input documents has 0 rows of split = pool, expected some;"
                    + " set the source's split to pool");
        }
        List<String> classes = classes(pool);
        Plan plan = plan(config, in.seed(), n, classes, pool);

        // One pass makes both tables; kept, so that they are cut from the same rows.
        Dataset<Row> made = pool.flatMap(plan, Encoders.row(MADE));
        if (config.offDomain() > 0) {
            made = made.union(offDomain(config, in, n, plan));
        }
        made = made.persist(StorageLevel.MEMORY_AND_DISK());
        try {
            refuseRepeatedIds(documents, made);
            out.table(
                    Tables.DOCUMENTS,
                    documents.filter(col("split").notEqual(POOL)).unionByName(made.select("document.*")));
            Dataset<Row> planted = out.table(
                    Tables.PLANTED,
                    made.filter(col("kind").isNotNull())
                            .select(col("document.id").as("id"), col("kind"), col("origin_id"), col("true_label")));
            Map<String, Long> counts = new LinkedHashMap<>();
            planted.groupBy("kind")
                    .count()
                    .orderBy("kind")
                    .collectAsList()
                    .forEach(row -> counts.put(row.getString(0), row.getLong(1)));
            out.note("pool", n);
            out.note("planted", counts);
        } finally {
            made.unpersist();
        }
    }

    private static final StructType DOCUMENT = StructType.fromDDL(Tables.DOCUMENTS.ddl());
    private static final StructType MADE = new StructType()
            .add("document", DOCUMENT)
            .add("kind", DataTypes.StringType)
            .add("origin_id", DataTypes.StringType)
            .add("true_label", DataTypes.StringType);

    private static List<String> classes(Dataset<Row> pool) {
        List<String> classes = new ArrayList<>();
        pool.select("label")
                .filter(col("label").isNotNull())
                .distinct()
                .limit(MOST_CLASSES + 1)
                .collectAsList()
                .forEach(row -> classes.add(row.getString(0)));
        if (classes.size() > MOST_CLASSES) {
            throw new UserException("Cannot plant: the pool has more than " + MOST_CLASSES
                    + " labels, expected classes; is columns.label the right column?");
        }
        Collections.sort(classes);
        return classes;
    }

    private static Plan plan(Config config, long seed, long n, List<String> classes, Dataset<Row> pool) {
        Plan plan = new Plan(seed, classes, Last.NONE, Last.NONE, Last.NONE);
        long flipped = rows(config.flippedLabel(), n);
        if (flipped > 0 && classes.size() < 2) {
            throw new UserException("Cannot plant: flipped_label = " + config.flippedLabel()
                    + ", expected 0 for a pool of " + classes.size() + " classes; a flip needs two");
        }
        plan = new Plan(seed, classes, last(FLIPPED_LABEL, flipped, pool, plan), Last.NONE, Last.NONE);
        plan = new Plan(seed, classes, plan.flipped, last(FRAGMENT, rows(config.fragment(), n), pool, plan), Last.NONE);
        return new Plan(
                seed,
                classes,
                plan.flipped,
                plan.fragments,
                last(NEAR_DUPLICATE, rows(config.nearDuplicate(), n), pool, plan));
    }

    private static long rows(double share, long n) {
        return (long) Math.ceil(share * n);
    }

    /** Where to stop: the k-th smallest (u, id) of the rows that may be of a kind and are of none yet. */
    private static Last last(String kind, long k, Dataset<Row> rows, Plan plan) {
        if (k == 0) {
            return Last.NONE;
        }
        Dataset<Row> draws = rows.filter((FilterFunction<Row>) row -> plan.mayBe(kind, row))
                .select(u(plan.seed, kind).apply(col("id")).as("u"), col("id"))
                .orderBy("u", "id")
                .limit(Math.toIntExact(k));
        Row found = draws.agg(functions.count(lit(1)), functions.max(functions.struct(col("u"), col("id"))))
                .first();
        if (found.getLong(0) < k) {
            throw new UserException(
                    "Cannot plant: " + k + " rows of kind " + kind + " are asked for, and " + found.getLong(0)
                            + " rows are fit for it (" + fitness(kind) + "), expected as many; lower its share");
        }
        return new Last(found.getStruct(1).getDouble(0), found.getStruct(1).getString(1));
    }

    private static String fitness(String kind) {
        return switch (kind) {
            case FLIPPED_LABEL -> "a label";
            case FRAGMENT -> "four words, no prompt or messages, no label flipped";
            case NEAR_DUPLICATE -> "a word, no prompt or messages, neither flipped nor cut";
            default -> "in the input off_domain, of split pool";
        };
    }

    private static UserDefinedFunction u(long seed, String kind) {
        return functions.udf((UDF1<String, Double>) id -> draw(seed, kind, id), DataTypes.DoubleType);
    }

    private static double draw(long seed, String kind, String id) {
        return Chance.u(seed, "plant " + kind, id);
    }

    private static Dataset<Row> offDomain(Config config, Inputs in, long n, Plan plan) {
        Dataset<Row> other = in.optional("off_domain")
                .orElseThrow(() -> new UserException("Cannot plant: off_domain = " + config.offDomain()
                        + " and no input of that name, expected input { documents = …, off_domain = … } with another"
                        + " stage's documents"))
                .table(Tables.DOCUMENTS)
                .filter(col("split").equalTo(POOL));
        Last last = last(OFF_DOMAIN, rows(config.offDomain(), n), other, plan);
        return other.filter((FilterFunction<Row>) row -> last.reaches(draw(plan.seed, OFF_DOMAIN, id(row)), id(row)))
                .map(
                        (MapFunction<Row, Row>) row -> plan.made(
                                with(row, "label", plan.anyClass(id(row))), OFF_DOMAIN, null, row.getAs("label")),
                        Encoders.row(MADE));
    }

    private static void refuseRepeatedIds(Dataset<Row> documents, Dataset<Row> made) {
        Dataset<Row> added = made.filter(col("kind").isin(NEAR_DUPLICATE, OFF_DOMAIN))
                .select(col("document.id").as("id"));
        List<Row> both =
                added.join(documents, "id").select("id").orderBy("id").limit(1).collectAsList();
        if (!both.isEmpty()) {
            throw new UserException("Cannot plant: id = " + both.get(0).getString(0)
                    + " is added and stands in the documents already, expected other rows in off_domain, and documents"
                    + " that were not planted before");
        }
    }

    private static String id(Row row) {
        return row.getAs("id");
    }

    /** The row with another value in one column. */
    private static Row with(Row row, String column, @Nullable Object value) {
        Object[] values = new Object[DOCUMENT.length()];
        for (int i = 0; i < values.length; i++) {
            String name = DOCUMENT.fieldNames()[i];
            values[i] = name.equals(column) ? value : row.getAs(name);
        }
        return new GenericRowWithSchema(values, DOCUMENT);
    }

    /** The last row that is of a kind, in the order of (u, id). */
    private record Last(double u, String id) implements Serializable {
        static final Last NONE = new Last(-1, "");

        boolean reaches(double otherU, String otherId) {
            return otherU < u || otherU == u && otherId.compareTo(id) <= 0;
        }
    }

    /** What becomes of a row of the pool: a function of the row alone, given where each kind stops. */
    private record Plan(long seed, List<String> classes, Last flipped, Last fragments, Last copied)
            implements FlatMapFunction<Row, Row> {

        Plan {
            classes = new ArrayList<>(classes);
        }

        boolean isFlipped(Row row) {
            return row.getAs("label") != null && flipped.reaches(draw(seed, FLIPPED_LABEL, id(row)), id(row));
        }

        boolean isFragment(Row row) {
            return mayBe(FRAGMENT, row) && fragments.reaches(draw(seed, FRAGMENT, id(row)), id(row));
        }

        boolean isCopied(Row row) {
            return mayBe(NEAR_DUPLICATE, row) && copied.reaches(draw(seed, NEAR_DUPLICATE, id(row)), id(row));
        }

        boolean mayBe(String kind, Row row) {
            return switch (kind) {
                case FLIPPED_LABEL -> row.getAs("label") != null;
                case FRAGMENT -> isPlain(row) && words(row).length > 3 && !isFlipped(row);
                case NEAR_DUPLICATE -> isPlain(row) && !isFlipped(row) && !isFragment(row);
                default -> true;
            };
        }

        @Override
        public Iterator<Row> call(Row row) {
            if (isFlipped(row)) {
                return List.of(made(with(row, "label", otherClass(row)), FLIPPED_LABEL, id(row), row.getAs("label")))
                        .iterator();
            }
            if (isFragment(row)) {
                Row fragment = with(with(row, "text", cut(row)), "label", classes.isEmpty() ? null : anyClass(id(row)));
                return List.of(made(fragment, FRAGMENT, id(row), row.getAs("label")))
                        .iterator();
            }
            Row original = made(with(row, "", null), null, null, null);
            if (isCopied(row)) {
                Row copy = with(with(with(row, "id", id(row) + "#1"), "parent_id", id(row)), "text", edited(row));
                return List.of(original, made(copy, NEAR_DUPLICATE, id(row), row.getAs("label")))
                        .iterator();
            }
            return List.of(original).iterator();
        }

        Row made(Row document, @Nullable String kind, @Nullable String origin, @Nullable String trueLabel) {
            return RowFactory.create(document, kind, origin, trueLabel);
        }

        private int choice(String what, String id, int n) {
            return (int) (Chance.u(seed, "plant " + what, id) * n);
        }

        @Nullable
        String anyClass(String id) {
            return classes.isEmpty() ? null : classes.get(choice("class", id, classes.size()));
        }

        private String otherClass(Row row) {
            List<String> others = new ArrayList<>(classes);
            others.remove(row.<String>getAs("label"));
            return others.get(choice("class", id(row), others.size()));
        }

        private String cut(Row row) {
            String[] words = words(row);
            int length = 1 + choice("fragment length", id(row), 3);
            int from = choice("fragment start", id(row), words.length - length + 1);
            return String.join(" ", List.of(words).subList(from, from + length));
        }

        /** The text with one small edit, never the same text. */
        private String edited(Row row) {
            List<String> words = new ArrayList<>(List.of(words(row)));
            String before = String.join(" ", words);
            int edit = choice("edit", id(row), 3);
            int at = choice("edit place", id(row), Math.max(1, words.size() - 1));
            if (edit == 0 && words.size() > 1) {
                words.remove(at);
            } else if (edit == 1 && words.size() > 1) {
                Collections.swap(words, at, at + 1);
            }
            String after = String.join(" ", words);
            return after.equals(before) ? doubled(before, choice("edit letter", id(row), before.length())) : after;
        }

        /** The text with one letter doubled. */
        private static String doubled(String text, int near) {
            int at = text.charAt(near) == ' ' ? near + 1 : near;
            int from = Character.isLowSurrogate(text.charAt(at)) ? at - 1 : at;
            int to = text.offsetByCodePoints(from, 1);
            return text.substring(0, to) + text.substring(from);
        }
    }

    private static boolean isPlain(Row row) {
        Map<String, String> fields = row.getJavaMap(row.fieldIndex("fields"));
        return !fields.containsKey("prompt") && !fields.containsKey("messages");
    }

    private static String[] words(Row row) {
        return row.<String>getAs("text").strip().split("\\s+");
    }
}
