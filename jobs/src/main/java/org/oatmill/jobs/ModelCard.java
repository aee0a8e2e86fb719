package org.oatmill.jobs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import org.oatmill.core.Json;
import org.oatmill.djl.LlamaShape;

/** What stands in the {@code README.md} beside a model's weights. */
final class ModelCard {
    private ModelCard() {}

    private static final String FIGURES =
            """


            ## Figures

            | | |
            |---|---|
            | architecture | Llama: %d layers, hidden %d, %d query and %d key/value heads, feed-forward %d, tied head |
            | parameters | %,d, stored in F16 |
            | vocabulary | %,d tokens, byte-level BPE |
            | longest sequence | %d tokens |
            | trained on | %,d documents (split `%s`), %d epochs, %,d tokens, %,d updates |
            | held-out perplexity | %.2f per token, over %,d tokens of %,d texts (split `%s`), as stored |
            | held-out bits per byte | %.3f |
            | forward and backward passes | %,d rows each |

            ## Recipe

            Documents: content digest `%s`. Seed of the stage: %d.

            ```json
            %s
            ```
            """;

    static String of(
            PretrainJob.Config config,
            PretrainJob.Totals totals,
            HeldOut heldOut,
            int vocabulary,
            String documentsDigest,
            long seed) {
        LlamaShape shape = config.shape();
        ObjectNode recipe = (ObjectNode) Json.tree(config);
        recipe.remove("about");
        return config.about().strip()
                + String.format(
                        Locale.ROOT,
                        FIGURES,
                        shape.layers(),
                        shape.hidden(),
                        shape.heads(),
                        shape.kvHeads(),
                        shape.intermediate(),
                        totals.parameters(),
                        vocabulary,
                        shape.maxTokens(),
                        totals.documents(),
                        config.split(),
                        config.epochs(),
                        totals.tokens(),
                        totals.steps(),
                        heldOut.perplexity(),
                        heldOut.tokens(),
                        heldOut.rows(),
                        config.heldOut(),
                        heldOut.bitsPerByte(),
                        totals.backwards(),
                        documentsDigest,
                        seed,
                        Json.pretty(recipe).strip());
    }
}
