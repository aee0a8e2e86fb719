package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Columns;
import org.oatmill.core.Describe;
import org.oatmill.core.Table;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.influence.RowSelection;
import org.oatmill.influence.ValuedRow;
import org.oatmill.spark.artifact.Inputs;
import org.oatmill.spark.artifact.Output;

/**
 * Keeps rows by their scores, the best end first: the highest where the score is a worth, the lowest
 * where it is a suspicion. The result has the shape of a sample, so it can be anybody's {@code chosen}.
 */
public final class SelectJob implements Job<SelectJob.Config> {
    private static final double STANDARD_FRACTION = 0.5;

    /**
     * @param method how rows are chosen
     * @param size rows to keep
     * @param fraction share of the scored rows to keep
     */
    public record Config(
            @Describe("how rows are chosen") RowSelection method,
            @Nullable @Describe(value = "how many to keep", unit = "rows") Integer size,
            @Nullable @Describe("share of the scored rows to keep; 0.5 where neither size nor fraction is given")
                    Double fraction) {

        public Config {
            if (size != null && fraction != null) {
                throw new UserException("Cannot choose rows: size = " + size + " and fraction = " + fraction
                        + ", expected one of the two; remove the other");
            }
            if (size != null && size < 1) {
                throw new UserException("Cannot choose rows: size = " + size + ", expected 1 or more");
            }
            if (fraction != null && !(fraction > 0 && fraction <= 1)) {
                throw new UserException(
                        "Cannot choose rows: fraction = " + fraction + ", expected more than 0, at most 1");
            }
        }

        int of(int rows) {
            double share = fraction != null ? fraction : STANDARD_FRACTION;
            return size != null ? size : Math.max(1, (int) Math.round(share * rows));
        }
    }

    @Override
    public String name() {
        return "select";
    }

    @Override
    public String purpose() {
        return "Keeps rows by their scores.";
    }

    @Override
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    public Config typical() {
        return new Config(RowSelection.METHODS.typical("top-per-label"), null, null);
    }

    @Override
    public int resultVersion() {
        return 3;
    }

    @Override
    public List<Role> reads() {
        return List.of(new Role("influence", Tables.INFLUENCE, true), new Role("documents", Tables.DOCUMENTS, false));
    }

    @Override
    public List<Table> writes() {
        return List.of(Tables.SAMPLE);
    }

    @Override
    public void run(Config config, Inputs in, Output out, SparkSession spark) {
        List<ValuedRow> valued = valued(config.method(), in);
        int size = config.of(valued.size());
        if (size > valued.size()) {
            out.warn("size = " + size + " is more than the " + valued.size() + " rows with a score: all are kept");
        }
        String method = RowSelection.METHODS.name(config.method());
        List<Row> rows = new ArrayList<>();
        config.method()
                .choose(valued, size)
                .forEach(row ->
                        rows.add(RowFactory.create(row.id(), method, null, null, null, null, row.worth(), null, null)));
        out.table(Tables.SAMPLE, rows, spark);
        out.note("population", valued.size());
        out.note("size", rows.size());
    }

    private static List<ValuedRow> valued(RowSelection method, Inputs in) {
        Dataset<Row> table = Worth.of(in.table("influence", Tables.INFLUENCE));
        table = method.needsLabel()
                ? labelled(table, in)
                : table.withColumn(Columns.LABEL.name(), functions.lit(null).cast("string"));
        return table.orderBy("id").collectAsList().stream()
                .map(row -> new ValuedRow(row.getString(0), row.getDouble(1), row.getString(2)))
                .toList();
    }

    private static Dataset<Row> labelled(Dataset<Row> rows, Inputs in) {
        Dataset<Row> labels = in.optional("documents")
                .orElseThrow(
                        () -> new UserException("Cannot choose rows: the method needs a label of every row and there"
                                + " is no input documents, expected input { influence = …, documents = … }"))
                .table(Tables.DOCUMENTS)
                .select(Columns.ID.name(), Columns.LABEL.name());
        Dataset<Row> joined = rows.join(labels, new String[] {Columns.ID.name()}, "left");
        List<Row> without = joined.where(col(Columns.LABEL.name()).isNull())
                .orderBy("id")
                .limit(1)
                .collectAsList();
        if (!without.isEmpty()) {
            throw new UserException(
                    "Cannot choose rows: row id = " + without.get(0).getString(0)
                            + " has no label in the input documents, expected one for every scored row; value only rows that"
                            + " have one");
        }
        return joined;
    }
}
