package org.oatmill.jobs;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.oatmill.core.Chance;
import org.oatmill.core.Columns;
import org.oatmill.core.UserException;
import org.oatmill.model.Tokenizer;

/**
 * What a model is trained on: documents on the driver, worded anew and cut into batches anew each
 * epoch, by a chance that depends on the seed, the epoch and a document's id.
 *
 * @param documents by id
 */
record Corpus(List<Document> documents, Wordings wordings, long seed) {

    /** @param fields of the document, its text among them */
    record Document(String id, Map<String, String> fields) {
        String text() {
            return fields.getOrDefault("text", "");
        }
    }

    /** A split's documents, by id. */
    static List<Document> documents(Dataset<Row> documents, String split) {
        List<Document> read = documents
                .where(documents.col(Columns.SPLIT.name()).equalTo(split))
                .select(Columns.ID.name(), Columns.TEXT.name(), Columns.FIELDS.name())
                .collectAsList()
                .stream()
                .map(row -> {
                    Map<String, String> fields = new HashMap<>(row.<String, String>getJavaMap(2));
                    fields.values().removeIf(Objects::isNull);
                    fields.put("text", row.getString(1));
                    return new Document(row.getString(0), fields);
                })
                .sorted(Comparator.comparing(Document::id))
                .toList();
        if (read.isEmpty()) {
            throw new UserException("Cannot pretrain: split = " + split + " has no rows, expected a split that the"
                    + " documents have");
        }
        return read;
    }

    /** Documents of a split, at most so many, the same ones whatever the seed. */
    static List<Document> some(Dataset<Row> documents, String split, int rows) {
        return documents(documents, split).stream()
                .sorted(Comparator.comparingDouble((Document d) -> Chance.u(0, "measured", d.id()))
                        .thenComparing(Document::id))
                .limit(rows)
                .toList();
    }

    /** The documents' texts in an epoch. */
    List<String> texts(int epoch) {
        return documents.stream()
                .map(document -> wordings.of(
                        document.id(), document.fields(), Chance.u(seed, "wording/" + epoch, document.id())))
                .toList();
    }

    /** An epoch's batches: rows of like length share one, and chance orders them. */
    List<List<int[]>> batches(int epoch, Tokenizer tokenizer, int longest, int size) {
        List<int[]> rows = texts(epoch).stream()
                .map(text -> sequence(text, tokenizer, longest))
                .toList();
        double[] u = new double[rows.size()];
        for (int i = 0; i < u.length; i++) {
            u[i] = Chance.u(seed, "epoch/" + epoch, documents.get(i).id());
        }
        List<int[]> sorted = IntStream.range(0, u.length)
                .boxed()
                .sorted(Comparator.comparingInt((Integer i) -> rows.get(i).length)
                        .thenComparingDouble(i -> u[i])
                        .thenComparing(i -> i))
                .map(rows::get)
                .toList();
        List<List<int[]>> batches = cut(sorted, size);
        return IntStream.range(0, batches.size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> Chance.u(seed, "batch/" + epoch, i.toString()))
                        .thenComparing(i -> i))
                .map(batches::get)
                .toList();
    }

    /** Cuts rows, in order, into batches of at most so many tokens, padding included. */
    static List<List<int[]>> cut(List<int[]> rows, int tokens) {
        List<List<int[]>> batches = new ArrayList<>();
        int from = 0;
        int longest = 0;
        for (int to = 0; to < rows.size(); to++) {
            longest = Math.max(longest, rows.get(to).length);
            if (to > from && (to + 1 - from) * longest > tokens) {
                batches.add(rows.subList(from, to));
                from = to;
                longest = rows.get(to).length;
            }
        }
        if (from < rows.size()) {
            batches.add(rows.subList(from, rows.size()));
        }
        return batches;
    }

    /** A text between its special tokens; too long a text loses its end. */
    static int[] sequence(String text, Tokenizer tokenizer, int longest) {
        int[] tokens = tokenizer.encode(text);
        int[] sequence = new int[Math.min(longest, tokens.length + 2)];
        sequence[0] = tokenizer.bos();
        System.arraycopy(tokens, 0, sequence, 1, Math.min(tokens.length, sequence.length - 1));
        if (tokens.length + 2 <= longest) {
            sequence[tokens.length + 1] = tokenizer.eos();
        }
        return sequence;
    }

    /** Tokens of which a batch's loss is the mean. */
    static int predicted(List<int[]> batch) {
        return batch.stream().mapToInt(row -> row.length - 1).sum();
    }
}
