package org.oatmill.sampling;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.oatmill.core.Describe;
import org.oatmill.core.Nearest;
import org.oatmill.core.Required;
import org.oatmill.core.Summary;
import org.oatmill.core.UserException;

/**
 * Skill-it (arXiv 2307.14430): rows of each skill in proportion to exp(eta sum_tau sum_j A_ij L_j(tau)), with A_ij
 * what training on skill i does for skill j, L_j(tau) the loss on skill j at evaluation tau, over the last few
 * evaluations; before the first evaluation the losses count as 1. A row's skill is its label; within a skill all rows
 * have the same chance. Vectors are not looked at.
 *
 * <p>The share of the round before is no factor: it is in the sum already (mirror descent, unrolled over the window,
 * as in the authors' code). Leaving skills out of a row of the graph restricts what that row is good for, as the
 * authors' target mask does; where their code then takes the mean over the window, this always takes the sum.
 *
 * @param eta step of the mirror descent, per unit of loss
 * @param window evaluations that are summed, at most
 * @param graph for each skill that rows have: what it does for others, 0 where none is named
 * @param losses of each evaluation, the latest last: loss by skill
 */
@Describe("rows of each label as losses and a graph of skills say, each row of a label with the same chance")
public record SkillIt(
        @Required @Describe(value = "step of the mirror descent; published from 0.2 to 0.8", unit = "per nat")
                double eta,
        @Describe(value = "are summed, at most", unit = "evaluations") int window,
        @Describe("for each label of rows: what training on it does for other skills, such as { a { a = 1, b = 0.5 } }")
                Map<String, Map<String, Double>> graph,
        @Describe(
                        value = "by skill, a block for each evaluation, the latest last; none before the first",
                        unit = "nats")
                List<Map<String, Double>> losses)
        implements SamplingMethod {

    public SkillIt {
        if (!(eta >= 0 && eta < Double.POSITIVE_INFINITY)) {
            throw new UserException("Cannot sample: eta = " + eta + ", expected 0 or more");
        }
        if (window < 1) {
            throw new UserException("Cannot sample: window = " + window + ", expected 1 or more evaluations");
        }
        graph.forEach((from, row) -> row.forEach((to, weight) -> {
            if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
                throw new UserException("Cannot sample: graph = " + weight + " from " + from + " to " + to
                        + ", expected a number, 0 or more");
            }
        }));
        losses.forEach(evaluation -> evaluation.forEach((skill, loss) -> {
            if (!(loss >= 0 && loss < Double.POSITIVE_INFINITY)) {
                throw new UserException(
                        "Cannot sample: losses = " + loss + " of skill " + skill + ", expected numbers, 0 or more");
            }
        }));
        graph = Map.copyOf(graph);
        losses = List.copyOf(losses);
    }

    @Override
    public Set<String> needs() {
        return Set.of(LABEL);
    }

    private static final class Skills implements Summary<String, Skills> {
        private static final long serialVersionUID = 1L;

        private final TreeMap<String, Long> rows = new TreeMap<>();

        @Override
        public void add(String skill) {
            rows.merge(skill, 1L, Long::sum);
        }

        @Override
        public void merge(Skills other) {
            other.rows.forEach((skill, n) -> rows.merge(skill, n, Long::sum));
        }
    }

    @Override
    public Sample choose(Population population, Draw how, long seed) {
        if (how.strata().isPresent()) {
            throw new UserException("Cannot sample: strata are given and method = skill-it has its own, expected one of"
                    + " the two; name the method uniform to keep the strata");
        }
        SortedMap<String, Long> rows = population.rows().map(Candidate::label).fold(Skills::new).rows;
        if (rows.isEmpty()) {
            throw Survey.noRows();
        }
        for (String skill : new TreeSet<>(graph.keySet())) {
            if (!rows.containsKey(skill)) {
                throw new UserException("Cannot sample: graph names the skill " + skill + ", which no row has, expected"
                        + " labels of rows" + Nearest.hint(skill, rows.keySet()));
            }
        }
        long all = rows.values().stream().mapToLong(n -> n).sum();
        long asked = how.size().of(all);
        SortedMap<String, Double> mixture = mixture(new TreeSet<>(rows.keySet()));
        SortedMap<String, Long> sizes = sizes(mixture, rows, Math.min(asked, all));
        Densities densities = new UniformSampling().densities(population.rows(), seed);
        try {
            Sample drawn = how.within(new Strata(Strata.Quota.SIZES, sizes)).from(densities, seed);
            Map<String, Object> notes = new TreeMap<>(drawn.notes());
            notes.put("mixture", mixture);
            List<String> warnings = new ArrayList<>(drawn.warnings());
            if (graph.isEmpty() && !losses.isEmpty()) {
                warnings.add("graph names no skill, so losses count for nothing and every skill has the same share:"
                        + " give each skill at least an edge to itself");
            }
            mixture.forEach((skill, share) -> {
                if (sizes.getOrDefault(skill, 0L) < Math.floor(share * asked)) {
                    warnings.add(String.format(
                            Locale.ROOT,
                            "the mixture asks for %.4f of size = %d from skill %s, which has %d rows: the other skills"
                                    + " give more",
                            share,
                            asked,
                            skill,
                            rows.get(skill)));
                }
            });
            return drawn.with(drawn.rows(), notes, List.copyOf(warnings));
        } catch (RuntimeException e) {
            densities.release();
            throw e;
        }
    }

    /** The share of each skill; exponents are taken less the largest, so none is too large. */
    SortedMap<String, Double> mixture(SortedSet<String> skills) {
        List<Map<String, Double>> latest = losses.subList(Math.max(0, losses.size() - window), losses.size());
        SortedMap<String, Double> exponents = new TreeMap<>();
        for (String skill : skills) {
            double sum = 0;
            for (Map.Entry<String, Double> edge : new TreeMap<>(graph.getOrDefault(skill, Map.of())).entrySet()) {
                if (latest.isEmpty()) {
                    sum += edge.getValue();
                }
                for (Map<String, Double> evaluation : latest) {
                    sum += edge.getValue() * loss(evaluation, edge.getKey());
                }
            }
            exponents.put(skill, eta * sum);
        }
        double largest = exponents.values().stream().mapToDouble(x -> x).max().orElse(0);
        exponents.replaceAll((skill, x) -> StrictMath.exp(x - largest));
        double total = exponents.values().stream().mapToDouble(x -> x).sum();
        exponents.replaceAll((skill, x) -> x / total);
        return exponents;
    }

    private static double loss(Map<String, Double> evaluation, String skill) {
        Double loss = evaluation.get(skill);
        if (loss == null) {
            throw new UserException("Cannot sample: losses name no skill " + skill + ", expected a loss of every skill"
                    + " that the graph leads to, in each evaluation of the window"
                    + Nearest.hint(skill, evaluation.keySet()));
        }
        return loss;
    }

    /** Rows of each skill: the mixture times the size by largest remainders; what a skill cannot fill goes to the others in proportion. */
    static SortedMap<String, Long> sizes(SortedMap<String, Double> mixture, SortedMap<String, Long> rows, long size) {
        SortedMap<String, Long> sizes = new TreeMap<>();
        SortedMap<String, Double> open = new TreeMap<>(mixture);
        long left = size;
        boolean filled = true;
        while (filled) {
            filled = false;
            double total = open.values().stream().mapToDouble(x -> x).sum();
            long before = left;
            for (Map.Entry<String, Double> skill : new TreeMap<>(open).entrySet()) {
                long most = rows.getOrDefault(skill.getKey(), 0L);
                if (skill.getValue() / total * before >= most) {
                    open.remove(skill.getKey());
                    sizes.put(skill.getKey(), most);
                    left -= most;
                    filled = true;
                }
            }
        }
        double total = open.values().stream().mapToDouble(x -> x).sum();
        SortedMap<String, Double> remainders = new TreeMap<>();
        long given = 0;
        for (Map.Entry<String, Double> skill : open.entrySet()) {
            double share = total == 0 ? 0 : skill.getValue() / total * left;
            sizes.put(skill.getKey(), (long) Math.floor(share));
            given += (long) Math.floor(share);
            remainders.put(skill.getKey(), share - Math.floor(share));
        }
        remainders.entrySet().stream()
                .sorted(Comparator.comparingDouble((Map.Entry<String, Double> e) -> -e.getValue())
                        .thenComparing(Map.Entry::getKey))
                .limit(left - given)
                .forEach(skill -> sizes.merge(skill.getKey(), 1L, Long::sum));
        return sizes;
    }
}
