package org.oatmill.spark.zo;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.oatmill.djl.Models;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Subspace;
import org.oatmill.spark.model.ModelSource;

/**
 * The forks that this JVM holds, one a run, shared by all its tasks. A task cannot know whether it is
 * the last of its run, so a fork stays until enough others have been used since.
 */
final class Forks {
    private static final int KEPT = 2;

    /** Least recently used first. */
    private static final Map<String, Held> HELD = new LinkedHashMap<>(16, 0.75f, true);

    private Forks() {}

    /** Uses the fork of a run, made if there is none; others may use it at the same time. */
    static <T> T with(String run, ModelSource model, Subspace subspace, Function<CausalLm, T> use) {
        Held mine;
        synchronized (HELD) {
            mine = HELD.computeIfAbsent(run, key -> new Held());
            mine.users++;
        }
        try {
            return use.apply(mine.fork(model, subspace));
        } finally {
            synchronized (HELD) {
                mine.users--;
            }
            closeIdle();
        }
    }

    /** Closes the fork of a run, if this JVM has one. */
    static void close(String run) {
        Held mine;
        synchronized (HELD) {
            mine = HELD.remove(run);
        }
        if (mine != null) {
            mine.close();
        }
    }

    private static void closeIdle() {
        List<Held> idle = new ArrayList<>();
        synchronized (HELD) {
            HELD.values().removeIf(held -> {
                boolean close = held.users == 0 && HELD.size() > KEPT;
                if (close) {
                    idle.add(held);
                }
                return close;
            });
        }
        idle.forEach(Held::close);
    }

    private static final class Held {
        private int users; // guarded by HELD
        private Models.@Nullable Lease<? extends CausalLm> lease;
        private @Nullable CausalLm fork;

        synchronized CausalLm fork(ModelSource model, Subspace subspace) {
            if (fork == null) {
                lease = model.lease();
                fork = lease.model().fork(subspace);
            }
            return fork;
        }

        synchronized void close() {
            if (fork != null) {
                fork.close();
            }
            if (lease != null) {
                lease.close();
            }
            fork = null;
            lease = null;
        }
    }
}
