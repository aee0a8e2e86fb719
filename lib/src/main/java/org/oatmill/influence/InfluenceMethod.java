package org.oatmill.influence;

import java.io.Serializable;
import java.util.Set;
import org.oatmill.core.Methods;
import org.oatmill.core.Noise;

/** A way to give every row one number, from whatever it needs to know of the rows. */
public interface InfluenceMethod extends Serializable {

    Methods<InfluenceMethod> METHODS = Methods.of(InfluenceMethod.class)
            .row("linfik", () -> new Linfik(1e-3))
            .row("seeds", () -> new SeedLinfik(1024, Noise.Law.GAUSSIAN, 1e-3))
            .row("linfik-exact", () -> new ExactLinfik(ExactLinfik.Normalisation.NONE))
            .row("self-influence", SelfInfluence::new)
            .row("loss", RowLoss::new)
            .row("knn-shapley", () -> new KnnShapley(5, KnnShapley.Distance.COSINE))
            .row("confident-learning", ConfidentLearning::new)
            .row("length", TextLength::new)
            .row("random", RandomScore::new);

    /** Which question its score answers. */
    Question question();

    /** What it must be shown. */
    Set<Need> needs();

    /** The score of every row: a function of the evidence alone, whatever the order of the rows. */
    Valuation values(Evidence evidence);
}
