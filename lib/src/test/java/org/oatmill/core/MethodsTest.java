package org.oatmill.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MethodsTest {
    private interface Plain {}

    private record One(int n) implements Plain {}

    private record Other() implements Plain {}

    @Test
    void namesAndClassesStandInOneRowEach() {
        Methods<Plain> one = Methods.of(Plain.class).row("one", () -> new One(1));
        assertEquals(
                List.of("one", "other"),
                List.copyOf(one.row("other", Other::new).rows().keySet()));
        assertEquals("one", one.name(new One(7)));
        assertThrows(IllegalArgumentException.class, () -> one.row("one", Other::new));
        assertThrows(IllegalArgumentException.class, () -> one.row("One", Other::new));
        assertThrows(IllegalArgumentException.class, () -> one.row("two", () -> new One(2))
                .rows());
        assertThrows(IllegalArgumentException.class, () -> one.row("none", () -> new Plain() {})
                .rows());
    }

    private static final CountDownLatch TABLE_IS_MADE = new CountDownLatch(1);

    /** Initialised before a class that implements it, because it has a default method. */
    private interface Slow {
        int PAUSE = pause();
        Methods<Slow> METHODS = Methods.of(Slow.class).row("only", () -> new Only());

        default int something() {
            return PAUSE;
        }
    }

    private record Only() implements Slow {}

    private static int pause() {
        TABLE_IS_MADE.countDown();
        try {
            TimeUnit.MILLISECONDS.sleep(300); // the other thread has taken the class by then, and waits for this one
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return 1;
    }

    /** One comes by the interface, the other by the class: as two tasks of an executor may. */
    @Test
    void twoThreadsThatMeetInATableDoNotLockEachOtherOut() throws InterruptedException {
        Thread byTable = new Thread(() -> Slow.METHODS.rows());
        Thread byClass = new Thread(() -> new Only().something());
        byTable.setDaemon(true);
        byClass.setDaemon(true);
        byTable.start();
        TABLE_IS_MADE.await();
        byClass.start();
        byTable.join(10_000);
        byClass.join(10_000);
        assertFalse(byTable.isAlive() || byClass.isAlive());
    }
}
