package org.oatmill.spark.zo;

import org.oatmill.djl.Models;
import org.oatmill.model.CausalLm;
import org.oatmill.spark.model.ModelSource;
import org.oatmill.zo.Toy;

/** The toy model, opened once in a JVM as a real one is. */
public record ToySource() implements ModelSource {
    @Override
    public Models.Lease<? extends CausalLm> lease() {
        return Models.ofThisJvm().lease("toy", 0, 0, Models.Room.ANY, Toy::model);
    }
}
