package org.oatmill.sampling;

import java.io.Serializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a row besides where it lies.
 *
 * @param label its stratum, skill or class; null where it has none or nobody asks
 * @param values numbers by name: quality, complexity, worth, length; those that somebody asks for
 */
public record Facts(@Nullable String label, Map<String, Double> values) implements Serializable {
    public static final Facts NONE = new Facts(null, Map.of());

    public Facts {
        values = Map.copyOf(values);
    }
}
