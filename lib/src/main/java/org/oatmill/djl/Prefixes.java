package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.oatmill.core.Noise;
import org.oatmill.model.Subspace;
import org.oatmill.model.TensorShape;

/**
 * Where a prefix starts: keys and values that the model itself computes for random tokens, which
 * matters much (Malladi et al., arXiv 2305.17333, appendix E.5).
 */
final class Prefixes {
    private Prefixes() {}

    /** First values of the prefix's tensors, [length, width of a layer's keys] each. */
    static Function<TensorShape, float[]> start(Weights base, Subspace.Prefix prefix) {
        DecoderConfig config = base.config();
        int[] tokens = new int[prefix.length()];
        Noise.Stream stream = Noise.stream(prefix.seed(), 0, 0, "prefix");
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = (int) Long.remainderUnsigned(stream.hash(i), config.vocabulary());
        }
        List<float[]> keys = new ArrayList<>();
        List<float[]> values = new ArrayList<>();
        try (Coordinates nothing = new Coordinates(List.of(), 1, (tensor, offset, out, from, length) -> {});
                Walk walk = new Walk(base, nothing, null, 0, 1, false)) {
            NDArray h = walk.embed(tokens, 1, tokens.length)[0];
            NDArray[] angles = walk.angles(0, tokens.length);
            NDArray mask = walk.mask(tokens.length);
            for (int layer = 0; layer < config.layers(); layer++) {
                NDList out = walk.block(layer, 0, h, angles, mask, Walk.NO_CACHE, Walk.NO_CACHE);
                h = out.get(0);
                keys.add(positionMajor(out.get(1)));
                values.add(positionMajor(out.get(2)));
            }
        }
        return tensor -> {
            String[] name = tensor.name().split("\\.");
            return (name[2].equals("key") ? keys : values).get(Integer.parseInt(name[1]));
        };
    }

    /** [1, heads, positions, head] as [positions, heads * head]. */
    private static float[] positionMajor(NDArray array) {
        return array.transpose(0, 2, 1, 3).toFloatArray();
    }
}
