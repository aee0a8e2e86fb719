package org.oatmill.jobs.sources;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.UserException;

/**
 * Which column of a source means what. A row's text is {@code text}, or {@code prompt} and
 * {@code completion}, or {@code messages}; where none of them is named, a record has what it holds
 * by the usual names. Every column that is not named here is kept in {@code fields}.
 */
public record ColumnNames(
        @Describe("the key of a row, unique; none: file digest and record number") @Nullable String id,
        @Describe("the text") @Nullable String text,
        @Describe("what is asked; with completion, instead of text") @Nullable String prompt,
        @Describe("what is answered") @Nullable String completion,
        @Describe("a conversation, as OpenAI (role, content) or ShareGPT (from, value) writes it; instead of text")
                @Nullable
                String messages,
        @Describe("the class") @Nullable String label,
        @Describe("pretrain, pool, target, dev or test; none: the source's constant") @Nullable String split,
        @Describe("what is split, resampled and counted together; none: the row alone") @Nullable String group,
        @Describe("training weight; none: 1") @Nullable String weight)
        implements Serializable {

    /** The usual names. */
    public static final ColumnNames USUAL = new ColumnNames(null, null, null, null, null, null, null, null, null);

    public ColumnNames {
        if ((prompt == null) != (completion == null)) {
            throw new UserException("Cannot name columns: prompt = " + prompt + ", completion = " + completion
                    + ", expected both or neither");
        }
        if (Stream.of(text, prompt, messages).filter(Objects::nonNull).count() > 1) {
            throw new UserException("Cannot name columns: text = " + text + ", prompt = " + prompt + ", messages = "
                    + messages + ", expected one of them; a row has one text");
        }
        List<String> named = Stream.of(id, text, prompt, completion, messages, label, split, group, weight)
                .filter(Objects::nonNull)
                .toList();
        if (named.contains("")) {
            throw new UserException("Cannot name columns: one is \"\", expected a name; leave out what is not there");
        }
    }

    /** Every column named, without repetition. */
    List<String> named() {
        List<String> named = new ArrayList<>();
        for (String name : Arrays.asList(id, text, prompt, completion, messages, label, split, group, weight)) {
            if (name != null && !named.contains(name)) {
                named.add(name);
            }
        }
        return named;
    }
}
