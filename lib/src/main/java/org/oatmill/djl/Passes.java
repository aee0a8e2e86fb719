package org.oatmill.djl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.oatmill.core.UserException;
import org.oatmill.model.Batch;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;

/**
 * The rows that a batch sends through the model, and where in them its options are scored. Options
 * whose input is the beginning of another's share its row, so options of one token cost one row
 * together. Rows are filled on the right: under causal attention what stands there is never seen.
 */
final class Passes {
    /** Number of rows. */
    final int rows;

    /** Tokens of each row. */
    final int length;

    /** [row * length + position]. */
    final int[] tokens;

    /** First row of each example, and behind the last one {@link #rows}. */
    final int[] firstRow;

    /** Row * length + position of each place whose next token is asked for; ascending. */
    final int[] places;

    /** What is asked there; an option's tokens stand together and in order. */
    final List<Pick> picks;

    /**
     * A token whose probability is asked for.
     *
     * @param place index into {@link Passes#places}
     * @param share weight in the option's mean; shares of an option sum to 1
     */
    record Pick(int example, int option, int place, int token, float share) {}

    private Passes(int rows, int length, int[] tokens, int[] firstRow, int[] places, List<Pick> picks) {
        this.rows = rows;
        this.length = length;
        this.tokens = tokens;
        this.firstRow = firstRow;
        this.places = places;
        this.picks = picks;
    }

    /**
     * @param goldOnly whether only each example's gold option is asked
     * @param longest that the model takes, in tokens
     */
    static Passes of(Batch batch, boolean goldOnly, int longest, int vocabulary, int pad) {
        List<int[]> inputs = new ArrayList<>();
        List<int[]> raw = new ArrayList<>(); // example, option, row, position, token
        List<Float> shares = new ArrayList<>();
        int[] firstRow = new int[batch.rows().size() + 1];
        int length = 1;
        for (int e = 0; e < batch.rows().size(); e++) {
            Example example = batch.rows().get(e);
            firstRow[e] = inputs.size();
            // Longest first, so that an option finds the row that it begins.
            Integer[] order = new Integer[example.options().size()];
            Arrays.setAll(order, i -> i);
            Arrays.sort(
                    order,
                    (a, b) -> Integer.compare(
                            example.options().get(b).tokens().length,
                            example.options().get(a).tokens().length));
            for (int o : order) {
                if (goldOnly && o != example.gold()) {
                    continue;
                }
                Sequence option = example.options().get(o);
                int[] tokens = option.tokens();
                check(example, tokens, longest, vocabulary);
                int row = row(inputs, firstRow[e], tokens);
                length = Math.max(length, inputs.get(row).length);
                double total = 0;
                for (int i = 0; i < option.scored(); i++) {
                    total += weight(option, i);
                }
                if (!(total > 0)) {
                    throw new UserException("Cannot score " + example.id() + ": the sum of its weights = " + total
                            + ", expected more than 0; drop the row");
                }
                for (int i = 0; i < option.scored(); i++) {
                    int position = option.scoredFrom() + i;
                    raw.add(new int[] {e, o, row, position - 1, tokens[position]});
                    shares.add((float) (weight(option, i) / total));
                }
            }
        }
        firstRow[batch.rows().size()] = inputs.size();
        int width = length;
        int[] tokens = new int[inputs.size() * width];
        Arrays.fill(tokens, pad);
        for (int row = 0; row < inputs.size(); row++) {
            System.arraycopy(inputs.get(row), 0, tokens, row * width, inputs.get(row).length);
        }
        int[] places = raw.stream()
                .mapToInt(p -> p[2] * width + p[3])
                .sorted()
                .distinct()
                .toArray();
        List<Pick> picks = new ArrayList<>();
        for (int i = 0; i < raw.size(); i++) {
            int[] p = raw.get(i);
            int place = Arrays.binarySearch(places, p[2] * width + p[3]);
            picks.add(new Pick(p[0], p[1], place, p[4], shares.get(i)));
        }
        return new Passes(inputs.size(), width, tokens, firstRow, places, List.copyOf(picks));
    }

    /** Each example's gold option whole, its last token too; every token but a leading {@code bos} is a place. */
    static Passes whole(Batch batch, int bos, int longest, int vocabulary, int pad) {
        int rows = batch.rows().size();
        int width = 1;
        for (Example example : batch.rows()) {
            int[] gold = example.options().get(example.gold()).tokens();
            check(example, gold, longest, vocabulary);
            width = Math.max(width, gold.length);
        }
        int[] tokens = new int[rows * width];
        Arrays.fill(tokens, pad);
        int[] firstRow = new int[rows + 1];
        IntStream.Builder places = IntStream.builder();
        for (int row = 0; row < rows; row++) {
            Example example = batch.rows().get(row);
            int[] gold = example.options().get(example.gold()).tokens();
            System.arraycopy(gold, 0, tokens, row * width, gold.length);
            for (int i = gold[0] == bos ? 1 : 0; i < gold.length; i++) {
                places.add(row * width + i);
            }
            firstRow[row + 1] = row + 1;
        }
        return new Passes(rows, width, tokens, firstRow, places.build().toArray(), List.of());
    }

    /** Example of each row. */
    int exampleOf(int row) {
        int found = Arrays.binarySearch(firstRow, row);
        return found >= 0 ? found : -found - 2;
    }

    private static float weight(Sequence option, int i) {
        float[] weights = option.weights();
        return weights == null ? 1 : weights[i];
    }

    private static void check(Example example, int[] tokens, int longest, int vocabulary) {
        if (tokens.length > longest) {
            throw new UserException("Cannot score " + example.id() + ": length = " + tokens.length
                    + " tokens, expected at most " + longest + "; lower the task's max_tokens");
        }
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new UserException("Cannot score " + example.id() + ": token = " + token + ", expected 0.."
                        + (vocabulary - 1) + "; tokenize with this model's tokenizer");
            }
        }
    }

    /** The row whose input begins with all tokens but the last, made if there is none. */
    private static int row(List<int[]> inputs, int first, int[] tokens) {
        int needed = tokens.length - 1;
        for (int row = first; row < inputs.size(); row++) {
            if (Arrays.mismatch(inputs.get(row), 0, Math.min(needed, inputs.get(row).length), tokens, 0, needed) < 0) {
                return row;
            }
        }
        inputs.add(Arrays.copyOf(tokens, needed));
        return inputs.size() - 1;
    }
}
