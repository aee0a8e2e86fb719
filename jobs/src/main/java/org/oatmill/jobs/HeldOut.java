package org.oatmill.jobs;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.oatmill.djl.DjlLm;
import org.oatmill.model.Batch;
import org.oatmill.model.BatchPlan;
import org.oatmill.model.Example;
import org.oatmill.model.Sequence;

/**
 * The loss of plain texts, end included.
 *
 * @param nats negative log-likelihood of all of them
 */
record HeldOut(int rows, double nats, long tokens, long bytes) {

    static HeldOut of(DjlLm model, List<Corpus.Document> documents) {
        List<Example> examples = new ArrayList<>();
        long bytes = 0;
        for (Corpus.Document document : documents) {
            int[] tokens = Corpus.sequence(document.text(), model.tokenizer(), model.maxTokens());
            examples.add(new Example(document.id(), List.of(new Sequence(tokens, 1)), 0, 1));
            bytes += document.text().getBytes(StandardCharsets.UTF_8).length;
        }
        double nats = 0;
        long tokens = 0;
        for (Batch batch : BatchPlan.of(examples).batches()) {
            for (float[] row : model.tokenLosses(batch)) {
                for (float loss : row) {
                    nats += loss;
                }
                tokens += row.length;
            }
        }
        return new HeldOut(documents.size(), nats, tokens, bytes);
    }

    double perplexity() {
        return Math.exp(nats / tokens);
    }

    double bitsPerByte() {
        return nats / Math.log(2) / bytes;
    }
}
