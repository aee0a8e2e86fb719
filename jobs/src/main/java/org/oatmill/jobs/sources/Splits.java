package org.oatmill.jobs.sources;

import java.util.List;
import org.oatmill.core.Nearest;
import org.oatmill.core.UserException;

/** What rows are for. */
final class Splits {
    static final List<String> ALL = List.of("pretrain", "pool", "target", "dev", "test");

    private Splits() {}

    static void require(String split) {
        if (!ALL.contains(split)) {
            throw new UserException("Cannot read a source: split = " + split + ", expected one of "
                    + String.join(", ", ALL) + Nearest.hint(split, ALL));
        }
    }
}
