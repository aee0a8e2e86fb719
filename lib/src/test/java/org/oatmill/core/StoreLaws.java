package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What every store promises. */
public abstract class StoreLaws {

    /** An empty store, the same one throughout a test. */
    protected abstract Store store();

    protected static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    protected static byte[] read(Store store, String path) throws Exception {
        try (InputStream in = store.read(path)) {
            return in.readAllBytes();
        }
    }

    @Test
    void whatWasPutIsRead() throws Exception {
        store().put("a/b/c", bytes("one"));
        store().put("a/b/empty", new byte[0]);

        assertArrayEquals(bytes("one"), read(store(), "a/b/c"));
        assertArrayEquals(new byte[0], read(store(), "a/b/empty"));
    }

    @Test
    void putReplacesLongerAndShorterBytes() throws Exception {
        for (String text : List.of("one", "a longer one", "1")) {
            store().put("a", bytes(text));
            assertArrayEquals(bytes(text), read(store(), "a"));
        }
    }

    @Test
    void nothingIsReadWhereNothingWasPut() throws Exception {
        store().put("a/b", bytes("one"));

        assertThrows(NoSuchFileException.class, () -> read(store(), "b"));
        assertThrows(NoSuchFileException.class, () -> read(store(), "a/c"));
    }

    @Test
    void listNamesWhatLiesDirectlyThereInOrder() throws Exception {
        for (String path : List.of("b/2", "b/10", "b/c/1", "b/c/2", "a", "bb/1")) {
            store().put(path, bytes(path));
        }

        assertEquals(List.of("a", "b", "bb"), store().list(""));
        assertEquals(List.of("10", "2", "c"), store().list("b"));
        assertEquals(List.of(), store().list("nothing/there"));
    }

    @Test
    void putNewTakesOnlyAnEmptyPlace() throws Exception {
        assertTrue(store().putNew("a/b", bytes("first")));
        assertFalse(store().putNew("a/b", bytes("second")));
        assertArrayEquals(bytes("first"), read(store(), "a/b"));

        store().put("a/c", bytes("put"));
        assertFalse(store().putNew("a/c", bytes("new")));
        assertArrayEquals(bytes("put"), read(store(), "a/c"));

        store().delete("a/b");
        assertTrue(store().putNew("a/b", bytes("third")));
    }

    @Test
    void deleteRemovesAllBelowAndNothingBeside() throws Exception {
        for (String path : List.of("a/b/1", "a/b/c/2", "a/bb", "a/d")) {
            store().put(path, bytes(path));
        }
        store().delete("a/b");
        store().delete("a/d");
        store().delete("nothing/there");

        assertEquals(List.of("bb"), store().list("a"));
    }

    @Test
    void ofManyThreadsThatPutNewOneWinsAndItsBytesStay() throws Exception {
        int threads = 8;
        for (int round = 0; round < 50 && store().exclusive(); round++) {
            String path = "race/" + round;
            CyclicBarrier start = new CyclicBarrier(threads);
            List<Callable<Boolean>> racers = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                byte[] mine = bytes("thread " + thread);
                racers.add(() -> {
                    start.await();
                    return store().putNew(path, mine);
                });
            }
            List<Boolean> won = inParallel(racers);

            assertEquals(1, won.stream().filter(w -> w).count(), "winners of round " + round);
            assertArrayEquals(bytes("thread " + won.indexOf(true)), read(store(), path));
        }
        assertEquals(store().exclusive() ? 50 : 0, store().list("race").size(), "nothing else is left behind");
    }

    @Test
    void readerNeverSeesPartOfAPut() throws Exception {
        byte[] old = new byte[300_000];
        byte[] young = new byte[500_000];
        Arrays.fill(old, (byte) 'o');
        Arrays.fill(young, (byte) 'y');
        store().put("a", old);
        AtomicBoolean done = new AtomicBoolean();
        Callable<Boolean> writer = () -> {
            for (int i = 0; i < 100; i++) {
                store().put("a", i % 2 == 0 ? young : old);
            }
            done.set(true);
            return true;
        };
        Callable<Boolean> reader = () -> {
            boolean whole = true;
            while (whole && !done.get()) {
                byte[] seen = read(store(), "a");
                whole = Arrays.equals(seen, old) || Arrays.equals(seen, young);
            }
            return whole;
        };

        assertEquals(List.of(true, true, true), inParallel(List.of(writer, reader, reader)));
        assertEquals(List.of("a"), store().list(""), "nothing else is left behind");
    }

    private static <T> List<T> inParallel(List<Callable<T>> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(tasks.size());
        try {
            List<T> results = new ArrayList<>();
            for (Future<T> result : threads.invokeAll(tasks)) {
                results.add(result.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }
}
