package org.oatmill.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.oatmill.core.Describe;
import org.oatmill.core.Required;

/**
 * How a row becomes an {@link Example}. Prompt and option are encoded separately, without special
 * tokens, and joined after BOS; where the whole is too long, the prompt alone loses tokens, from
 * the left.
 *
 * @param template the prompt; {@code {field}} stands for the row's field (or {@code {text}})
 * @param options by label, the option's text (leading space included); empty for a generation task
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
        @Describe("whether an end-of-text token is scored") boolean eos) {

    /** The row's fields, its text among them under {@code text}, as this task shows them to a model. */
    public Example example(
            String id, Map<String, String> fields, @Nullable String label, float weight, Tokenizer tokenizer) {
        throw new IllegalStateException("landing with the model room");
    }
}
