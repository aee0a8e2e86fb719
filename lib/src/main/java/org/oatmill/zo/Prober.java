package org.oatmill.zo;

import java.util.ArrayList;
import java.util.List;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Sides;
import org.oatmill.model.Trajectory;

/** Where probes are measured: in this thread, or wherever a model can catch up with the trajectory. */
public interface Prober {

    /** Measures at the end of a trajectory, in the order of the probes. */
    List<Sides> measure(Trajectory at, List<Probe> probes);

    /** In this thread, on a fork that nobody else moves. */
    static Prober on(CausalLm fork) {
        return (at, probes) -> {
            fork.advance(at, at.entries().size());
            List<Sides> measured = new ArrayList<>(probes.size());
            probes.forEach(probe -> measured.add(probe.of(fork)));
            return measured;
        };
    }
}
