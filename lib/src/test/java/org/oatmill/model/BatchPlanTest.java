package org.oatmill.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BatchPlanTest {

    @Test
    void orderOfRowsDoesNotMatter() {
        List<Example> rows = rows(300);
        BatchPlan plan = BatchPlan.of(rows);
        for (int seed = 0; seed < 5; seed++) {
            List<Example> shuffled = new ArrayList<>(rows);
            Collections.shuffle(shuffled, new Random(seed));
            assertEquals(plan.batches(), BatchPlan.of(shuffled).batches());
            assertEquals(plan.digest(), BatchPlan.of(shuffled).digest());
        }
    }

    @Test
    void everyRowStandsInOneBatchWithinTheLimits() {
        List<Example> rows = rows(500);
        Set<String> seen = new HashSet<>();
        for (Batch batch : BatchPlan.of(rows).batches()) {
            assertEquals(0, batch.length() % BatchPlan.BUCKET);
            assertTrue(batch.rows().size() <= BatchPlan.MAX_ROWS);
            assertTrue(batch.rows().size() == 1 || batch.rows().size() * batch.length() <= BatchPlan.MAX_TOKENS);
            for (Example row : batch.rows()) {
                assertTrue(row.longest() <= batch.length() && row.longest() > batch.length() - BatchPlan.BUCKET);
                assertTrue(seen.add(row.id()));
            }
        }
        assertEquals(rows.size(), seen.size());
    }

    @Test
    void batchesAreAsFullAsTheirBucketAllows() {
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            rows.add(row(String.format("%02d", i), 10));
        }
        assertEquals(
                List.of(16, 16, 8),
                BatchPlan.of(rows).batches().stream().map(b -> b.rows().size()).toList());
        List<Example> longer = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            longer.add(row("r" + i, 1000));
        }
        assertEquals(
                List.of(2, 2, 1),
                BatchPlan.of(longer).batches().stream()
                        .map(b -> b.rows().size())
                        .toList());
        assertEquals(1, BatchPlan.of(List.of(row("huge", 5000))).batches().size());
        assertEquals(0, BatchPlan.of(List.of()).batches().size());
    }

    @Test
    void digestChangesWithARowAndWithItsLength() {
        String digest = BatchPlan.of(List.of(row("a", 10), row("b", 10))).digest();
        assertNotEquals(
                digest, BatchPlan.of(List.of(row("a", 10), row("c", 10))).digest());
        assertNotEquals(
                digest, BatchPlan.of(List.of(row("a", 10), row("b", 20))).digest());
        assertNotEquals(digest, BatchPlan.of(List.of(row("a", 10))).digest());
    }

    @Test
    void equalIdsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> BatchPlan.of(List.of(row("a", 10), row("a", 40))));
    }

    private static List<Example> rows(int count) {
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row("row-" + i, 2 + (i * 7919) % 300));
        }
        return rows;
    }

    private static Example row(String id, int tokens) {
        return new Example(id, List.of(new Sequence(new int[tokens], tokens - 1)), 0, 1);
    }
}
