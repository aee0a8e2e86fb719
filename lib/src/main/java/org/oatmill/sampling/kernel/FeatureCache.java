package org.oatmill.sampling.kernel;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The hash parameters of features, computed when first asked for and kept for the features that come
 * first, up to a bound in bytes. Words follow Zipf's law, so few features make most of the questions;
 * whatever is not kept is computed again, to the same bits.
 *
 * @param <P> the parameters of one feature
 */
final class FeatureCache<P> {

    /** Computes the parameters of one feature. */
    interface Source<P> {
        P of(int feature);
    }

    private static final long BOUND = 128L << 20;

    private final Source<P> source;
    private final long capacity;
    private final ConcurrentMap<Integer, P> kept = new ConcurrentHashMap<>();

    FeatureCache(Source<P> source, long bytesPerFeature) {
        this.source = source;
        this.capacity = BOUND / bytesPerFeature;
    }

    P of(int feature) {
        P parameters = kept.get(feature);
        if (parameters == null) {
            parameters = source.of(feature);
            if (kept.size() < capacity) {
                kept.put(feature, parameters);
            }
        }
        return parameters;
    }
}
