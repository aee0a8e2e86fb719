package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.oatmill.core.UserException;
import org.oatmill.model.Continuation;
import org.oatmill.model.Decoding;
import org.oatmill.model.Tokenizer;

/**
 * Continuations of some prompts of any lengths, together, with keys and values of earlier tokens in
 * a cache. Shorter prompts are filled on the right, and what stands there is never looked at.
 */
final class Generation {
    private final Walk walk;
    private final DecoderConfig config;
    private final Tokenizer tokenizer;
    private final Decoding how;
    private final int longest;

    Generation(Walk walk, DecoderConfig config, Tokenizer tokenizer, Decoding how, int longest) {
        this.walk = walk;
        this.config = config;
        this.tokenizer = tokenizer;
        this.how = how;
        this.longest = longest;
    }

    List<int[]> of(List<int[]> prompts) {
        int rows = prompts.size();
        int prefix = walk.prefix();
        int width = prompts.stream().mapToInt(p -> p.length).max().orElse(0);
        prompts.forEach(this::check);
        int room = Math.min(
                how.maxTokens(),
                longest - prompts.stream().mapToInt(p -> p.length).min().orElse(0));
        NDArray[][] cache = new NDArray[config.layers()][2];
        for (NDArray[] layer : cache) {
            for (int i = 0; i < 2; i++) {
                layer[i] = walk.manager()
                        .zeros(new Shape(rows, config.kvHeads(), prefix + width + room, config.headDim()));
                layer[i].setName("c[]");
            }
        }
        int[] tokens = new int[rows * width];
        Arrays.fill(tokens, Math.max(0, tokenizer.pad()));
        int[] places = new int[rows];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(prompts.get(row), 0, tokens, row * width, prompts.get(row).length);
            places[row] = row * width + prompts.get(row).length - 1;
        }
        List<Continuation> made = prompts.stream()
                .map(prompt -> new Continuation(prompt, how, tokenizer))
                .toList();
        float[][] logits =
                forward(tokens, rows, width, walk.angles(prefix, width), first(width, prefix), cache, places);
        for (int step = 0; step < room; step++) {
            int[] next = new int[rows];
            int[] positions = new int[rows];
            int[] each = new int[rows];
            boolean all = true;
            for (int row = 0; row < rows; row++) {
                int length = prompts.get(row).length;
                Continuation continuation = made.get(row);
                if (!continuation.done() && length + step < longest) {
                    continuation.next(logits[row]);
                }
                all &= continuation.done() || length + step + 1 >= longest;
                int[] chosen = continuation.tokens();
                next[row] = chosen.length > step ? chosen[step] : 0;
                positions[row] = Math.min(prefix + length + step, config.maxTokens() - 1);
                each[row] = row;
            }
            if (all || step == room - 1) {
                break;
            }
            NDArray[] angles = walk.angles(positions, new Shape(rows, 1, 1, config.headDim() / 2));
            logits = forward(next, rows, 1, angles, later(prompts, width, prefix, step), cache, each);
        }
        return made.stream().map(Continuation::tokens).toList();
    }

    private void check(int[] prompt) {
        if (prompt.length == 0 || prompt.length >= longest) {
            throw new UserException("Cannot continue prompt: length = " + prompt.length + " tokens, expected 1.."
                    + (longest - 1) + "; shorten it");
        }
    }

    private float[][] forward(
            int[] tokens, int rows, int length, NDArray[] angles, NDArray mask, NDArray[][] cache, int[] places) {
        NDArray h = walk.embed(tokens, rows, length)[0];
        for (int layer = 0; layer < cache.length; layer++) {
            NDList out = walk.block(layer, 0, h, angles, mask, cache[layer][0], cache[layer][1]);
            h.close();
            h = out.get(0);
            out.get(1).close();
            out.get(2).close();
        }
        NDArray x = walk.normed(h, places, 0);
        float[][] logits = walk.logits(x, 0);
        x.close();
        h.close();
        return logits;
    }

    private NDArray first(int width, int prefix) {
        int all = prefix + width;
        float[] mask = new float[width * all];
        for (int t = 0; t < width; t++) {
            for (int s = 0; s < all; s++) {
                mask[t * all + s] = walk.sees(prefix + t, s) ? 0 : Float.NEGATIVE_INFINITY;
            }
        }
        return walk.manager().create(mask, new Shape(width, all));
    }

    private NDArray later(List<int[]> prompts, int width, int prefix, int step) {
        int rows = prompts.size();
        int all = prefix + width + step + 1;
        float[] mask = new float[rows * all];
        for (int row = 0; row < rows; row++) {
            int length = prompts.get(row).length;
            for (int s = 0; s < all; s++) {
                boolean filler = s >= prefix + length && s < prefix + width;
                int position = s < prefix + width ? s : s - width + length;
                boolean seen = !filler && walk.sees(prefix + length + step, position);
                mask[row * all + s] = seen ? 0 : Float.NEGATIVE_INFINITY;
            }
        }
        return walk.manager().create(mask, new Shape(rows, 1, 1, all));
    }
}
