package org.oatmill.sampling;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.oatmill.core.Methods;

/**
 * A way to keep some of the rows. A {@link WeightedMethod} draws them by chance; others pick, and say
 * by what score and why the rest was dropped.
 */
public interface SamplingMethod extends Serializable {

    Methods<SamplingMethod> METHODS = Methods.of(SamplingMethod.class)
            .row("uniform", UniformSampling::new)
            .row("wds", () -> new DiversifiedSampling(128, 1 << 16, 1, 2, 4, 8))
            .row("density", () -> new DensitySampling(1000, 20_000, 4, 8, 16, 32))
            .row(
                    "influence-per-density",
                    () -> new InfluencePerDensity("score", 1, 0.1, new DiversifiedSampling(128, 1 << 16, 1, 2, 4, 8)))
            .row("label-stratified", () -> new LabelStratified(Strata.Quota.EQUAL))
            .row("k-means-stratified", () -> new KMeansStratified(Strata.Quota.EQUAL, 100, 20, 1_000_000))
            .row("farthest-point", FarthestPoint::new)
            .row("deita", () -> new Deita("complexity", "quality", 0.9))
            .row(
                    "semdedup",
                    () -> new SemDeDup(0.05, SemDeDup.Rule.MATCHED, SemDeDup.Order.FARTHEST, 100, 20, 1_000_000))
            .row("got-d", () -> new GotD(0.1, 2000, 1000, 500, true))
            .row("skill-it", () -> new SkillIt(0.5, 3, Map.of(), List.of()))
            .row("length-fidelity", () -> new LengthFidelity("instructed_length", "output_length", 0.2));

    /** The name by which {@link #needs} asks for {@link Candidate#label}. */
    String LABEL = "label";

    /** What must be known of every candidate: {@link #LABEL}, or names of {@link Candidate#value values}. */
    default Set<String> needs() {
        return Set.of();
    }

    /** Whether it cannot do without {@link Population#targets}. */
    default boolean needsTargets() {
        return false;
    }

    /** The density sketches that it makes, if it makes any. */
    default Optional<SketchFamily> sketches(long seed) {
        return Optional.empty();
    }

    /** As many rows as asked for, or all where there are fewer; a function of the set of rows and the seed. */
    Sample choose(Population population, Draw how, long seed);
}
