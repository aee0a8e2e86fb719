package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.oatmill.core.Rows;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;

class GotDTest {
    private static final double EPSILON = 0.1;

    private static List<Candidate> some(int rows, long seed) {
        return Populations.rows(rows, seed).stream()
                .sorted(Comparator.comparing(Candidate::id))
                .toList();
    }

    private static double[] equal(int n) {
        double[] masses = new double[n];
        Arrays.fill(masses, 1.0 / n);
        return masses;
    }

    private static double[][] costs(List<Candidate> from, List<Candidate> to) {
        double[][] costs = new double[from.size()][to.size()];
        for (int i = 0; i < from.size(); i++) {
            for (int j = 0; j < to.size(); j++) {
                double square = 0;
                for (int d = 0; d < 6; d++) {
                    square += Math.pow(unit(from.get(i), d) - unit(to.get(j), d), 2);
                }
                costs[i][j] = square;
            }
        }
        return costs;
    }

    private static double unit(Candidate row, int d) {
        return row.vector().values()[d] / row.vector().norm();
    }

    /** Entropic transport by scaling the rows and columns of a matrix, and its primal value. */
    private static double transport(double[][] cost, double[] a, double[] b) {
        double[] u = new double[a.length];
        double[] v = new double[b.length];
        Arrays.fill(v, 1);
        for (int round = 0; round < 4000; round++) {
            for (int i = 0; i < u.length; i++) {
                double sum = 0;
                for (int j = 0; j < v.length; j++) {
                    sum += Math.exp(-cost[i][j] / EPSILON) * b[j] * v[j];
                }
                u[i] = 1 / sum;
            }
            for (int j = 0; j < v.length; j++) {
                double sum = 0;
                for (int i = 0; i < u.length; i++) {
                    sum += Math.exp(-cost[i][j] / EPSILON) * a[i] * u[i];
                }
                v[j] = 1 / sum;
            }
        }
        double value = 0;
        for (int i = 0; i < u.length; i++) {
            for (int j = 0; j < v.length; j++) {
                double ratio = u[i] * v[j] * Math.exp(-cost[i][j] / EPSILON);
                value += a[i] * b[j] * ratio * (cost[i][j] + EPSILON * Math.log(ratio));
            }
        }
        return value;
    }

    private static double[] scores(List<Candidate> rows, List<Candidate> targets, GotD method) {
        Population population = new Population(Rows.of(rows), Optional.of(Rows.of(targets)));
        return method.choose(population, Draw.of(SampleSize.share(1)), 3).rows().collect().stream()
                .sorted(Comparator.comparing(SampledRow::id))
                .mapToDouble(SampledRow::score)
                .toArray();
    }

