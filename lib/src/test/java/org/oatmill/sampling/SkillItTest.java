package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;

class SkillItTest {
    private static final Map<String, Double> EARLIER = Map.of("a", 3.0, "b", 2.0, "c", 1.0);
    private static final Map<String, Double> LATER = Map.of("a", 2.5, "b", 0.5, "c", 1.5);

    private static SortedMap<String, Double> mixture(SkillIt method) {
        return method.mixture(new TreeSet<>(List.of("a", "b", "c")));
    }

    private static Map<String, Map<String, Double>> diagonal() {
        return Map.of("a", Map.of("a", 1.0), "b", Map.of("b", 1.0), "c", Map.of("c", 1.0));
    }

    private static Map<String, Map<String, Double>> full() {
        return Map.of(
                "a", Map.of("a", 1.0, "b", 0.5, "c", 0.0),
                "b", Map.of("a", 0.2, "b", 1.0, "c", 0.7),
                "c", Map.of("a", 0.0, "b", 0.0, "c", 1.0));
    }

    private static void assertMixture(double a, double b, double c, SortedMap<String, Double> found) {
        double total = Math.exp(a) + Math.exp(b) + Math.exp(c);
        assertEquals(Math.exp(a) / total, found.get("a"), 1e-12);
        assertEquals(Math.exp(b) / total, found.get("b"), 1e-12);
        assertEquals(Math.exp(c) / total, found.get("c"), 1e-12);
    }

    @Test
    void aGraphOfNothingIsUniform() {
        assertMixture(0, 0, 0, mixture(new SkillIt(0.8, 3, Map.of(), List.of(EARLIER, LATER))));
        assertMixture(0, 0, 0, mixture(new SkillIt(0, 3, full(), List.of(EARLIER, LATER))));
    }

    @Test
    void skillsThatHelpOnlyThemselvesGetTheSoftmaxOfTheirLosses() {
        assertMixture(
                0.8 * 2.5, 0.8 * 0.5, 0.8 * 1.5, mixture(new SkillIt(0.8, 1, diagonal(), List.of(EARLIER, LATER))));
    }

    /** By hand: a helps a and b, b helps all, c itself; losses of the window added up. */
    @Test
    void aWindowSumsTheLossesOfItsEvaluations() {
        SkillIt method = new SkillIt(0.5, 2, full(), List.of(Map.of(), EARLIER, LATER));
        assertMixture(0.5 * (5.5 + 0.5 * 2.5), 0.5 * (0.2 * 5.5 + 2.5 + 0.7 * 2.5), 0.5 * 2.5, mixture(method));
        assertMixture(0.5 * 1.5, 0.5 * 1.9, 0.5, mixture(new SkillIt(0.5, 2, full(), List.of())));
    }

