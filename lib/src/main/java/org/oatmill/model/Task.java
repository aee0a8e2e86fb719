package org.oatmill.model;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Required;
import org.oatmill.core.UserException;

/**
 * How a row becomes an {@link Example}. Prompt and option are encoded separately, without special
 * tokens, and joined after BOS; where the whole is too long, the prompt alone loses tokens, from
 * the left. All options of a row stand behind one and the same prompt, cut for the longest of them.
 *
 * @param template the prompt; {@code {field}} stands for the row's field (or {@code {text}})
 * @param options by label, the option's text (leading space included); empty for a generation task;
 *     their order is the alphabetical order of the labels
 * @param target field that holds the one target of a generation task, or null
 * @param maxTokens longest sequence, BOS and EOS included
 * @param eos whether EOS ends every option and is scored
 */
public record Task(
        @Required @Describe("prompt; {field} stands for a field of the row") String template,
        @Describe("option text by label; the order of options is the order of their labels")
                Map<String, String> options,
        @Nullable @Describe("field with the target of a generation task") String target,
        @Describe(value = "longest sequence", unit = "tokens") int maxTokens,
        @Describe("whether an end-of-text token is scored") boolean eos)
        implements Serializable {

    private static final Pattern FIELD = Pattern.compile("\\{([A-Za-z_][A-Za-z0-9_.-]*)}");

    public Task {
        options = Collections.unmodifiableMap(new TreeMap<>(options));
        if (options.isEmpty() == (target == null)) {
            throw new UserException("Cannot make task: options = " + options + " and target = " + target
                    + ", expected either options by label or a target field");
        }
        if (maxTokens < 2) {
            throw new UserException("Cannot make task: max_tokens = " + maxTokens + ", expected at least 2");
        }
    }

    /** Labels in the order of the options; empty for a generation task. */
    public List<String> labels() {
        return List.copyOf(options.keySet());
    }

    /**
     * The row's fields, its text among them under {@code text}, as this task shows them to a model.
     *
     * @param label one of {@link #labels}, or null for a row that is scored and never learned: its
     *     gold option is then the first and its weight 0
     */
    public Example example(
            String id, Map<String, String> fields, @Nullable String label, float weight, Tokenizer tokenizer) {
        int gold = 0;
        List<String> texts = new ArrayList<>(options.values());
        if (target != null) {
            texts.add(field(id, fields, target));
        } else if (label == null) {
            weight = 0;
        } else {
            gold = labels().indexOf(label);
            if (gold < 0) {
                throw new UserException("Cannot make example " + id + ": label = " + label + ", expected one of "
                        + labels() + "; add an option for it or filter the row");
            }
        }
        int[] prompt = tokenizer.encode(prompt(id, fields));
        List<int[]> tails =
                texts.stream().map(text -> tail(id, text, tokenizer)).toList();
        int longest = tails.stream().mapToInt(tail -> tail.length).max().orElse(0);
        int bos = tokenizer.bos() < 0 ? 0 : 1;
        int keep = Math.min(prompt.length, maxTokens - bos - longest);
        if (keep < 0 || bos + keep == 0) {
            throw new UserException("Cannot make example " + id + ": max_tokens = " + maxTokens + ", expected at least "
                    + (longest + 1) + " for its longest option; raise max_tokens or filter the row");
        }
        List<Sequence> sequences = tails.stream()
                .map(tail -> {
                    int[] tokens = new int[bos + keep + tail.length];
                    if (bos == 1) {
                        tokens[0] = tokenizer.bos();
                    }
                    System.arraycopy(prompt, prompt.length - keep, tokens, bos, keep);
                    System.arraycopy(tail, 0, tokens, bos + keep, tail.length);
                    return new Sequence(tokens, bos + keep);
                })
                .toList();
        return new Example(id, sequences, gold, weight);
    }

    /** The rendered template: what stands before every option. */
    public String prompt(String id, Map<String, String> fields) {
        Matcher places = FIELD.matcher(template);
        return places.replaceAll(place -> Matcher.quoteReplacement(field(id, fields, place.group(1))));
    }

    private int[] tail(String id, String text, Tokenizer tokenizer) {
        int[] option = tokenizer.encode(text);
        if (option.length == 0) {
            throw new UserException(
                    "Cannot make example " + id + ": option = \"" + text + "\", expected text with at least one token");
        }
        if (!eos) {
            return option;
        }
        if (tokenizer.eos() < 0) {
            throw new UserException("Cannot make example " + id
                    + ": eos = true, expected false; the tokenizer has no end-of-text token");
        }
        int[] ended = java.util.Arrays.copyOf(option, option.length + 1);
        ended[option.length] = tokenizer.eos();
        return ended;
    }

    private static String field(String id, Map<String, String> fields, String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new UserException("Cannot make example " + id + ": field = " + name + ", expected one of "
                    + new TreeSet<>(fields.keySet()));
        }
        return value;
    }
}
