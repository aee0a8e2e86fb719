package org.oatmill.rephrase;

import java.util.Collections;
import java.util.List;
import org.oatmill.core.Chance;
import org.oatmill.core.Noise;

/** The draws of one copy of one passage, in the order in which they are asked for. */
final class Draws {
    private final Noise.Stream stream;
    private long next;

    Draws(long seed, String purpose, Passage passage, int copy) {
        stream = Noise.stream(seed, 0, copy, purpose + '\0' + passage.field() + '\0' + passage.id());
    }

    double unit() {
        return Chance.unit(stream.hash(next++));
    }

    /** 0 to n - 1, each with the same chance. */
    int below(int n) {
        return (int) (unit() * n);
    }

    /** Every order with the same chance (Fisher and Yates). */
    void shuffle(List<?> list) {
        for (int i = list.size() - 1; i > 0; i--) {
            Collections.swap(list, i, below(i + 1));
        }
    }
}
