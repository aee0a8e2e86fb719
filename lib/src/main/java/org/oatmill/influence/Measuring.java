package org.oatmill.influence;

import java.io.Serializable;
import java.util.List;
import org.oatmill.model.DifferentiableLm;

/** Where a model measures: in this JVM, or on the executors of a cluster, each of which has its own copy. */
public interface Measuring {

    /**
     * One result for each unit of work, in the order of the units. A unit is the smallest thing that is
     * distributed, so that results do not depend on how many machines there are.
     *
     * @param units serialisable
     */
    <T, R> List<R> each(List<T> units, Measurement<T, R> how);

    /** What is asked of the model; may run on another machine, and several at once. */
    @FunctionalInterface
    interface Measurement<T, R> extends Serializable {
        R of(DifferentiableLm model, T unit);
    }

    /** For methods that ask no model. */
    static Measuring none() {
        return new Measuring() {
            @Override
            public <T, R> List<R> each(List<T> units, Measurement<T, R> how) {
                throw new IllegalStateException("A method asked a model that it does not need");
            }
        };
    }

    /** By one model, here. */
    static Measuring by(DifferentiableLm model) {
        return new Measuring() {
            @Override
            public <T, R> List<R> each(List<T> units, Measurement<T, R> how) {
                return units.stream().map(unit -> how.of(model, unit)).toList();
            }
        };
    }
}
