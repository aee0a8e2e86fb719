package org.oatmill.sampling;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.oatmill.core.Chance;
import org.oatmill.core.Describe;
import org.oatmill.core.Rows;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * Gradients of optimal transport (GOT-D, arXiv 2405.02774): keeps the rows of which more mass would bring
 * the population nearest to the target rows. The gradient of the transport cost by the mass of a row is its
 * dual potential, less the mean of all others', since the masses add up to 1 (LAVA, arXiv 2305.00054,
 * section 3.2). A row's score is minus that gradient.
 *
 * <p>The potentials are fitted on a sample of rows and of targets, and any other row's follows from theirs in
 * one reading. With a sample of all rows this is exact.
 *
 * <p>Differs from the paper: rows are scaled to length 1, so the cost, the squared distance, is twice one minus
 * the cosine and the regularisation has a scale; what entropic transport adds is taken out (Sinkhorn
 * divergence, Feydy et al. 2019), as in LAVA's code, unless told otherwise.
 *
 * @param regularisation epsilon of entropic transport
 * @param fitRows rows that the potentials are fitted on, at most
 * @param anchors target rows that they are fitted on, at most
 * @param rounds of Sinkhorn's iteration, at most
 * @param debiased whether to subtract the potentials of the population to itself
 */
@Describe("rows whose mass would bring the population nearest to the target rows, by optimal transport")
public record GotD(
        @Describe("of entropic transport, in squared distances between rows of length 1") double regularisation,
        @Describe(value = "that the potentials are fitted on, at most", unit = "rows") int fitRows,
        @Describe(value = "that the potentials are fitted on, at most", unit = "target rows") int anchors,
        @Describe("of Sinkhorn's iteration, at most") int rounds,
        @Describe("whether to take out what entropic transport of the population to itself would cost")
                boolean debiased)
        implements SamplingMethod {

    public GotD {
        if (!(regularisation > 0 && regularisation < Double.POSITIVE_INFINITY)) {
            throw new UserException(
                    "Cannot sample: regularisation = " + regularisation + ", expected a positive number");
        }
        requirePositive("fit_rows", fitRows);
        requirePositive("anchors", anchors);
        requirePositive("rounds", rounds);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new UserException("Cannot sample: " + name + " = " + value + ", expected 1 or more");
        }
    }

    @Override
    public boolean needsTargets() {
        return true;
    }

    /** Potentials of points, from which those of any other follow. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Side(List<Point> points, double[] potentials, double[] masses) implements Serializable {

        double potential(Point row, double regularisation) {
            return Sinkhorn.soft(potentials, masses, j -> cost(row, points.get(j)), regularisation);
        }
    }

    /** Sum of the scores, of either sign. */
    private static final class Total implements Summary<Point, Total> {
        private static final long serialVersionUID = 1L;

        private final ExactSum positive = new ExactSum();
        private final ExactSum negative = new ExactSum();

        @Override
        public void add(Point row) {
            (row.score() >= 0 ? positive : negative).add(Math.abs(row.score()));
        }

        @Override
        public void merge(Total other) {
            positive.add(other.positive);
            negative.add(other.negative);
        }

        double value() {
            return positive.value() - negative.value();
        }
    }

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        List<Rows<?>> held = new ArrayList<>();
        try {
            Rows<Point> points = population.rows().map(row -> Point.of(row, 0)).cached();
            held.add(points);
            Survey survey = points.fold(Survey::new).checked();
            List<Point> targets = some(
                    population.targets().orElseThrow().map(row -> Point.of(row, 0)), anchors, seed, "got-d anchors");
            requireComparable(targets, survey);
            List<Point> fitted = some(points, fitRows, seed, "got-d rows");
            double[] masses = equal(fitted.size());
            double[] targetMasses = equal(targets.size());
            Sinkhorn to = Sinkhorn.between(costs(fitted, targets), masses, targetMasses, regularisation, rounds);
            Side target = new Side(targets, to.g(), targetMasses);
            Optional<Sinkhorn> self = debiased
                    ? Optional.of(Sinkhorn.between(costs(fitted, fitted), masses, masses, regularisation, rounds))
                    : Optional.empty();
            Optional<Side> source = self.map(s -> new Side(fitted, s.f(), masses));
            Side own = source.orElse(new Side(List.of(), new double[0], new double[0]));
            double epsilon = regularisation;
            Rows<Point> potentials = points.map(row -> row.scored(
                            target.potential(row, epsilon) - (own.points.isEmpty() ? 0 : own.potential(row, epsilon))))
                    .cached();
            held.add(potentials);
            double total = potentials.fold(Total::new).value();
            long rows = survey.rows();
            Rows<Point> scored = potentials.map(row -> row.scored(-calibrated(row.score(), total, rows)));
            double change = Math.max(to.change(), self.map(Sinkhorn::change).orElse(0.0));
            List<String> warnings = change <= Math.max(Sinkhorn.TOLERANCE, 1e-3 * regularisation)
                    ? List.of()
                    : List.of("the transport plan still moves after rounds = " + rounds + ", potentials by " + change
                            + " a round: raise rounds or regularisation");
            Map<String, Object> notes = new TreeMap<>(
                    Map.of("fitted_rows", fitted.size(), "anchors", targets.size(), "last_change", change));
            return Best.of(scored, survey, how, notes, warnings, held);
        } catch (RuntimeException e) {
            held.forEach(Rows::release);
            throw e;
        }
    }

    /** The derivative by the mass of a row that all others give up, each as much. */
    static double calibrated(double potential, double total, long rows) {
        return rows == 1 ? 0 : potential - (total - potential) / (rows - 1);
    }

    /** Rows of the smallest u(seed, purpose, id), in the order of ids. */
    private static List<Point> some(Rows<Point> points, int most, long seed, String purpose) {
        List<Ranked> first = points.map(row -> new Ranked(row.id(), -Chance.u(seed, purpose, row.id())))
                .fold(() -> new First(most))
                .inOrder();
        Set<String> ids = first.stream().map(Ranked::id).collect(Collectors.toSet());
        List<Point> some =
                new ArrayList<>(points.where(row -> ids.contains(row.id())).collect());
        some.sort(Comparator.comparing(Point::id));
        return List.copyOf(some);
    }

    private static void requireComparable(List<Point> targets, Survey survey) {
        if (targets.isEmpty()) {
            throw new UserException(
                    "Cannot sample: target rows = 0, expected some for method = got-d; look at the split"
                            + " target of the documents");
        }
        for (Point target : targets) {
            if (!Double.isFinite(target.norm())) {
                throw new UserException("Cannot sample: the vector of target row id = " + target.id()
                        + " has a value that is not a number or infinite, expected finite numbers; mend or remove it"
                        + " in the stage before");
            }
            if (target.at().size() != survey.dimensions()) {
                throw new UserException("Cannot sample: vector size = "
                        + target.at().size() + " of target row id = " + target.id() + ", expected "
                        + survey.dimensions() + " as of the rows to choose from; embed them with one embedder");
            }
        }
    }

    private static double[] equal(int points) {
        double[] masses = new double[points];
        Arrays.fill(masses, 1.0 / points);
        return masses;
    }

    private static double[][] costs(List<Point> from, List<Point> to) {
        double[][] costs = new double[from.size()][to.size()];
        for (int i = 0; i < costs.length; i++) {
            Point row = from.get(i);
            Arrays.setAll(costs[i], j -> cost(row, to.get(j)));
        }
        return costs;
    }

    /** Squared distance between rows of length 1. */
    static double cost(Point a, Point b) {
        return 2 * (1 - a.cosine(b));
    }
}
