package org.oatmill.djl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.UserException;
import org.oatmill.model.Batch;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;

/**
 * The rows that a batch sends through the model, one for each example, and where in them its options
 * are scored. What all options of an example begin with stands first in its row and once; behind it
 * stand the rests of the options, each a branch that sees the beginning and itself. Rows are filled
 * on the right: what stands there is never seen.
 */
final class Passes {
    /** Number of rows. */
    final int rows;

    /** Tokens of each row. */
    final int length;

    /** [row * length + place]. */
    final int[] tokens;

    /** Position of each token in its option, or null where it is its place in the row, in all rows. */
    final int @Nullable [] positions;

    /** Branch of each token: 0 for what all options share. Not null where {@link #positions} is not. */
    final int @Nullable [] branches;

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

    private Passes(
            int length,
            int[] tokens,
            int @Nullable [] positions,
            int @Nullable [] branches,
            int[] places,
            List<Pick> picks) {
        this.rows = tokens.length / length;
        this.length = length;
        this.tokens = tokens;
        this.positions = positions;
        this.branches = branches;
        this.places = places;
        this.picks = picks;
    }

    /** The row of one example. */
    private record Line(Example example, List<Integer> options, int shared, int[] begins, int length) {

        /**
         * @param options those that are asked
         */
        static Line of(Example example, List<Integer> options) {
            int[] first = input(example, options.get(0));
            int shared = first.length;
            for (int o : options) {
                int[] other = input(example, o);
                int differs = Arrays.mismatch(first, 0, shared, other, 0, Math.min(shared, other.length));
                shared = differs >= 0 ? differs : Math.min(shared, other.length);
            }
            int[] begins = new int[options.size()];
            int end = shared;
            for (int i = 0; i < begins.length; i++) {
                begins[i] = end;
                end += input(example, options.get(i)).length - shared;
            }
            return new Line(example, options, shared, begins, end);
        }

        /** What the model reads of an option: all but its last token. */
        private static int[] input(Example example, int option) {
            int[] tokens = example.options().get(option).tokens();
            return Arrays.copyOf(tokens, tokens.length - 1);
        }

        /** Where in the row a position of an option stands. */
        int place(int i, int position) {
            return position < shared ? position : begins[i] + position - shared;
        }

        boolean branches() {
            return options.size() > 1 && length > shared;
        }
    }

    /**
     * @param goldOnly whether only each example's gold option is asked
     * @param longest that the model takes, in tokens
     */
    static Passes of(Batch batch, boolean goldOnly, int longest, int vocabulary, int pad) {
        List<Line> lines = new ArrayList<>();
        for (Example example : batch.rows()) {
            List<Integer> options = goldOnly
                    ? List.of(example.gold())
                    : IntStream.range(0, example.options().size()).boxed().toList();
            options.forEach(o -> check(example, example.options().get(o).tokens(), longest, vocabulary));
            lines.add(Line.of(example, options));
        }
        int width = Math.max(1, lines.stream().mapToInt(Line::length).max().orElse(1));
        boolean branched = lines.stream().anyMatch(Line::branches);
        int[] tokens = new int[lines.size() * width];
        Arrays.fill(tokens, pad);
        int[] positions = new int[branched ? tokens.length : 0];
        int[] branches = new int[positions.length];
        List<Ask> asks = new ArrayList<>();
        for (int row = 0; row < lines.size(); row++) {
            Line line = lines.get(row);
            for (int i = 0; i < line.options().size(); i++) {
                int[] input = Line.input(line.example(), line.options().get(i));
                for (int position = 0; position < input.length; position++) {
                    int at = row * width + line.place(i, position);
                    tokens[at] = input[position];
                    if (branched) {
                        positions[at] = position;
                        branches[at] = position < line.shared() ? 0 : 1 + i;
                    }
                }
                ask(asks, line, i, row, width);
            }
        }
        int[] places = asks.stream().mapToInt(Ask::at).sorted().distinct().toArray();
        List<Pick> picks = asks.stream()
                .map(ask -> new Pick(
                        ask.row(), ask.option(), Arrays.binarySearch(places, ask.at()), ask.token(), ask.share()))
                .toList();
        return branched
                ? new Passes(width, tokens, positions, branches, places, picks)
                : new Passes(width, tokens, null, null, places, picks);
    }

    /** A {@link Pick} before places are numbered. */
    private record Ask(int row, int option, int at, int token, float share) {}

    private static void ask(List<Ask> asks, Line line, int i, int row, int width) {
        Sequence option = line.example().options().get(line.options().get(i));
        double total = 0;
        for (int t = 0; t < option.scored(); t++) {
            total += weight(option, t);
        }
        if (!(total > 0)) {
            throw new UserException("Cannot score " + line.example().id() + ": the sum of its weights = " + total
                    + ", expected more than 0; drop the row");
        }
        for (int t = 0; t < option.scored(); t++) {
            int position = option.scoredFrom() + t;
            asks.add(new Ask(
                    row,
                    line.options().get(i),
                    row * width + line.place(i, position - 1),
                    option.tokens()[position],
                    (float) (weight(option, t) / total)));
        }
    }

    /** Whether a place of a row sees another of it, as far as branches decide. */
    boolean sees(int row, int from, int to) {
        if (branches == null || to == from) {
            return to <= from;
        }
        int branch = branches[row * length + to];
        return to < from && (branch == 0 || branch == branches[row * length + from]);
    }

    /** Position of a place in its option. */
    int position(int row, int place) {
        return positions == null ? place : positions[row * length + place];
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
        IntStream.Builder places = IntStream.builder();
        for (int row = 0; row < rows; row++) {
            Example example = batch.rows().get(row);
            int[] gold = example.options().get(example.gold()).tokens();
            System.arraycopy(gold, 0, tokens, row * width, gold.length);
            for (int i = gold[0] == bos ? 1 : 0; i < gold.length; i++) {
                places.add(row * width + i);
            }
        }
        return new Passes(width, tokens, null, null, places.build().toArray(), List.of());
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
}