    /** A graph that names all targets and one that leaves out those of weight 0 say the same: no mean in place of the sum. */
    @Test
    void aMaskOfAllSkillsChangesNothing() {
        Map<String, Map<String, Double>> masked = new TreeMap<>();
        full().forEach((from, row) -> masked.put(
                from,
                row.entrySet().stream()
                        .filter(edge -> edge.getValue() != 0)
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))));
        List<Map<String, Double>> losses = List.of(EARLIER, LATER, LATER);
        assertEquals(mixture(new SkillIt(0.5, 3, full(), losses)), mixture(new SkillIt(0.5, 3, masked, losses)));
    }

    @Test
    void namesOfSkillsMeanNothing() {
        SortedMap<String, Double> mixture = mixture(new SkillIt(0.5, 3, full(), List.of(EARLIER, LATER)));
        Map<String, String> renamed = Map.of("a", "c", "b", "a", "c", "b");
        Map<String, Map<String, Double>> graph = new TreeMap<>();
        full().forEach((from, row) -> graph.put(renamed.get(from), renamed(row, renamed)));
        SortedMap<String, Double> other =
                mixture(new SkillIt(0.5, 3, graph, List.of(renamed(EARLIER, renamed), renamed(LATER, renamed))));
        mixture.forEach((skill, share) -> assertEquals(share, other.get(renamed.get(skill)), 1e-12));
    }

    private static Map<String, Double> renamed(Map<String, Double> row, Map<String, String> names) {
        Map<String, Double> renamed = new TreeMap<>();
        row.forEach((skill, value) -> renamed.put(names.get(skill), value));
        return renamed;
    }

    @Test
    void largeLossesOverflowNothing() {
        SkillIt method = new SkillIt(1, 1, diagonal(), List.of(Map.of("a", 1e4, "b", 1e4 - 1, "c", 0.0)));
        SortedMap<String, Double> mixture = mixture(method);
        assertEquals(1 / (1 + Math.exp(-1)), mixture.get("a"), 1e-12);
        assertEquals(0, mixture.get("c"));
    }

    @Test
    void lossesWithoutAGraphAreWarnedOf() {
        Population population = Populations.of(Populations.rows(400, 5));
        Draw draw = Draw.of(SampleSize.rows(80));
        List<Map<String, Double>> losses = List.of(Map.of("skill0", 1.0));
        List<String> said =
                new SkillIt(1, 1, Map.of(), losses).choose(population, draw, 3).warnings();
        assertTrue(said.get(0).startsWith("graph names no skill"), said.toString());
        assertEquals(
                List.of(),
                new SkillIt(1, 1, Map.of(), List.of())
                        .choose(population, draw, 3)
                        .warnings());
    }

    @Test
    void lossesAndWeightsThatAreNoNumbersOrNegativeAreRefused() {
        for (double wrong : new double[] {Double.NaN, -0.1, Double.POSITIVE_INFINITY}) {
            assertTrue(assertThrows(
                            UserException.class,
                            () -> new SkillIt(0.5, 3, Map.of(), List.of(EARLIER, Map.of("a", wrong))))
                    .getMessage()
                    .contains("losses = " + wrong + " of skill a"));
            assertTrue(assertThrows(
                            UserException.class, () -> new SkillIt(0.5, 3, Map.of("a", Map.of("b", wrong)), List.of()))
                    .getMessage()
                    .contains("graph = " + wrong + " from a to b"));
        }
    }

    @Test
    void rowsOfEachSkillFollowTheMixtureAndWhatOneLacksOthersGive() {
        SortedMap<String, Double> mixture = new TreeMap<>(Map.of("a", 0.5, "b", 0.3, "c", 0.2));
        SortedMap<String, Long> plenty = new TreeMap<>(Map.of("a", 100L, "b", 100L, "c", 100L));
        assertEquals(Map.of("a", 50L, "b", 30L, "c", 20L), SkillIt.sizes(mixture, plenty, 100));
        assertEquals(Map.of("a", 4L, "b", 2L, "c", 1L), SkillIt.sizes(mixture, plenty, 7));
        SortedMap<String, Long> few = new TreeMap<>(Map.of("a", 10L, "b", 100L, "c", 100L));
        assertEquals(Map.of("a", 10L, "b", 54L, "c", 36L), SkillIt.sizes(mixture, few, 100));
        assertEquals(Map.of("a", 10L, "b", 100L, "c", 100L), SkillIt.sizes(mixture, few, 210));
    }

    @Test
    void aSampleHasTheRowsOfEachSkillThatTheMixtureSays() {
        SkillIt method = new SkillIt(
                1,
                1,
                Map.of("skill0", Map.of("skill0", 1.0), "skill1", Map.of("skill1", 1.0)),
                List.of(Map.of("skill0", Math.log(2), "skill1", Math.log(3))));
        Sample sample = Sample.of(Populations.of(Populations.rows(400, 5)), method, Draw.of(SampleSize.rows(80)), 3);
        Map<String, Long> kept = sample.rows().collect().stream()
                .collect(Collectors.groupingBy(row -> row.facts().label(), Collectors.counting()));
        assertEquals(Map.of("skill0", 20L, "skill1", 30L, "skill2", 10L, "skill3", 10L, "skill4", 10L), kept);
    }

    @Test
    void skillsThatNobodyKnowsAreNamed() {
        Draw draw = Draw.of(SampleSize.rows(80));
        Population population = Populations.of(Populations.rows(400, 5));
        SkillIt unknown = new SkillIt(1, 1, Map.of("skil1", Map.of()), List.of());
        String message = assertThrows(UserException.class, () -> unknown.choose(population, draw, 3))
                .getMessage();
        assertTrue(message.contains("skil1") && message.contains("did you mean 'skill1'"), message);
        SkillIt lossless = new SkillIt(1, 1, Map.of("skill1", Map.of("x", 1.0)), List.of(Map.of("skill1", 1.0)));
        message = assertThrows(UserException.class, () -> lossless.choose(population, draw, 3))
                .getMessage();
        assertTrue(message.contains("losses name no skill x"), message);
    }
}
