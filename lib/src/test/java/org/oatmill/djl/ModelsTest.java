package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.core.UserException;

class ModelsTest {
    @TempDir
    Path temporary;

    /** Knows whether it is closed. */
    private static final class Fake implements AutoCloseable {
        volatile boolean closed;

        @Override
        public void close() {
            closed = true;
        }
    }

    private static Models.Lease<Fake> lease(Models models, String key, long bytes, Models.Room room) {
        return models.lease(key, bytes, 0, room, Fake::new);
    }

    @Test
    void thirtyTwoThreadsAtOnceShareOneOpening() throws Exception {
        Models models = new Models(60_000);
        CountDownLatch all = new CountDownLatch(32);
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try {
            Callable<Fake> ask = () -> {
                all.countDown();
                all.await();
                try (Models.Lease<Fake> lease = models.lease("a", 1, 0, Models.Room.ANY, () -> {
                    try {
                        Thread.sleep(50);
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return new Fake();
                })) {
                    assertFalse(lease.model().closed);
                    return lease.model();
                }
            };
            List<Future<Fake>> asked = new ArrayList<>();
            for (int i = 0; i < 32; i++) {
                asked.add(threads.submit(ask));
            }
            Fake first = asked.get(0).get();
            for (Future<Fake> other : asked) {
                assertSame(first, other.get());
            }
            assertEquals(1, models.openings("a"));
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void staysOpenWhileUsedAndForAWhileAndIsThenClosed() throws Exception {
        Models models = new Models(100);
        Models.Lease<Fake> one = lease(models, "a", 1, Models.Room.ANY);
        Models.Lease<Fake> two = lease(models, "a", 1, Models.Room.ANY);
        Fake model = one.model();
        one.close();
        one.close(); // twice is once
        Thread.sleep(400);
        assertFalse(model.closed, "in use");
        two.close();
        assertSame(model, again(models), "not yet closed");
        for (int i = 0; i < 100 && !model.closed; i++) {
            Thread.sleep(50);
        }
        assertTrue(model.closed);
        assertNotSame(model, again(models));
        assertEquals(2, models.openings("a"));
    }

    private static Fake again(Models models) {
        try (Models.Lease<Fake> lease = lease(models, "a", 1, Models.Room.ANY)) {
            return lease.model();
        }
    }

    @Test
    void whatIsIdleMakesRoomAndWhatIsUsedDoesNot() {
        Models models = new Models(60_000);
        Models.Room room = new Models.Room(10 << 20, 2 << 20, "set --memory={mebibytes}m");
        Models.Lease<Fake> a = lease(models, "a", 5 << 20, room);
        Fake first = a.model();
        String message = assertThrows(UserException.class, () -> lease(models, "b", 4 << 20, room))
                .getMessage();
        assertTrue(message.contains("11 MiB") && message.contains("set --memory=11m"), message);
        a.close();
        try (Models.Lease<Fake> b = lease(models, "b", 4 << 20, room)) {
            assertTrue(first.closed);
            // What a user adds counts while that user is there.
            assertThrows(UserException.class, () -> models.lease("b", 4 << 20, 5 << 20, room, Fake::new));
            models.lease("b", 4 << 20, 4 << 20, room, Fake::new).close();
            models.lease("b", 4 << 20, 4 << 20, room, Fake::new).close();
            assertFalse(b.model().closed);
        }
    }

    @Test
    void anOpeningThatFailsIsForgotten() {
        Models models = new Models(60_000);
        assertThrows(
                UserException.class,
                () -> models.lease("a", 1, 0, Models.Room.ANY, () -> {
                    throw new UserException("Cannot open model: no");
                }));
        try (Models.Lease<Fake> lease = lease(models, "a", 1, new Models.Room(1, 0, ""))) {
            assertFalse(lease.model().closed);
        }
    }

    @Test
    void aRealModelIsRefusedAtTheDoorAndOpensWhereThereIsRoom() throws Exception {
        Models models = new Models(0);
        Path directory = TinyModel.writeLarger(temporary);
        Footprint footprint = Footprint.of(DecoderConfig.read(directory), 2_600_000);
        long needed = footprint.weights() + footprint.perTask();
        Models.Room small = new Models.Room(needed - 1, 0, "set --conf spark.executor.memoryOverhead={mebibytes}m");
        String message = assertThrows(
                        UserException.class, () -> models.lease("m", needed, 0, small, () -> DjlLm.open(directory)))
                .getMessage();
        assertTrue(message.contains("spark.executor.memoryOverhead=" + ((needed >> 20) + 1) + "m"), message);
        assertEquals(0, models.openings("m"));
        try (Models.Lease<DjlLm> lease =
                models.lease("m", needed, 0, new Models.Room(needed, 0, ""), () -> DjlLm.open(directory))) {
            assertTrue(lease.model().baseBytes() <= footprint.weights());
        }
    }
}
