package org.oatmill.djl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.oatmill.model.CausalLmLaws;
import org.oatmill.model.DifferentiableLm;

/** The laws of every causal model, on a Qwen3 shape: it has norms of heads, adapters, prefixes and an untied head. */
class DjlLmLawsTest extends CausalLmLaws {
    @TempDir
    static Path directory;

    @Override
    protected DifferentiableLm open() {
        try {
            return RandomModel.write(directory, RandomModel.variants().get("qwen3"), Safetensors.Type.F32)
                    .open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    protected float tolerance() {
        return 1e-5f;
    }

    @Override
    protected List<String> loraTargets() {
        return List.of("q_proj", "v_proj");
    }

    @Override
    protected List<String> refused() {
        return List.of();
    }
}
