package org.oatmill.zo;

import java.io.Serializable;
import java.util.List;
import org.oatmill.core.InstructionSet;
import org.oatmill.model.CausalLm;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;

/**
 * What a run starts from, without its weights.
 *
 * @param modelDigest of the base model
 * @param subspaceDigest {@link Subspace#digest}
 * @param tensors trainable tensors, in the model's order
 * @param instructionSet of the processor that measures
 */
public record Origin(String modelDigest, String subspaceDigest, List<TensorShape> tensors, String instructionSet)
        implements Serializable {
    public Origin {
        tensors = List.copyOf(tensors);
    }

    /** Of a fork that was made with this subspace. */
    public static Origin of(CausalLm fork, Subspace subspace) {
        return new Origin(
                fork.digest(),
                subspace.digest(),
                fork.trainable().stream().map(Subspace.Part::tensor).toList(),
                InstructionSet.current());
    }

    /** Tensors that weight decay reaches: all but biases and norms. */
    List<String> decayed() {
        return tensors.stream()
                .map(TensorShape::name)
                .filter(name -> !name.endsWith(".bias") && !name.contains("norm"))
                .toList();
    }
}
