package org.oatmill.spark.embed;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.oatmill.core.Columns;
import org.oatmill.core.Describe;
import org.oatmill.core.Json;
import org.oatmill.core.Location;
import org.oatmill.core.Tables;
import org.oatmill.core.UserException;
import org.oatmill.core.Vector;
import org.oatmill.djl.DjlLm;
import org.oatmill.model.Batch;
import org.oatmill.model.Example;
import org.oatmill.spark.model.Batches;
import org.oatmill.spark.model.ModelFiles;
import org.oatmill.spark.model.Texts;
import org.oatmill.spark.rows.Iterators;
import org.oatmill.spark.rows.SortedGroups;
import org.oatmill.spark.rows.VectorColumn;
import scala.Tuple2;

/**
 * What a causal language model makes of a text: its last layer after the final norm, mean over the
 * text's tokens, minus the mean of all texts learned from. The mean is most of what hidden states of
 * one model have in common; without it all of them point the same way.
 *
 * <p>A text of fewer than two tokens, BOS included, has no hidden state: its vector has no value.
 *
 * @param model whose hidden states: see {@link ModelFiles#of}
 * @param maxTokens to which texts are cut, BOS included; a model that takes fewer cuts them to these
 */
@Describe("hidden states of a language model, mean over tokens, minus their mean over rows")
public record HiddenStates(
        @Location @Describe("the model: a name, a directory or an archive in the Hugging Face layout") String model,
        @Describe(value = "longest text; what is longer is cut at its end", unit = "tokens") int maxTokens)
        implements Embedder {
    private static final int BLOCK = 1024;

    /**
     * What was learned.
     *
     * @param modelDigest of the model's files
     * @param rows that have a hidden state
     * @param mean of their hidden states
     */
    record Mean(String modelDigest, long rows, List<Double> mean) {}

    public HiddenStates {
        if (maxTokens < 2) {
            throw new UserException("Cannot embed: max_tokens = " + maxTokens + ", expected 2 or more");
        }
    }

    @Override
    public JsonNode fit(Dataset<Row> texts) {
        try (Learned learned = learn(texts)) {
            return learned.fitted();
        }
    }

    @Override
    public Dataset<Row> vectors(Dataset<Row> texts, JsonNode fitted) {
        Mean mean = mean(fitted);
        ModelFiles files = ModelFiles.of(model, texts.sparkSession());
        if (!files.digest().equals(mean.modelDigest)) {
            throw new UserException("Cannot embed: model = " + model + " has the digest " + files.digest()
                    + ", expected " + mean.modelDigest + ", which the embedder learned with; name that model");
        }
        JavaPairRDD<String, int[]> tokens = tokens(texts, files);
        return table(texts, tokens, hidden(tokens, files), mean);
    }

    @Override
    public Learned learn(Dataset<Row> texts) {
        ModelFiles files = ModelFiles.of(model, texts.sparkSession());
        JavaPairRDD<String, int[]> tokens = tokens(texts, files).persist(StorageLevel.MEMORY_AND_DISK_SER());
        JavaPairRDD<String, float[]> hidden = hidden(tokens, files).persist(StorageLevel.MEMORY_AND_DISK_SER());
        Mean mean = mean(hidden, files.digest());
        return new Learned(Json.tree(mean), table(texts, tokens, hidden, mean), () -> {
            hidden.unpersist(false);
            tokens.unpersist(false);
        });
    }

    private JavaPairRDD<String, int[]> tokens(Dataset<Row> texts, ModelFiles files) {
        int most = maxTokens;
        return texts.select(Columns.ID.name(), Columns.TEXT.name()).javaRDD().mapPartitionsToPair(rows -> {
            DjlLm lm = files.ofTask();
            int longest = Math.min(most, lm.maxTokens());
            return Iterators.map(
                    rows,
                    row -> new Tuple2<>(row.getString(0), Texts.tokens(row.getString(1), lm.tokenizer(), longest)));
        });
    }

    private static JavaPairRDD<String, float[]> hidden(JavaPairRDD<String, int[]> tokens, ModelFiles files) {
        JavaRDD<Example> examples =
                tokens.filter(row -> Texts.canBeMeasured(row._2())).map(row -> Texts.example(row._1(), row._2()));
        return Batches.of(examples).mapPartitionsToPair(batches -> {
            DjlLm lm = files.ofTask();
            return Iterators.flatMap(batches, batch -> {
                float[][] hidden = lm.hidden(batch);
                return IntStream.range(0, hidden.length)
                        .mapToObj(i -> new Tuple2<>(batch.rows().get(i).id(), finite(batch, i, hidden[i])));
            });
        });
    }

    private static float[] finite(Batch batch, int row, float[] hidden) {
        for (float h : hidden) {
            if (!Float.isFinite(h)) {
                throw new UserException("Cannot embed: hidden state of row id = "
                        + batch.rows().get(row).id() + " holds " + h
                        + ", expected finite numbers; the model overflows on this text: drop the row");
            }
        }
        return hidden;
    }

    /** Rows in the order of ids, blocks summed in double, blocks added in order. */
    private static Mean mean(JavaPairRDD<String, float[]> hidden, String digest) {
        List<Tuple2<Long, Sum>> blocks = SortedGroups.of(hidden.map(row -> row), SortedGroups.byId(Tuple2::_1, BLOCK))
                .mapValues(HiddenStates::sum)
                .sortByKey()
                .collect();
        if (blocks.isEmpty()) {
            throw new UserException("Cannot embed: none of the texts has a token, expected some; look at the template");
        }
        double[] total = new double[blocks.get(0)._2().values.length];
        long rows = 0;
        for (Tuple2<Long, Sum> block : blocks) {
            for (int i = 0; i < total.length; i++) {
                total[i] += block._2().values[i];
            }
            rows += block._2().rows;
        }
        long n = rows;
        return new Mean(digest, n, Arrays.stream(total).mapToObj(t -> t / n).toList());
    }

    private record Sum(double[] values, int rows) implements java.io.Serializable {}

    private static Sum sum(List<Tuple2<String, float[]>> block) {
        double[] sum = new double[block.get(0)._2().length];
        for (Tuple2<String, float[]> row : block) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += row._2()[i];
            }
        }
        return new Sum(sum, block.size());
    }

    private static Dataset<Row> table(
            Dataset<Row> texts, JavaPairRDD<String, int[]> tokens, JavaPairRDD<String, float[]> hidden, Mean mean) {
        double[] origin = mean.mean.stream().mapToDouble(Double::doubleValue).toArray();
        Vector none = Vector.sparse(origin.length, new int[0], new float[0]);
        JavaRDD<Row> empty =
                tokens.filter(row -> !Texts.canBeMeasured(row._2())).map(row -> row(row._1(), none));
        JavaRDD<Row> rows = hidden.map(row -> row(row._1(), Vector.dense(from(row._2(), origin))));
        return texts.sparkSession().createDataFrame(rows.union(empty), StructType.fromDDL(Tables.VECTORS.ddl()));
    }

    private static Row row(String id, Vector vector) {
        return RowFactory.create(id, VectorColumn.row(vector));
    }

    private static float[] from(float[] hidden, double[] origin) {
        float[] centred = new float[hidden.length];
        for (int i = 0; i < centred.length; i++) {
            centred[i] = (float) (hidden[i] - origin[i]);
        }
        return centred;
    }

    private static Mean mean(JsonNode fitted) {
        try {
            return Json.read(fitted, Mean.class);
        } catch (IOException e) {
            throw new UserException("Cannot read the fitted hidden-states embedder: " + e.getMessage(), e);
        }
    }
}
