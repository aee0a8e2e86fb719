package org.oatmill.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.oatmill.core.Chance;
import org.oatmill.core.Noise;
import org.oatmill.core.UserException;
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
        boolean[] done = new boolean[rows];
        List<List<Integer>> made = new ArrayList<>();
        prompts.forEach(prompt -> made.add(new ArrayList<>()));
        float[][] logits =
                forward(tokens, rows, width, walk.angles(prefix, width), first(width, prefix), cache, places);
        for (int step = 0; step < room; step++) {
            int[] next = new int[rows];
            boolean all = true;
            for (int row = 0; row < rows; row++) {
                int[] prompt = prompts.get(row);
                if (!done[row] && prompt.length + step < longest) {
                    next[row] = choose(logits[row], prompt, step);
                    done[row] = ended(made.get(row), next[row]);
                } else {
                    done[row] = true;
                }
                all &= done[row];
            }
            if (all || step == room - 1) {
                break;
            }
            int[] positions = new int[rows];
            Arrays.setAll(
                    positions,
                    row -> prefix + prompts.get(row).length + made.get(row).size() - 1);
            for (int row = 0; row < rows; row++) {
                positions[row] = Math.min(positions[row], config.maxTokens() - 1);
            }
            NDArray[] angles = walk.angles(positions, new Shape(rows, 1, 1, config.headDim() / 2));
            int[] each = new int[rows];
            Arrays.setAll(each, row -> row);
            logits = forward(next, rows, 1, angles, later(prompts, width, prefix, step), cache, each);
        }
        return made.stream()
                .map(list -> cut(list.stream().mapToInt(Integer::intValue).toArray()))
                .toList();
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

    private int choose(float[] logits, int[] prompt, int position) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        if (how.temperature() == 0) {
            return best;
        }
        double highest = logits[best];
        Integer[] order = new Integer[logits.length];
        Arrays.setAll(order, i -> i);
        double[] mass = new double[logits.length];
        double all = 0;
        for (int i = 0; i < mass.length; i++) {
            mass[i] = Math.exp((logits[i] - highest) / how.temperature());
            all += mass[i];
        }
        Arrays.sort(order, (a, b) -> Double.compare(mass[b], mass[a]));
        int count = 0;
        double nucleus = 0;
        while (count < order.length && (count == 0 || nucleus < how.topP() * all)) {
            nucleus += mass[order[count++]];
        }
        double u = Chance.unit(Noise.stream(how.seed(), position, 0, "decode\0" + Arrays.toString(prompt))
                        .hash(0))
                * nucleus;
        for (int i = 0; i < count - 1; i++) {
            u -= mass[order[i]];
            if (u < 0) {
                return order[i];
            }
        }
        return order[count - 1];
    }

    /** Appends a token unless it ends the text; whether the continuation is over. */
    private boolean ended(List<Integer> made, int token) {
        if (token == tokenizer.eos()) {
            return true;
        }
        made.add(token);
        if (how.stop().isEmpty()) {
            return false;
        }
        String text = tokenizer.decode(made.stream().mapToInt(Integer::intValue).toArray());
        return how.stop().stream().anyMatch(text::contains);
    }

    /** Without what follows the first stop text: tokens as long as their text stays before it. */
    private int[] cut(int[] made) {
        String text = tokenizer.decode(made);
        int end = how.stop().stream()
                .mapToInt(text::indexOf)
                .filter(i -> i >= 0)
                .min()
                .orElse(-1);
        if (end < 0) {
            return made;
        }
        int length = made.length;
        while (length > 0 && tokenizer.decode(Arrays.copyOf(made, length)).length() > end) {
            length--;
        }
        return Arrays.copyOf(made, length);
    }
}
