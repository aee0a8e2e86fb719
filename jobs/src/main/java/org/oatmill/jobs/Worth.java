package org.oatmill.jobs;

import static org.apache.spark.sql.functions.col;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.oatmill.core.Columns;
import org.oatmill.core.UserException;
import org.oatmill.influence.InfluenceMethod;
import org.oatmill.influence.Question;

/** Scores of one engine, turned so that high is good: a suspicion changes its sign. */
final class Worth {
    private Worth() {}

    /** Columns id and score of a table with the columns of {@link org.oatmill.core.Tables#INFLUENCE}. */
    static Dataset<Row> of(Dataset<Row> influence) {
        List<Row> engines =
                influence.select(Columns.ENGINE.name()).distinct().limit(2).collectAsList();
        if (engines.size() != 1) {
            throw new UserException("Cannot choose rows: the input holds scores of "
                    + (engines.isEmpty() ? "no engine" : "several engines") + ", expected one");
        }
        String engine = engines.get(0).getString(0);
        InfluenceMethod method = InfluenceMethod.METHODS.rows().get(engine);
        if (method == null) {
            throw new UserException("Cannot choose rows: engine = " + engine + ", expected one of "
                    + InfluenceMethod.METHODS.rows().keySet() + "; make the influence stage with this release");
        }
        double sign = method.question() == Question.SUSPICION ? -1 : 1;
        return influence.select(
                col(Columns.ID.name()),
                col(Columns.SCORE.name()).multiply(functions.lit(sign)).as(Columns.SCORE.name()));
    }
}
