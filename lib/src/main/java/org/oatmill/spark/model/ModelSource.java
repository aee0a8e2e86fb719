package org.oatmill.spark.model;

import java.io.Serializable;
import org.oatmill.djl.Models;
import org.oatmill.model.CausalLm;

/** A model that any JVM of a cluster can open, and shares once it has. Travels to executors; the weights do not. */
@FunctionalInterface
public interface ModelSource extends Serializable {

    /** The opened model, shared with everybody else in this JVM who asks for it; forks of it are their maker's to close. */
    Models.Lease<? extends CausalLm> lease();
}
