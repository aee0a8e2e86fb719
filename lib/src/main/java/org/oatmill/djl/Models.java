package org.oatmill.djl;

import ai.djl.util.Utils;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;

/**
 * The models that this JVM holds, by content: opened once however many tasks ask, shared while
 * anybody uses them, closed when nobody has for {@value #IDLE_SECONDS} seconds, or earlier when
 * another model needs the memory.
 *
 * <p>Opening costs seconds and tasks come and go, so the last user leaving does not close a model at
 * once; and there is no size to tune, because what is idle always makes room.
 */
public final class Models {
    /** How long a model that nobody uses stays open. */
    public static final int IDLE_SECONDS = 60;

    private static final Models OF_THIS_JVM = new Models(TimeUnit.SECONDS.toMillis(IDLE_SECONDS));

    private final Map<String, Held> held = new HashMap<>();
    private final Map<String, Integer> openings = new ConcurrentHashMap<>();
    private final long idleMillis;
    private @Nullable ScheduledExecutorService clock;

    Models(long idleMillis) {
        this.idleMillis = idleMillis;
    }

    /** The one registry of this JVM. */
    public static Models ofThisJvm() {
        return OF_THIS_JVM;
    }

    /** Where this node keeps files of models: below DJL's cache, which {@code DJL_CACHE_DIR} moves. */
    public static Path cacheDirectory() {
        return Utils.getCacheDir().resolve("oatmill");
    }

    /**
     * The native memory of this process.
     *
     * @param bytes there are
     * @param taken of them by the engine and the JVM itself
     * @param more what to set for more, with {@code {mebibytes}} where the number goes
     */
    public record Room(long bytes, long taken, String more) {
        /** No limit. */
        public static final Room ANY = new Room(Long.MAX_VALUE, 0, "");
    }

    /**
     * The model of this key, opened if it is not open. Callers of one key at one time wait for one opening.
     *
     * @param key content of the model and the way it is opened; whoever gives the same key means the same kind of model
     * @param bytes native memory that the model and its measurements need
     * @param more native memory for what this user adds: the coordinates of forks
     */
    @SuppressWarnings("unchecked") // a key stands for one kind of model
    public <M extends AutoCloseable> Lease<M> lease(String key, long bytes, long more, Room room, Supplier<M> opening) {
        Held mine;
        synchronized (held) {
            Held there = held.get(key);
            long needed = there == null ? bytes + more : more;
            makeRoom(key, needed, room);
            mine = there == null ? new Held(bytes) : there;
            held.put(key, mine);
            mine.users++;
            mine.bytes += more;
        }
        try {
            return new Lease<>(this, key, mine, more, (M) mine.open(key, opening));
        } catch (RuntimeException | Error e) {
            giveBack(key, mine, more);
            throw e;
        }
    }

    /** How often a key was opened since the JVM began. */
    public int openings(String key) {
        return openings.getOrDefault(key, 0);
    }

    /** A model in use. Close it, never the model; forks of the model are their maker's to close. */
    public static final class Lease<M> implements AutoCloseable {
        private final Models models;
        private final String key;
        private final Held held;
        private final long more;
        private final M model;
        private boolean closed;

        private Lease(Models models, String key, Held held, long more, M model) {
            this.models = models;
            this.key = key;
            this.held = held;
            this.more = more;
            this.model = model;
        }

        /** Safe for any number of threads, as the model is. */
        public M model() {
            return model;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                models.giveBack(key, held, more);
            }
        }
    }

    /** A model, its users and the memory it was given; all but the model guarded by {@link #held}. */
    private final class Held {
        long bytes;
        int users;
        long idleSince;
        private @Nullable AutoCloseable model;

        Held(long bytes) {
            this.bytes = bytes;
        }

        synchronized AutoCloseable open(String key, Supplier<? extends AutoCloseable> opening) {
            if (model == null) {
                model = opening.get();
                openings.merge(key, 1, Integer::sum);
            }
            return model;
        }

        synchronized void close() {
            if (model != null) {
                try {
                    model.close();
                } catch (Exception e) {
                    throw new IllegalStateException("Cannot close a model", e);
                } finally {
                    model = null;
                }
            }
        }

        synchronized boolean isOpen() {
            return model != null;
        }
    }

    private void makeRoom(String key, long needed, Room room) {
        long used = room.taken + held.values().stream().mapToLong(h -> h.bytes).sum();
        for (Iterator<Map.Entry<String, Held>> all = held.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Held> other = all.next();
            if (used + needed > room.bytes
                    && other.getValue().users == 0
                    && !other.getKey().equals(key)) {
                all.remove();
                used -= other.getValue().bytes;
                other.getValue().close();
            }
        }
        if (used + needed > room.bytes) {
            throw new UserException("Cannot open model: native memory = " + mebibytes(used + needed) + " MiB ("
                    + mebibytes(needed) + " for the model, " + mebibytes(used) + " in use), expected at most "
                    + mebibytes(room.bytes) + " MiB; "
                    + room.more.replace("{mebibytes}", Long.toString(mebibytes(used + needed))));
        }
    }

    private static long mebibytes(long bytes) {
        return (bytes + (1 << 20) - 1) >> 20;
    }

    private void giveBack(String key, Held mine, long more) {
        synchronized (held) {
            mine.bytes -= more;
            mine.users--;
            if (mine.users > 0) {
                return;
            }
            if (!mine.isOpen()) { // it could not be opened
                held.remove(key, mine);
                return;
            }
            mine.idleSince = System.nanoTime();
            clock().schedule(() -> closeIfIdle(key, mine), idleMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void closeIfIdle(String key, Held mine) {
        synchronized (held) {
            boolean idle =
                    mine.users == 0 && System.nanoTime() - mine.idleSince >= TimeUnit.MILLISECONDS.toNanos(idleMillis);
            if (!idle || !held.remove(key, mine)) {
                return;
            }
        }
        mine.close();
    }

    private ScheduledExecutorService clock() {
        if (clock == null) {
            clock = Executors.newSingleThreadScheduledExecutor(work -> {
                Thread thread = new Thread(work, "oatmill-models");
                thread.setDaemon(true);
                return thread;
            });
        }
        return clock;
    }
}
