package org.oatmill.zo;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import org.oatmill.model.Batch;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Direction;
import org.oatmill.model.Sides;

/**
 * The unit of work: what is measured of one micro-batch. A pure function of its components and of
 * the model at one entry.
 *
 * @param batch rows
 * @param z where to look, or null for the weights as they are
 * @param epsilon how far
 * @param bothSides whether theta - epsilon z is measured too
 */
public record Probe(Batch batch, @Nullable Direction z, float epsilon, boolean bothSides) implements Serializable {

    private static final float[][] NOT_MEASURED = {};

    /** Losses as they are. */
    @SuppressWarnings("NullAway") // sees no @Nullable on a record's component before JDK 22
    public static Probe here(Batch batch) {
        return new Probe(batch, null, 0, false);
    }

    /** Losses by row and option; {@code minus} is empty unless {@link #bothSides}. */
    public Sides of(CausalLm model) {
        if (z == null) {
            long entry = model.entry();
            return new Sides(model.losses(batch), NOT_MEASURED, entry);
        }
        if (bothSides) {
            return model.sides(batch, z, epsilon);
        }
        try (CausalLm view = model.at(z, epsilon)) {
            return new Sides(view.losses(batch), NOT_MEASURED, view.entry());
        }
    }

    /** Forwards it costs, in rows. */
    public long forwards() {
        return (bothSides ? 2L : 1L) * batch.rows().size();
    }
}
