package org.oatmill.spark.influence;

import org.oatmill.djl.Models;
import org.oatmill.influence.Glosses;
import org.oatmill.model.CausalLm;
import org.oatmill.spark.model.ModelSource;

/** The small model of {@link Glosses}, opened once in a JVM as a real one is. */
public record GlossesSource() implements ModelSource {
    @Override
    public Models.Lease<? extends CausalLm> lease() {
        return Models.ofThisJvm().lease("glosses", 0, 0, Models.Room.ANY, Glosses::model);
    }
}