    /** Mass moved to one row from all others, each as much: what the transport cost does, and what the score says. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theScoreIsMinusTheDerivativeOfTheCostByTheMass(boolean debiased) {
        List<Candidate> rows = some(9, 5);
        List<Candidate> targets = some(6, 6);
        double[] scores = scores(rows, targets, new GotD(EPSILON, 100, 100, 20_000, debiased));
        double[][] cost = costs(rows, targets);
        double[][] own = costs(rows, rows);
        double h = 1e-5;
        for (int k = 0; k < rows.size(); k++) {
            double[] sides = new double[2];
            for (int side = 0; side < 2; side++) {
                double moved = side == 0 ? h : -h;
                double[] a = equal(rows.size());
                for (int i = 0; i < a.length; i++) {
                    a[i] += i == k ? moved : -moved / (a.length - 1);
                }
                sides[side] = transport(cost, a, equal(targets.size())) - (debiased ? transport(own, a, a) / 2 : 0);
            }
            assertEquals((sides[1] - sides[0]) / (2 * h), scores[k], 1e-5);
        }
    }

    @Test
    void aPopulationThatIsItsTargetGainsNothing() {
        List<Candidate> rows = some(20, 5);
        double[] debiased = scores(rows, rows, new GotD(EPSILON, 100, 100, 20_000, true));
        double[] plain = scores(rows, rows, new GotD(EPSILON, 100, 100, 20_000, false));
        assertEquals(0, Arrays.stream(debiased).map(Math::abs).max().orElseThrow(), 1e-6);
        assertTrue(Arrays.stream(plain).map(Math::abs).max().orElseThrow() > 1e-3, Arrays.toString(plain));
    }

    @Test
    void aConstantInThePotentialsChangesNothing() {
        double[] f = new Random(3).doubles(50, -1, 1).toArray();
        double total = Arrays.stream(f).sum();
        for (double potential : f) {
            assertEquals(
                    GotD.calibrated(potential, total, 50), GotD.calibrated(potential + 7, total + 50 * 7, 50), 1e-12);
        }
        assertEquals(0, GotD.calibrated(3, 3, 1));
    }

    /** The plan that the potentials give, with what its rows lack of their masses spread over all columns. */
    @Test
    void primalAndDualValuesMeet() {
        List<Candidate> rows = some(30, 5);
        List<Candidate> targets = some(20, 6);
        double[][] cost = costs(rows, targets);
        double[] a = equal(30);
        double[] b = equal(20);
        Sinkhorn potentials = Sinkhorn.between(cost, a, b, EPSILON, 20_000);
        double dual = 0;
        double primal = 0;
        for (int i = 0; i < 30; i++) {
            dual += a[i] * potentials.f()[i];
            for (int j = 0; j < 20; j++) {
                double ratio = Math.exp((potentials.f()[i] + potentials.g()[j] - cost[i][j]) / EPSILON);
                primal += a[i] * b[j] * (ratio * cost[i][j] + EPSILON * (ratio * Math.log(ratio) - ratio + 1));
                dual -= EPSILON * a[i] * b[j] * (ratio - 1);
            }
        }
        for (int j = 0; j < 20; j++) {
            dual += b[j] * potentials.g()[j];
        }
        assertEquals(primal, dual, 1e-6);
        assertEquals(transport(cost, a, b), dual, 1e-6);
    }

    /** Potentials of half of the rows say of the others what potentials of all say. */
    @Test
    void aSampleOfTheRowsRanksAsAllDo() {
        List<Candidate> rows = Populations.rows(300, 5);
        List<Candidate> targets = Populations.targets();
        double[] exact = scores(rows, targets, new GotD(EPSILON, 300, 100, 2000, true));
        double[] sampled = scores(rows, targets, new GotD(EPSILON, 150, 100, 2000, true));
        assertTrue(correlation(exact, sampled) > 0.98, () -> "correlation " + correlation(exact, sampled));
    }

    private static double correlation(double[] x, double[] y) {
        double mx = Arrays.stream(x).average().orElseThrow();
        double my = Arrays.stream(y).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - mx) * (y[i] - my);
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
        }
        return xy / Math.sqrt(xx * yy);
    }

    @Test
    void rowsOfTheTargetsKindAreKept() {
        List<Candidate> rows = Populations.rows(300, 5);
        List<Candidate> targets = new ArrayList<>(Populations.rows(200, 7));
        targets.removeIf(row -> !"skill3".equals(row.facts().label()));
        Population population = new Population(Rows.of(rows), Optional.of(Rows.of(targets)));
        Sample sample = new GotD(EPSILON, 200, 100, 500, true).choose(population, Draw.of(SampleSize.rows(20)), 3);
        assertTrue(sample.rows().collect().stream()
                .allMatch(row -> "skill3".equals(row.facts().label())));
        assertEquals(List.of(), sample.warnings());
    }

    @Test
    void targetsThatCannotBeComparedAreNamed() {
        assertTrue(refusal().contains("target rows = 0"), refusal());
        String nan = refusal(new Candidate("t", Vector.dense(1, 1, 1, 1, 1, Float.NaN)));
        assertTrue(nan.contains("target row id = t"), nan);
        String ragged = refusal(new Candidate("t", Vector.dense(1, 1, 1)));
        assertTrue(ragged.contains("vector size = 3 of target row id = t, expected 6"), ragged);
    }

    private static String refusal(Candidate... targets) {
        GotD method = new GotD(EPSILON, 100, 100, 500, true);
        return assertThrows(UserException.class, () -> scores(some(20, 5), List.of(targets), method))
                .getMessage();
    }
}
