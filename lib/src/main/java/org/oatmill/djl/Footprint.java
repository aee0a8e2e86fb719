package org.oatmill.djl;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.oatmill.core.Json;
import org.oatmill.core.UserException;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.TensorShape;

/**
 * Native memory that a model needs, told from its configuration before anything is opened.
 *
 * @param weights bytes of the frozen weights, in their storage type, once in a JVM
 * @param perTask bytes for each task that measures: weights formed in scratch, and activations of the largest
 *     micro-batch, for both sides of a probe
 */
public record Footprint(long weights, long perTask) {

    /** The footprint of a causal language model with this {@code config.json}. */
    public static Footprint of(String configJson, long weights) {
        try {
            return of(
                    DecoderConfig.of(
                            Path.of("config.json"),
                            Json.parse(new ByteArrayInputStream(configJson.getBytes(StandardCharsets.UTF_8)))),
                    weights);
        } catch (JsonProcessingException e) {
            throw new UserException("Cannot open model: config.json does not parse: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Footprint of(DecoderConfig config, long weights) {
        long block = config.block(0).stream().mapToLong(TensorShape::size).sum();
        long head = Math.min(config.vocabulary(), Math.max(1, Walk.HEAD_SLICE / config.hidden()));
        long widths = Stream.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
                .mapToLong(linear -> 2L * config.outputs(linear))
                .sum();
        // Of a block there live at once: its input, its normed input, queries, keys and values as written and as
        // rotated, what attention wrote, and three arrays of the feed-forward part; of the head, a slice of logits.
        long logits = Math.min(head, Math.max(1, Walk.HEAD_SLICE / BatchPlan.MAX_TOKENS));
        long perToken = 4L * config.hidden() + widths + 3L * config.intermediate() + logits;
        return new Footprint(
                weights, 2 * Float.BYTES * (block + head * config.hidden() + BatchPlan.MAX_TOKENS * perToken));
    }
}
