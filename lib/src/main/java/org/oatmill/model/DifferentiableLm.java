package org.oatmill.model;

/** A model that can also be differentiated. Every call is counted in {@link #counts()}. */
public interface DifferentiableLm extends CausalLm {

    /**
     * Gradient of each row's objective by the trainable coordinates, one row and tensor at a time,
     * so that no more than a layer of a batch needs to be held. Row weights do not enter.
     */
    void gradients(Batch batch, Objective objective, GradientSink sink);

    @Override
    DifferentiableLm fork(Subspace subspace);

    /** Takes gradients as they come: rows in any order, each tensor of each row once. */
    @FunctionalInterface
    interface GradientSink {
        /**
         * @param row position in the batch
         * @param tensor name of a trainable tensor
         * @param gradient one value per coordinate of its {@link Subspace.Part}; valid during the call only
         */
        void accept(int row, String tensor, float[] gradient);
    }
}
