package org.oatmill.zo;

import java.io.Serializable;
import org.oatmill.core.Describe;
import org.oatmill.core.Methods;
import org.oatmill.core.UserException;

/** How the learning rate changes over a run. */
public interface Schedule extends Serializable {

    Methods<Schedule> METHODS =
            Methods.of(Schedule.class).row("constant", Constant::new).row("linear", () -> new Linear(0));

    /** What multiplies the learning rate at a step, from 0, of a run of so many steps. */
    double factor(int step, int steps);

    /** The same at every step. */
    @Describe("the same at every step")
    record Constant() implements Schedule {
        @Override
        public double factor(int step, int steps) {
            return 1;
        }
    }

    /** From 1 down to {@code last}, which the step after the last one would have. */
    @Describe("from the given rate down, in a straight line")
    record Linear(@Describe("share of the rate that is left at the end") double last) implements Schedule {
        public Linear {
            if (!(last >= 0 && last <= 1)) {
                throw new UserException("Cannot schedule the learning rate: last = " + last + ", expected 0 to 1");
            }
        }

        @Override
        public double factor(int step, int steps) {
            return 1 - (1 - last) * step / steps;
        }
    }
}
