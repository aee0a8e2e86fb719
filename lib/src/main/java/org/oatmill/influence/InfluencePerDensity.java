package org.oatmill.influence;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.UserException;

/**
 * Rows drawn without replacement with weight w = (max(s, 0) + delta)^alpha / K, s being a row's worth
 * and K its density: the highest worth alone buys duplicates, density alone ignores the target. The
 * smallest keys -ln u(seed, "sample", id) / w are kept, so alpha = 0 is the sample of the density's
 * method under the same seed, and a flat density is influence alone. A row's chance is 1 - exp(-w tau),
 * tau being the first key that was not kept (rank conditioning: Cohen and Kaplan, PODC 2007).
 *
 * @param alpha how much worth counts
 * @param floor delta, as a share of the mean of max(s, 0): scores have no scale of their own
 */
@Describe("drawn in proportion to worth over density: worth without its duplicates")
public record InfluencePerDensity(
        @Describe("how much worth counts; 0 is sampling by density alone") double alpha,
        @Describe("what is added to every worth, as a share of the mean positive part") double floor)
        implements RowSelection {

    public InfluencePerDensity {
        if (!(alpha >= 0) || Double.isInfinite(alpha)) {
            throw new UserException("Cannot choose rows: alpha = " + alpha + ", expected 0 or more");
        }
        if (!(floor > 0) || Double.isInfinite(floor)) {
            throw new UserException("Cannot choose rows: floor = " + floor + ", expected above 0");
        }
    }

    @Override
    public Set<Need> needs() {
        return Set.of(Need.DENSITY);
    }

    @Override
    public List<SelectedRow> choose(List<Candidate> candidates, int size, long seed) {
        double mean = candidates.stream()
                .sorted(Comparator.comparing(Candidate::id))
                .mapToDouble(row -> Math.max(0, row.worth()))
                .average()
                .orElse(0);
        double delta = mean > 0 ? floor * mean : 1;
        List<SelectedRow> keyed = new ArrayList<>();
        for (Candidate row : candidates) {
            double weight = StrictMath.pow(Math.max(0, row.worth()) + delta, alpha) / row.density();
            double key = -StrictMath.log(Chance.u(seed, "sample", row.id())) / weight;
            keyed.add(new SelectedRow(row.id(), row.density(), weight, key, 1));
        }
        keyed.sort(Comparator.comparingDouble(SelectedRow::key).thenComparing(SelectedRow::id));
        if (size >= keyed.size()) {
            return keyed;
        }
        double tau = keyed.get(size).key();
        return keyed.subList(0, size).stream()
                .map(row -> new SelectedRow(
                        row.id(),
                        row.density(),
                        row.samplingWeight(),
                        row.key(),
                        -StrictMath.expm1(-row.samplingWeight() * tau)))
                .toList();
    }
}
