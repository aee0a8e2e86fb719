package org.oatmill.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.oatmill.core.UserException;

class KMeansStratifiedTest {

    private static List<SampledRow> chosen(Strata.Quota quota) {
        return Sample.of(
                        Populations.of(Populations.rows(400, 5)),
                        new KMeansStratified(quota, 5, 30, 400),
                        Draw.of(SampleSize.rows(40)),
                        3)
                .rows()
                .collect();
    }

    private static Map<String, Long> byStratum(List<SampledRow> rows) {
        return rows.stream().collect(Collectors.groupingBy(SampledRow::stratum, Collectors.counting()));
    }

    @Test
    void anEqualQuotaTakesAsManyOfEachCluster() {
        Map<String, Long> kept = byStratum(chosen(Strata.Quota.EQUAL));
        assertEquals(5, kept.size());
        assertTrue(kept.values().stream().allMatch(n -> n == 8), kept::toString);
        assertTrue(kept.containsKey("cluster-0") && kept.containsKey("cluster-4"), kept::toString);
    }

    /** The chance of each row is known: inverse chances of a cluster's rows add up to about its rows, in all to about 400. */
    @Test
    void aProportionalQuotaFollowsTheClustersAndSaysTheChances() {
        List<SampledRow> rows = chosen(Strata.Quota.PROPORTIONAL);
        assertEquals(40, rows.size());
        assertTrue(byStratum(rows).values().stream().distinct().count() > 1);
        double estimate =
                rows.stream().mapToDouble(row -> 1 / row.inclusionProb()).sum();
        // Of exponential keys the standard error of a cluster's size is its size / sqrt(k - 2): here about 75 in all.
        assertEquals(400, estimate, 300);
    }

    @Test
    void strataOfTwoKindsAreRefused() {
        Draw draw = Draw.of(SampleSize.rows(4)).within(Strata.of(Strata.Quota.EQUAL));
        for (SamplingMethod method :
                List.of(new KMeansStratified(Strata.Quota.EQUAL, 5, 30, 400), new SkillIt(1, 1, Map.of(), List.of()))) {
            String message = assertThrows(
                            UserException.class, () -> method.choose(Populations.of(Populations.rows(20, 5)), draw, 3))
                    .getMessage();
            assertTrue(message.contains("has its own"), message);
        }
    }
}
