package org.oatmill.rephrase;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.UserException;

/** The gates that need no model, and their common verdict. */
public final class Gates {
    private Gates() {}

    /**
     * What the gates say of a rewrite.
     *
     * @param scores what each measured, by its name
     * @param reason the first gate that does not accept it, or null
     */
    public record Verdict(Map<String, Double> scores, @Nullable String reason) {
        public boolean accepted() {
            return reason == null;
        }
    }

    /** Every gate measures; the first in the list that does not accept gives the reason. */
    public static Verdict verdict(List<Gate> gates, Rewrite rewrite) {
        Map<String, Double> scores = new TreeMap<>();
        String reason = null;
        for (Gate gate : gates) {
            String name = Gate.METHODS.name(gate);
            double measured = gate.measure(rewrite);
            scores.put(name, measured);
            if (reason == null && !gate.accepts(measured)) {
                reason = name;
            }
        }
        return new Verdict(scores, reason);
    }

    @Describe("no word is left")
    record Empty() implements Gate {
        /** Words. */
        @Override
        public double measure(Rewrite rewrite) {
            return tokens(rewrite.after()).size();
        }

        @Override
        public boolean accepts(double measured) {
            return measured >= 1;
        }
    }

    @Describe("the same words in the same order")
    record Identical() implements Gate {
        /** 1 or 0. */
        @Override
        public double measure(Rewrite rewrite) {
            return tokens(rewrite.before()).equals(tokens(rewrite.after())) ? 1 : 0;
        }

        @Override
        public boolean accepts(double measured) {
            return measured == 0;
        }
    }

    @Describe("much shorter or longer")
    record Length(
            @Describe("least words after, per word before") double low,
            @Describe("most words after, per word before") double high)
            implements Gate {
        Length {
            if (!(low >= 0 && low <= high)) {
                throw new UserException("Cannot check length: low = " + low + ", high = " + high
                        + ", expected 0 or more, and low not above high");
            }
        }

        /** Words after per word before. */
        @Override
        public double measure(Rewrite rewrite) {
            int before = tokens(rewrite.before()).size();
            return before == 0 ? Double.NaN : (double) tokens(rewrite.after()).size() / before;
        }

        @Override
        public boolean accepts(double measured) {
            return measured >= low && measured <= high;
        }
    }

    @Describe("a preamble, refusal, wrapping quote, markdown or markup that the original has not")
    record Artefact() implements Gate {
        private static final List<Pattern> PATTERNS = List.of(
                Pattern.compile("(?i)^(sure|certainly|of course)[,!.:]"),
                Pattern.compile("(?i)^here('s|’s| is| are)\\b[^:\n]{0,80}:"),
                Pattern.compile("(?i)^(rewritten|rewrite|rephrased|paraphrased?|revised|output|answer)( \\w+){0,3} ?:"),
                Pattern.compile("(?i)\\b(as an ai\\b|i('m|’m| am) sorry\\b|i can('t|’t|not) (help|assist|rewrite))"),
                Pattern.compile("^[\"“”'‘`]"),
                Pattern.compile("[\"“”`]$"),
                Pattern.compile("```|\\*\\*|__|^#{1,6} |^[-*•] "),
                Pattern.compile("<\\|[^|]*\\|>|\\[/?INST]|</?s>|\uFFFD"));

        /** Kinds of artefact. */
        @Override
        public double measure(Rewrite rewrite) {
            String before = rewrite.before().strip();
            String after = rewrite.after().strip();
            return PATTERNS.stream()
                    .filter(p -> p.matcher(after).find() && !p.matcher(before).find())
                    .count();
        }

        @Override
        public boolean accepts(double measured) {
            return measured == 0;
        }
    }

    @Describe("a number, in digits, that is lost or new")
    record Numbers(@Describe(value = "most numbers lost or new", unit = "numbers") int atMost) implements Gate {
        private static final Pattern NUMBER = Pattern.compile("\\p{N}+([.,]\\p{N}+)*");

        /** Numbers lost or new. */
        @Override
        public double measure(Rewrite rewrite) {
            return difference(numbers(rewrite.before()), numbers(rewrite.after()), true);
        }

        private static List<String> numbers(String text) {
            return NUMBER.matcher(text).results().map(MatchResult::group).toList();
        }

        @Override
        public boolean accepts(double measured) {
            return measured <= atMost;
        }
    }

    /** Words that turn a sentence round, without apostrophes. */
    static final List<String> NEGATIONS = List.of(
            ("not no never none nobody nothing neither nor nowhere without cannot cant dont doesnt didnt isnt arent wasnt"
                            + " werent wont wouldnt couldnt shouldnt hasnt havent hadnt mustnt neednt aint")
                    .split(" "));

    @Describe("more or fewer negations")
    record Negation(
            @Describe(value = "most negations lost or new", unit = "words") int atMost,
            @Describe("words that negate, without apostrophes") List<String> words)
            implements Gate {
        Negation {
            words = List.copyOf(words);
        }

        /** By how many words the count of negations changed. */
        @Override
        public double measure(Rewrite rewrite) {
            return Math.abs(count(rewrite.after()) - count(rewrite.before()));
        }

        private long count(String text) {
            return tokens(text).stream().filter(words::contains).count();
        }

        @Override
        public boolean accepts(double measured) {
            return measured <= atMost;
        }
    }

    @Describe("a word of a label that the original has not")
    record LabelWords(@Describe(value = "most such words", unit = "words") int atMost) implements Gate {
        /** Label words that are new. */
        @Override
        public double measure(Rewrite rewrite) {
            return difference(labelWords(rewrite, rewrite.before()), labelWords(rewrite, rewrite.after()), false);
        }

        private static List<String> labelWords(Rewrite rewrite, String text) {
            return tokens(text).stream().filter(rewrite.labelWords()::contains).toList();
        }

        @Override
        public boolean accepts(double measured) {
            return measured <= atMost;
        }
    }

    @Describe("the words of another field, which stood in the passage, are lost: what a question points at")
    record Spans(@Describe("fields of the row whose text must stay verbatim") List<String> fields) implements Gate {
        Spans {
            fields = List.copyOf(fields);
        }

        /** Fields whose text is lost. */
        @Override
        public double measure(Rewrite rewrite) {
            return fields.stream()
                    .map(rewrite.fields()::get)
                    .filter(span -> span != null
                            && rewrite.before().contains(span)
                            && !rewrite.after().contains(span))
                    .count();
        }

        @Override
        public boolean accepts(double measured) {
            return measured == 0;
        }
    }

    private static final Pattern TOKEN = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+");

    /** Words and numbers in lower case, apostrophes dropped. */
    public static List<String> tokens(String text) {
        String plain = text.toLowerCase(Locale.ROOT).replaceAll("['’]", "");
        return TOKEN.matcher(plain).results().map(MatchResult::group).toList();
    }

    /** How many of {@code after} are not in {@code before}, each counted as often as it occurs; and the other way, if both. */
    private static int difference(Collection<String> before, Collection<String> after, boolean both) {
        Map<String, Integer> counts = new HashMap<>();
        after.forEach(word -> counts.merge(word, 1, Integer::sum));
        before.forEach(word -> counts.merge(word, -1, Integer::sum));
        return new ArrayList<>(counts.values())
                .stream().mapToInt(n -> both ? Math.abs(n) : Math.max(0, n)).sum();
    }
}
