package org.oatmill.spark.influence;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;
import org.oatmill.influence.Evidence;
import org.oatmill.influence.ExactLinfik;
import org.oatmill.influence.Glosses;
import org.oatmill.influence.InfluenceMethod;
import org.oatmill.influence.Linfik;
import org.oatmill.influence.Measuring;
import org.oatmill.influence.SeedLinfik;
import org.oatmill.influence.SelfInfluence;
import org.oatmill.model.Subspace;
import org.oatmill.spark.SharedSpark;

/** A cluster measures what a list measures, bit for bit, in however many tasks. */
class ClusterMeasuringTest {

    private static Measuring cluster(int tasks) {
        return new ClusterMeasuring(
                SharedSpark.session(), new GlossesSource(), base -> base.fork(new Subspace.Full()), tasks);
    }

    static Stream<InfluenceMethod> methods() {
        return Stream.of(
                new Linfik(1e-3),
                new SeedLinfik(8, Noise.Law.RADEMACHER, 1e-3),
                new ExactLinfik(ExactLinfik.Normalisation.COSINE),
                new SelfInfluence());
    }

    @ParameterizedTest
    @MethodSource("methods")
    void oneTwoAndSevenTasksScoreAsAListDoes(InfluenceMethod method) {
        Evidence list = Glosses.evidence(Glosses.model().fork(new Subspace.Full()));
        double[] expected = method.values(list).scores();
        for (int tasks : new int[] {1, 2, 7}) {
            Evidence spread = new Evidence(list.rows(), list.target(), cluster(tasks), list.objective(), list.seed());
            assertArrayEquals(expected, method.values(spread).scores());
        }
    }

    @Test
    void resultsStandInTheOrderOfTheUnits() {
        List<Integer> units = IntStream.range(0, 50).boxed().toList();
        assertEquals(units, cluster(7).each(units, (model, unit) -> unit));
    }

    @Test
    void whatATaskSaysToTheOperatorComesBackWhole() {
        UserException said = assertThrows(UserException.class, () -> cluster(2).each(List.of(1), (model, unit) -> {
            throw new UserException("Cannot do it: x = 1, expected 2");
        }));
        assertTrue(said.getMessage().startsWith("Cannot do it"));
    }
}
