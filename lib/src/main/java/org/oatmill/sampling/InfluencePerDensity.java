package org.oatmill.sampling;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * Rows drawn with weight w = (max(s, 0) + delta)^alpha / K, s being a row's worth and K its density: the
 * highest worth alone buys duplicates, density alone ignores the target. So alpha = 0 is the sample of
 * the density's method under the same seed, and a flat density is influence alone.
 *
 * @param score name of the worth, a number of every row
 * @param alpha how much worth counts
 * @param floor delta, as a share of the mean of max(s, 0): scores have no scale of their own
 * @param density the method whose densities divide
 */
@Describe("drawn in proportion to worth over density: worth without its duplicates")
public record InfluencePerDensity(
        @Describe("name of the worth in the input scores") String score,
        @Describe("how much worth counts; 0 is sampling by density alone") double alpha,
        @Describe("what is added to every worth, as a share of the mean positive part") double floor,
        @Describe("the method whose densities divide") SamplingMethod density)
        implements WeightedMethod {

    public InfluencePerDensity {
        if (!(alpha >= 0) || Double.isInfinite(alpha)) {
            throw new UserException("Cannot sample: alpha = " + alpha + ", expected 0 or more");
        }
        if (!(floor > 0) || Double.isInfinite(floor)) {
            throw new UserException("Cannot sample: floor = " + floor + ", expected above 0");
        }
        if (!(density instanceof WeightedMethod) || density instanceof InfluencePerDensity) {
            throw new UserException(
                    "Cannot sample: density = " + density + ", expected a method that measures one, such as wds");
        }
    }

    @Override
    public Set<String> needs() {
        return Set.of(score);
    }

    @Override
    public Optional<SketchFamily> sketches(long seed) {
        return density.sketches(seed);
    }

    @Override
    public Densities densities(Rows<Candidate> rows, long seed) {
        String name = score;
        Densities by = ((WeightedMethod) density).densities(rows.map(row -> row.having(name)), seed);
        PositivePart positive = by.rows().fold(() -> new PositivePart(name));
        if (alpha > 0 && positive.rows > 0 && positive.mean() == 0) {
            by.release();
            throw new UserException(
                    "Cannot sample: " + score + " is above 0 in no row, expected a worth that is, such as"
                            + " linfik's; a suspicion, with its sign turned, never is");
        }
        double delta = positive.mean() > 0 ? floor * positive.mean() : 1;
        double power = alpha;
        return by.with(by.rows().map(row -> row.worth(StrictMath.pow(Math.max(0, value(row, name)) + delta, power))));
    }

    private static double value(RowDensity row, String name) {
        return Objects.requireNonNull(row.facts().values().get(name));
    }

    private static final class PositivePart implements Summary<RowDensity, PositivePart> {
        private static final long serialVersionUID = 1L;

        private final String name;
        private final ExactSum sum = new ExactSum();
        private long rows;

        PositivePart(String name) {
            this.name = name;
        }

        @Override
        public void add(RowDensity row) {
            sum.add(Math.max(0, value(row, name)));
            rows++;
        }

        @Override
        public void merge(PositivePart other) {
            sum.add(other.sum);
            rows += other.rows;
        }

        double mean() {
            return rows == 0 ? 0 : sum.value() / rows;
        }
    }
}
