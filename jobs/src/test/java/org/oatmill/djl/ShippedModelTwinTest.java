package org.oatmill.djl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.oatmill.model.Batch;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;

/** The model that ships in the application jar, against the float64 twin on the same numbers. */
class ShippedModelTwinTest {

    @Test
    void lossesAreThoseOfTheTwin() throws URISyntaxException {
        Path directory =
                Path.of(Objects.requireNonNull(ShippedModelTwinTest.class.getResource("/org/oatmill/models/wordnet"))
                        .toURI());
        RefLlama twin = new RefLlama(DecoderConfig.read(directory), weights(directory));
        try (DjlLm model = DjlLm.open(directory)) {
            for (String text : List.of("a small animal with fur that lives in trees", "the act of eating a plant")) {
                int[] tokens = model.tokenizer().encode("<|begin|>" + text + "<|end|>");
                Example row = new Example(text, List.of(new Sequence(tokens, 1)), 0, 1);
                assertEquals(twin.loss(tokens, 1), model.losses(new Batch(List.of(row), tokens.length))[0][0], 1e-4);
            }
        }
    }

    private static Map<String, double[]> weights(Path directory) {
        Map<String, double[]> weights = new HashMap<>();
        try (Safetensors file = Safetensors.open(directory)) {
            for (Safetensors.Entry entry : file.entries().values()) {
                ByteBuffer bytes = ByteBuffer.allocate((int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
                file.read(entry, 0, bytes);
                bytes.flip();
                double[] values = new double[(int) entry.bytes() / 2];
                for (int i = 0; i < values.length; i++) {
                    values[i] = Halves.fromF16(bytes.getShort(2 * i));
                }
                weights.put(entry.tensor().name(), values);
            }
        }
        return weights;
    }
}
